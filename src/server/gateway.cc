#include "server/gateway.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include <malloc.h>
#include <sys/resource.h>

#include "config/fixed_keys.h"
#include "net/listener.h"
#include "offline/offline_server.h"
#include "server/front.h"
#include "server/jwks_watch.h"

namespace livegate::server {
namespace {

// What is so large goes back to the system when it is freed. By itself malloc raises this with the
// largest message it meets, up to 32 MiB, and keeps holes of that size from then on.
constexpr int kMappedBytesMin = 256 * 1024;
// ... and so much that is free behind all else is kept, which is not asked for again and again.
constexpr int kFreeBytesKept = 2 * 1024 * 1024;

std::uint64_t entropy() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

std::string random_key() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string key;
  for (int i = 0; i < 2; ++i) {
    for (std::uint64_t bits = entropy(), n = 0; n < 16; ++n, bits >>= 4) key += kHex[bits & 15];
  }
  return key;
}

Result<std::shared_ptr<const Settings>, std::string> make_settings(const config::Config& config) {
  auto hearing = make_hearing(config);
  if (!hearing) return Unexpected{hearing.error()};
  auto web = WebAssets::open(config.web_dir);
  if (!web) return Unexpected{web.error()};
  auto settings = std::make_shared<Settings>(
      Settings{config, std::move(*hearing), std::move(*web), policy::known_tokens(config.tokens)});
  config::Config& kept = settings->config;
  for (policy::UserToken& user : kept.tokens) user.token = Redacted();
  if (!kept.admin_token.empty()) {
    settings->admin_token = policy::hash_of(kept.admin_token.reveal());
    kept.admin_token = Redacted();
  }
  return std::shared_ptr<const Settings>(std::move(settings));
}

// At most a half of the descriptors that the process may have: the rest is for sessions.
std::size_t connections_max(std::size_t wanted) {
  constexpr std::size_t kLeast = 16;
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return wanted;
  return std::min(wanted, std::max(kLeast, static_cast<std::size_t>(descriptors.rlim_cur) / 2));
}

struct Shard {
  Shard(Shared& shared, std::size_t index, int tick_us)
      : loop(&shared.metrics.handlers(index), std::chrono::microseconds(tick_us),
             &shared.metrics.lag(index)),
        front(shared, loop, shared.metrics.shard(index), Rng(entropy())) {}
  net::Loop loop;
  Front front;
  std::thread thread;
};

class GatewayImpl final : public Gateway {
 public:
  GatewayImpl(std::shared_ptr<const Settings> settings, obs::Log& log,
              std::unique_ptr<offline::OfflineServer> assistant,
              std::unique_ptr<upstream::Dialer> dialer, std::unique_ptr<Spending> spending,
              std::size_t shards)
      : config_(settings->config),
        settings_(std::move(settings)),
        assistant_(std::move(assistant)),
        dialer_(std::move(dialer)),
        metrics_(shards + 1),
        recordings_(config_.recorder_dir.empty()
                        ? nullptr
                        : std::make_unique<RecordingStore>(config_.recorder_dir,
                                                           config_.recorder_bytes_max, log,
                                                           metrics_.shard(shards))),
        jwks_(log),
        spending_(std::move(spending)),
        users_(settings_, jwks_),
        watch_(*dialer_, log),
        shared_{settings_, log,        metrics_,          *dialer_,
                users_,    *spending_, recordings_.get(), config_.offline() ? nullptr : &watch_} {
    metrics_.read_from(obs::Metric::dropped_log_lines,
                       [&log] { return static_cast<std::int64_t>(log.lost_lines()); });
    spending_->on_spent([this](const std::optional<std::string>& user,
                               const meter::Verdict& verdict) { tell_spent(user, verdict); });
    for (std::size_t i = 0; i < shards; ++i) {
      shards_.push_back(std::make_unique<Shard>(shared_, i, config_.tick_us));
    }
  }

  ~GatewayImpl() override { end(); }

  Result<Done, std::string> listen(int inherited_socket) {
    net::Listener::Options options;
    options.inherited_socket = inherited_socket;
    options.host = config_.listen.host;
    options.port = config_.listen.port;
    options.http_connections_max = connections_max(config_.admission.connections);
    options.http_connections_per_address_max = config_.admission.connections_per_address;
    options.is_trusted = [&admission = shared_.admission](const IpAddress& address) {
      return admission.is_proxy(address);
    };
    options.on_made_room = [&counters = metrics_.shard(0)] {
      counters.add(obs::Metric::connections_closed);
    };
    options.on_trouble = [&log = shared_.log](std::string_view sentence) {
      log.warn("{}", sentence);
    };
    if (!config_.tls_cert_file.empty()) {
      auto tls = net::TlsContext::server(config_.tls_cert_file, config_.tls_key_file);
      if (!tls) return Unexpected{tls.error()};
      options.tls = *tls;
    }
    std::vector<net::Loop*> loops;
    std::vector<net::Service*> services;
    for (const auto& shard : shards_) {
      loops.push_back(&shard->loop);
      services.push_back(&shard->front);
    }
    auto keys = JwksWatch::source_of(config_);
    if (!keys) return Unexpected{keys.error()};
    auto listener = net::Listener::open(options, std::move(loops), std::move(services));
    if (!listener) return Unexpected{listener.error()};
    listener_ = std::move(*listener);
    for (const auto& shard : shards_) {
      shard->thread = std::thread([&loop = shard->loop] { loop.run(); });
    }
    jwks_.begin(shards_.front()->loop);
    jwks_.use(std::move(*keys));
    if (!config_.offline()) watch_.begin(shards_.front()->loop, config_.model);
    return Done{};
  }

  Result<std::vector<std::string>, std::string> reload(config::Config next) override {
    std::vector<std::string> fixed = config::keep_fixed_keys(config_, next);
    std::shared_ptr<net::TlsContext> tls;
    if (!next.tls_cert_file.empty()) {
      auto made = net::TlsContext::server(next.tls_cert_file, next.tls_key_file);
      if (!made) return Unexpected{made.error()};
      tls = *made;
    }
    auto settings = make_settings(next);
    if (!settings) return Unexpected{settings.error()};
    auto keys = JwksWatch::source_of(next);
    if (!keys) return Unexpected{keys.error()};
    if (tls) listener_->use_tls(tls);
    jwks_.use(std::move(*keys));
    spending_->set_budgets(next.metering.budgets);
    shared_.admission.set_limits(next);
    settings_.set(*settings);
    return fixed;
  }

  void drain(Millis time_max, std::function<void()> drained) override {
    shared_.draining = true;
    on_every_front(std::move(drained), [time_max](Front& front, std::function<void()> done) {
      front.drain(time_max, std::move(done));
    });
  }

  void retire(std::function<void()> empty) override {
    listener_->stop_accepting();
    on_every_front(std::move(empty), [](Front& front, std::function<void()> done) {
      front.when_empty(std::move(done));
    });
  }

  int listening_socket() const override { return listener_->listening_socket(); }

  std::size_t sessions() const override {
    return static_cast<std::size_t>(
        std::max<std::int64_t>(0, metrics_.sum(obs::Metric::sessions_open)));
  }

  std::uint16_t port() const override { return listener_->port(); }

  std::string upstream() const override {
    return config_.offline() ? "the offline assistant (no key, no network)" : dialer_->address();
  }

 private:
  // Every session that shares the budget ends with its turn, on whichever shard it lives.
  void tell_spent(const std::optional<std::string>& user, const meter::Verdict& verdict) {
    shared_.log.warn("{}{}: {}", user ? "user " : "all users", user ? *user : std::string(),
                     meter::sentence(verdict));
    for (const auto& shard : shards_) {
      shard->loop.post(
          [&front = shard->front, user, verdict] { front.budget_spent(user, verdict); });
    }
  }

  // `all_done` once each is done.
  template <class Do>
  void on_every_front(std::function<void()> all_done, Do act) {
    const auto left = std::make_shared<std::atomic<std::size_t>>(shards_.size());
    for (const auto& shard : shards_) {
      shard->loop.post([&front = shard->front, act, left, all_done] {
        act(front, [left, all_done] {
          if (left->fetch_sub(1) == 1) all_done();
        });
      });
    }
  }

  void end() {
    for (const auto& shard : shards_) {
      if (shard->thread.joinable()) shard->loop.stop();
    }
    for (const auto& shard : shards_) {
      if (shard->thread.joinable()) shard->thread.join();
    }
    listener_.reset();
    watch_.end();
    jwks_.end();
    spending_->on_spent(nullptr);  // sessions that end with their shard spend still
    shards_.clear();
  }

  const config::Config config_;  // as it was at the start
  LiveSettings settings_;
  std::unique_ptr<offline::OfflineServer> assistant_;
  std::unique_ptr<upstream::Dialer> dialer_;
  obs::Metrics metrics_;                        // a part for each shard, and one for the recordings
  std::unique_ptr<RecordingStore> recordings_;  // null: nothing is recorded
  JwksWatch jwks_;
  std::unique_ptr<Spending> spending_;
  Users users_;
  UpstreamWatch watch_;
  Shared shared_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<net::Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<Gateway>, std::string> Gateway::start(const config::Config& config,
                                                             obs::Log& log, int inherited_socket) {
  ::mallopt(M_MMAP_THRESHOLD, kMappedBytesMin);
  ::mallopt(M_TRIM_THRESHOLD, kFreeBytesKept);
  auto settings = make_settings(config);
  if (!settings) return Unexpected{settings.error()};
  const std::string warning = (*settings)->hearing.warning;
  upstream::DialerOptions target{
      .url = config.upstream_url, .key = config.key, .ca_file = config.ca_file};
  std::unique_ptr<offline::OfflineServer> assistant;
  if (config.offline()) {
    // A key of its own keeps other programs of this machine from talking to it past the gateway's
    // locks.
    target.key = Redacted(random_key());
    auto started = offline::OfflineServer::start(
        {.key = target.key, .recognizer_threads = config.recognizer_threads, .settings = {}}, log);
    if (!started) return Unexpected{started.error()};
    assistant = std::move(*started);
    target.url = "ws://127.0.0.1:" + std::to_string(assistant->port());
  }
  auto dialer = upstream::Dialer::make(target);
  if (!dialer) return Unexpected{dialer.error()};
  if (!config.recorder_dir.empty()) {
    if (auto usable = RecordingStore::prepare(config.recorder_dir); !usable) {
      return Unexpected{usable.error()};
    }
  }

  auto spending = Spending::open(config.metering, log);
  if (!spending) return Unexpected{spending.error()};

  const auto shards = static_cast<std::size_t>(
      config.threads > 0 ? config.threads
                         : std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  auto gateway = std::make_unique<GatewayImpl>(std::move(*settings), log, std::move(assistant),
                                               std::move(*dialer), std::move(*spending), shards);
  if (auto listening = gateway->listen(inherited_socket); !listening)
    return Unexpected{listening.error()};
  if (!warning.empty()) log.warn("{}", warning);
  if (config.metering.forgets_at_restart()) {
    log.warn(
        "A budget of a day is set without meter.file: what was spent is forgotten when this "
        "process ends.");
  }
  return std::unique_ptr<Gateway>(std::move(gateway));
}

}  // namespace livegate::server
