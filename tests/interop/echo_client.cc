// echo_client URL [SUBPROTOCOLS]: connects, echoes, and ends when the connection does. Says
// "failed: ..." or "open" and then "closed ...".
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
        echo = std::make_unique<interop::Echo>(std::move(outcome).value(),
                                               [&](interop::Echo*) { loop.stop(); });
      });
  loop.run();
  return EXIT_SUCCESS;
}
