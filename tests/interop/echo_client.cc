// echo_client URL [SUBPROTOCOLS]: connects and echoes until it is killed. Says "open" and then
// "closed ..."; or "failed: ..." and ends. It does not end with the connection, whose last words
// may still be on their way: a process that ends with bytes unread resets it.
#include <cstdlib>
#include <iostream>
#include <memory>

#include "echo.h"
#include "net/connector.h"

int main(int count, char** arguments) {
  using namespace livegate;
  if (count < 2) {
    std::cerr << "echo_client URL [SUBPROTOCOLS]\n";
    return 2;
  }
  const auto url = net::Url::parse(arguments[1]);
  if (!url) {
    std::cerr << url.error() << '\n';
    return 2;
  }
  net::Connector::Request request{};
  request.url = *url;
  request.subprotocols = count > 2 ? arguments[2] : "";
  request.options = interop::kEchoOptions;
  request.time_max = 20s;

  net::Loop loop;
  std::unique_ptr<interop::Echo> echo;
  const auto connector =
      net::Connector::open(loop, std::move(request), [&](net::Connector::Outcome outcome) {
        if (!outcome) {
          std::cout << "failed: " << outcome.error().message << std::endl;
          return loop.stop();
        }
        std::cout << "open" << std::endl;
        echo = std::make_unique<interop::Echo>(std::move(outcome).value(), [](interop::Echo*) {});
      });
  loop.run();
  return EXIT_SUCCESS;
}
