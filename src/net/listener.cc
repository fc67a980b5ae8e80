#include "net/listener.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "net/connection_table.h"
#include "net/http_connection.h"

namespace livegate::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

// Out of descriptors: closing one takes somebody else a while, and trying at once would burn the
// processor. The shorter one where a loop has just been told to close one.
constexpr Millis kAcceptPause = 100ms;
constexpr Millis kAcceptPauseForRoom = 5ms;
constexpr int kAcceptsInARowMax = 16;
// What goes on for long is said again.
constexpr Millis kTroubleEvery = 60s;

using Counter = std::shared_ptr<std::atomic<std::size_t>>;

// Counts one until the last copy is gone.
std::shared_ptr<void> take_place(const Counter& counter) {
  counter->fetch_add(1, std::memory_order_relaxed);
  return {nullptr, [counter](void*) { counter->fetch_sub(1, std::memory_order_relaxed); }};
}

// A descriptor on its way to another loop; closed if it never gets there.
class OwnedSocket {
 public:
  explicit OwnedSocket(int descriptor) : descriptor_(descriptor) {}
  ~OwnedSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OwnedSocket(const OwnedSocket&) = delete;
  OwnedSocket& operator=(const OwnedSocket&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

IpAddress address_of(const sockaddr_storage& from) {
  IpAddress address;
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from).sin_addr;
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + 12, &v4, sizeof v4);
  } else if (from.ss_family == AF_INET6) {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr,
                address.bytes.size());
  }
  return address;
}

struct Lane {
  std::shared_ptr<HttpShard> shard;
  Counter connections;  // open on this loop, WebSockets included
};

// Shared with the handlers that wait, so that the listener may go at any time.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(Loop& loop, tcp::acceptor acceptor, const Listener::Options& options,
           std::vector<Lane> lanes)
      : loop_(loop),
        acceptor_(std::move(acceptor)),
        protocol_(acceptor_.local_endpoint().protocol()),
        table_(std::make_shared<ConnectionTable>(
            ConnectionTable::Caps{.all = options.http_connections_max,
                                  .per_address = options.http_connections_per_address_max})),
        is_trusted_(options.is_trusted),
        on_made_room_(options.on_made_room),
        on_trouble_(options.on_trouble),
        lanes_(std::move(lanes)),
        pause_(loop, [this] { wait(); }) {}

  void wait() {
    acceptor_.async_wait(tcp::acceptor::wait_read,
                         loop_.impl().on_loop([self = shared_from_this()](const error_code& error) {
                           if (!error) self->accept_some();
                         }));
  }

  void stop() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.disarm();
  }

  [[nodiscard]] int descriptor() { return acceptor_.native_handle(); }

  void use_tls(const std::shared_ptr<TlsContext>& tls) {
    for (const auto& lane : lanes_) {
      lane.shard->loop.post([shard = lane.shard, tls] { shard->tls = tls; });
    }
  }

  // No service is called once each loop has run what is posted here.
  void end_http() {
    for (const auto& lane : lanes_) {
      lane.shard->loop.post([shard = lane.shard] {
        shard->service = nullptr;
        for (const auto& [id, connection] : std::vector(shard->open.begin(), shard->open.end())) {
          connection->close();
        }
      });
    }
  }

 private:
  void accept_some() {
    for (int i = 0; i < kAcceptsInARowMax && acceptor_.is_open(); ++i) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      auto socket = std::make_shared<OwnedSocket>(::accept4(acceptor_.native_handle(),
                                                            reinterpret_cast<sockaddr*>(&from),
                                                            &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (socket->get() >= 0) {
        deal_out(std::move(socket), address_of(from));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        const int error = errno;
        // accept(2) looks for a descriptor first, and says so even if nobody waits.
        pollfd queue{.fd = acceptor_.native_handle(), .events = POLLIN, .revents = 0};
        if (::poll(&queue, 1, 0) == 0) break;
        report("cannot accept connections: " + std::system_category().message(error));
        const bool some_goes = make_room(table_->give_one_up());
        return pause_.arm(loop_.now() + (some_goes ? kAcceptPauseForRoom : kAcceptPause));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      }
      // Anything else is about a caller that is gone already: accept(2) hands over its network
      // errors.
    }
    if (acceptor_.is_open()) wait();
  }

  void deal_out(std::shared_ptr<OwnedSocket> socket, const IpAddress& address) {
    const auto least = std::ranges::min_element(lanes_, {}, [](const Lane& candidate) {
      return candidate.connections->load(std::memory_order_relaxed);
    });
    const bool trusted = is_trusted_ && is_trusted_(address);
    const auto added =
        table_->add(address, static_cast<std::size_t>(least - lanes_.begin()), trusted);
    if (make_room(added.instead)) {
      report(added.address_full
                 ? "one address has too many connections that are not sessions: its least useful "
                   "ones are closed"
                 : "too many connections are open that are not sessions: the least useful ones are "
                   "closed");
    }
    least->shard->loop.post([shard = least->shard, protocol = protocol_, socket = std::move(socket),
                             loop_place = take_place(least->connections),
                             http_place = std::make_shared<HttpPlace>(table_, added.id)] {
      if (shard->service == nullptr) return;
      tcp::socket assigned(shard->loop.impl().context);
      error_code error;
      assigned.assign(protocol, socket->get(), error);
      if (error) return;
      socket->release();
      auto stream = std::make_unique<Stream>(shard->loop, std::move(assigned));
      stream->place = loop_place;
      std::make_shared<HttpConnection>(shard, std::move(stream), http_place)->start();
    });
  }

  // Its place is free already; its loop closes it as soon as it comes to it. False if there is
  // none.
  bool make_room(const std::optional<ConnectionTable::Connection>& leaving) {
    if (!leaving) return false;
    if (on_made_room_) on_made_room_();
    const auto& shard = lanes_[leaving->lane].shard;
    shard->loop.post([shard, id = leaving->id] {
      if (const auto found = shard->open.find(id); found != shard->open.end()) {
        found->second->close();
      }
    });
    return true;
  }

  void report(const std::string& trouble) {
    if (last_report_ && loop_.now() - *last_report_ < kTroubleEvery) return;
    last_report_ = loop_.now();
    if (on_trouble_) on_trouble_(trouble);
  }

  Loop& loop_;
  tcp::acceptor acceptor_;
  const tcp protocol_;
  const std::shared_ptr<ConnectionTable> table_;
  const std::function<bool(const IpAddress&)> is_trusted_;
  const std::function<void()> on_made_room_;
  const std::function<void(std::string_view)> on_trouble_;
  const std::vector<Lane> lanes_;
  std::optional<Instant> last_report_;
  Timer pause_;
};

class ListenerImpl final : public Listener {
 public:
  ListenerImpl(Loop& loop, std::shared_ptr<Acceptor> acceptor, std::uint16_t port)
      : loop_(loop), acceptor_(std::move(acceptor)), port_(port) {}
  ~ListenerImpl() override {
    acceptor_->stop();
    acceptor_->end_http();
  }
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  void stop_accepting() override {
    loop_.post([acceptor = acceptor_] { acceptor->stop(); });
  }
  [[nodiscard]] int listening_socket() const override { return acceptor_->descriptor(); }
  void use_tls(std::shared_ptr<TlsContext> tls) override { acceptor_->use_tls(tls); }

 private:
  Loop& loop_;
  std::shared_ptr<Acceptor> acceptor_;
  std::uint16_t port_;
};

std::string cannot_listen(const Listener::Options& options, const error_code& error) {
  const std::string host =
      options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
  std::string reason = error.message();
  if (error == asio::error::address_in_use) reason = "another program already uses that address";
  if (error.value() == EADDRNOTAVAIL) reason = "that address is not one of this machine's";
  if (error == asio::error::access_denied) reason = "there is no right to use that port";
  return "cannot listen on " + host + ":" + std::to_string(options.port) + ": " + reason;
}

// Deliberately without SO_REUSEPORT: a second instance must hear that the address is taken, not
// share it.
error_code try_listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) {
    // "::" means every address, IPv4's as well.
    acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
  }
  return error;
}

std::vector<tcp::endpoint> addresses_of(Loop& loop, const Listener::Options& options,
                                        error_code& error) {
  std::string host = options.host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  tcp::resolver resolver(loop.impl().context);
  const auto found =
      resolver.resolve(host, std::to_string(options.port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  std::vector<tcp::endpoint> endpoints(found.begin(), found.end());
  // "localhost" is ::1 first in many a hosts file, and then http://127.0.0.1 would find nobody.
  std::stable_partition(endpoints.begin(), endpoints.end(),
                        [](const auto& e) { return e.address().is_v4(); });
  return endpoints;
}

// Told that somebody else may hold the same socket, Asio takes it out of its epoll when it closes
// it: what another process holds open stays in there otherwise.
void may_be_shared(tcp::acceptor& acceptor, const tcp& protocol) {
  error_code error;
  const int socket = acceptor.release(error);
  acceptor.assign(protocol, socket, error);
}

Result<tcp::acceptor, std::string> inherit(Loop& loop, int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  tcp::acceptor acceptor(loop.impl().context);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Unexpected{"cannot take over the listening socket: " +
                      std::system_category().message(errno)};
  }
  error_code error;
  acceptor.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return Unexpected{"cannot take over the listening socket: " + error.message()};
  return acceptor;
}

Result<tcp::acceptor, std::string> open_acceptor(Loop& loop, const Listener::Options& options) {
  if (options.inherited_socket >= 0) return inherit(loop, options.inherited_socket);
  error_code error;
  const auto endpoints = addresses_of(loop, options, error);
  if (endpoints.empty()) {
    return Unexpected{"cannot listen on " + options.host + ": the name has no address (" +
                      error.message() + ")"};
  }
  tcp::acceptor acceptor(loop.impl().context);
  error_code first_error;
  for (const auto& endpoint : endpoints) {
    error = try_listen(acceptor, endpoint);
    if (!error) {
      may_be_shared(acceptor, endpoint.protocol());
      return acceptor;
    }
    if (!first_error) first_error = error;
  }
  return Unexpected{cannot_listen(options, first_error)};
}

}  // namespace

Result<std::unique_ptr<Listener>, std::string> Listener::open(const Options& options,
                                                              std::vector<Loop*> loops,
                                                              std::vector<Service*> services) {
  LIVEGATE_CHECK(!loops.empty() && loops.size() == services.size());
  auto opened = open_acceptor(*loops[0], options);
  if (!opened) return Unexpected{opened.error()};
  tcp::acceptor acceptor = std::move(*opened);

  std::vector<Lane> lanes;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    auto shard =
        std::make_shared<HttpShard>(HttpShard{.loop = *loops[i],
                                              .service = services[i],
                                              .tls = options.tls,
                                              .first_byte_time_max = options.first_byte_time_max,
                                              .request_time_max = options.request_time_max,
                                              .on_trouble = options.on_trouble});
    lanes.push_back({std::move(shard), std::make_shared<std::atomic<std::size_t>>(0)});
  }
  const std::uint16_t port = acceptor.local_endpoint().port();
  auto shared =
      std::make_shared<Acceptor>(*loops[0], std::move(acceptor), options, std::move(lanes));
  shared->wait();
  return std::unique_ptr<Listener>(
      std::make_unique<ListenerImpl>(*loops[0], std::move(shared), port));
}

}  // namespace livegate::net
