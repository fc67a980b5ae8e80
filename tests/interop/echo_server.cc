// echo_server: listens on a free port of 127.0.0.1, says which, and echoes until it is killed.
#include <cstdlib>
#include <iostream>
#include <list>
#include <variant>

#include "echo.h"
#include "net/listener.h"
#include "ws/handshake.h"

namespace livegate::interop {
namespace {

class EchoService final : public net::Service {
 public:
  net::HttpResponse on_request(const net::HttpRequest& request) override {
    return {.body = request.method + " " + request.path};
  }

  std::variant<Accept, net::HttpResponse> on_upgrade(const net::HttpRequest& request) override {
    const auto offered = ws::split_header(request.header("Sec-WebSocket-Protocol"));
    return Accept{.subprotocol = offered.empty() ? "" : std::string(offered.front()),
                  .options = kEchoOptions};
  }

  void on_websocket(const net::HttpRequest&, std::unique_ptr<net::WebSocket> socket) override {
    echoes_.push_back(std::make_unique<Echo>(std::move(socket), [this](Echo* ended) {
      echoes_.remove_if([ended](const auto& echo) { return echo.get() == ended; });
    }));
  }

 private:
  std::list<std::unique_ptr<Echo>> echoes_;
};

}  // namespace
}  // namespace livegate::interop

int main(int count, char** arguments) {
  using namespace livegate;
  net::Listener::Options options{.port = 0};
  if (count == 3) {
    auto tls = net::TlsContext::server(arguments[1], arguments[2]);
    if (!tls) {
      std::cerr << tls.error() << '\n';
      return 2;
    }
    options.tls = *tls;
  }
  net::Loop loop;
  interop::EchoService service;
  const auto listener = net::Listener::open(options, {&loop}, {&service});
  if (!listener) {
    std::cerr << listener.error() << '\n';
    return 2;
  }
  std::cout << "listening on " << (*listener)->port() << std::endl;
  loop.run();
  return EXIT_SUCCESS;
}
