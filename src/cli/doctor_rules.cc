#include "cli/doctor_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>

namespace livegate::cli {
namespace {

using std::chrono::system_clock;

// A resolver that has the name answers within some 50 ms; a person waits for it once.
constexpr double kNameMs = 200;
// Within a continent a connection takes 10 to 60 ms. Each word crosses this way once in each
// direction, so 100 ms here are 100 ms of every answer.
constexpr double kFarMs = 100;
constexpr double kHandshakeMs = 400;
constexpr int kCertificateDays = 14;
constexpr double kPingMs = 150;
constexpr double kPingSpreadMs = 50;
constexpr double kClockWarningS = 2;
constexpr double kClockFaultS = 120;  // short-lived tokens and certificates go by it

double as_ms(SessionClock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string seconds_text(double seconds) {
  const double tenths = std::round(seconds * 10) / 10;
  std::string text = std::to_string(tenths);
  return text.substr(0, text.find('.') + 2) + " s";
}

std::string closer_advice(Place place) {
  return place == Place::gateway
             ? "The gateway is far from here, or the way is slow: run it closer to your users."
             : "The service is far from here: run the gateway in a region closer to it.";
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string ms_text(double ms) {
  if (ms >= 0 && ms < 0.05) return "below 0.1 ms";
  if (ms >= 9.95) return std::to_string(std::lround(ms)) + " ms";
  const std::string text = std::to_string(std::round(ms * 10) / 10);
  return text.substr(0, text.find('.') + 2) + " ms";
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
         host.starts_with("127.");
}

// ---- reaching it

Finding failure_finding(const net::ConnectError& error, const net::ConnectTrace& trace, Place place,
                        const std::vector<std::string>& secrets) {
  const bool gateway = place == Place::gateway;
  Finding finding{.verdict = Verdict::fault, .check = "upgrade", .figure = error.message};
  net::ConnectFault fault = error.fault;
  if (fault == net::ConnectFault::timeout) {
    fault = !trace.resolved    ? net::ConnectFault::resolve
            : !trace.connected ? net::ConnectFault::connect
                               : net::ConnectFault::upgrade;
  }
  switch (fault) {
    case net::ConnectFault::resolve:
      finding.check = "name";
      finding.advice = "Check the spelling of the address, and this machine's DNS.";
      break;
    case net::ConnectFault::connect:
      finding.check = "TCP connection";
      finding.advice = gateway ? "Is `livegate serve` running there, and does a firewall let this "
                                 "machine through?"
                               : "Nothing listens there, or a firewall is in the way: this machine "
                                 "needs to reach that host and port.";
      break;
    case net::ConnectFault::tls:
      finding.check = "TLS";
      finding.advice =
          "Check the certificate (its name, its end, its chain) and whether the port speaks TLS at "
          "all. A certificate of one's own is trusted with --ca-file.";
      break;
    case net::ConnectFault::upgrade:
    case net::ConnectFault::timeout:
      if (const std::string said = shown(trace.refusal, secrets); !said.empty()) {
        finding.figure += ": \"" + said + "\"";
      }
      finding.advice = "A proxy in front must pass the headers Upgrade and Connection on.";
      break;
  }
  if (error.http_status == 404) {
    finding.advice =
        "There is no such path: " + std::string(gateway ? "a gateway answers at /v1/live."
                                                        : "check the address of the upstream.");
  } else if (error.http_status == 401 || error.http_status == 403) {
    finding.advice = gateway ? "The user token or the page's origin is refused: see --token, and "
                               "server.allowed_origins."
                             : "The key is refused: see GEMINI_API_KEY.";
  }
  if (!finding.figure.empty() && finding.figure.back() != '.' && finding.figure.back() != '"') {
    finding.figure += '.';
  }
  return finding;
}

Finding name_finding(const net::ConnectTrace& trace) {
  const double ms = trace.resolved ? as_ms(*trace.resolved) : 0;
  std::string figure = ms_text(ms);
  if (!trace.addresses.empty()) {
    figure += ", " + trace.addresses.front();
    const std::size_t more = trace.addresses.size() - 1;
    if (more > 0) figure += " and " + std::to_string(more) + " more";
  }
  Finding finding{.check = "name", .figure = std::move(figure), .ms = ms};
  if (ms > kNameMs) {
    finding.verdict = Verdict::warning;
    finding.advice = "Looking the name up is slow: is there a DNS cache on this machine?";
  }
  return finding;
}

Finding tcp_finding(const std::vector<double>& connects_ms, Place place) {
  const double ms = median(connects_ms);
  Finding finding{.check = "TCP connection",
                  .figure = ms_text(ms) + ", median of " + std::to_string(connects_ms.size()),
                  .ms = ms};
  if (ms > kFarMs) {
    finding.verdict = Verdict::warning;
    finding.advice = closer_advice(place);
  }
  return finding;
}

Finding tls_finding(const net::ConnectTrace& trace, system_clock::time_point now) {
  const double ms = trace.secured ? as_ms(*trace.secured) : 0;
  const net::TlsFacts facts = trace.tls.value_or(net::TlsFacts{});
  const auto left = std::chrono::duration_cast<std::chrono::hours>(facts.valid_until - now);
  const long days = left.count() / 24;
  Finding finding{.check = "TLS",
                  .figure = facts.version + ", " + ms_text(ms) + ", certificate by " +
                            shown(facts.issuer, {}) + " good for " + std::to_string(days) + " days",
                  .ms = ms};
  if (days < kCertificateDays) {
    finding.verdict = Verdict::warning;
    finding.advice = "Have the certificate renewed before it ends.";
  } else if (ms > kHandshakeMs) {
    finding.verdict = Verdict::warning;
    finding.advice = closer_advice(Place::gateway);
  }
  return finding;
}

Finding encryption_finding(const net::Url& url, Place place, bool key_given) {
  Finding finding{.check = "encryption", .figure = url.tls ? "wss" : "ws"};
  if (url.tls) return finding;
  if (is_loopback(url.host)) {
    finding.figure = "ws, which is fine on this machine";
    return finding;
  }
  finding.verdict = Verdict::warning;
  if (place == Place::gateway) {
    finding.figure = "ws: a page on another machine gets no microphone over plain HTTP";
    finding.advice =
        "Set server.tls_cert_file and server.tls_key_file, or put a TLS proxy in front.";
  } else {
    finding.figure = key_given ? "ws: the key and all speech travel in the clear"
                               : "ws: all speech travels in the clear";
    finding.advice = "Use a wss:// address for an upstream on another machine.";
  }
  return finding;
}

Finding clock_finding(std::string_view date, system_clock::time_point asked,
                      system_clock::time_point answered) {
  std::tm parts{};
  const std::string text(date);
  if (text.empty() || ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) {
    return {.verdict = Verdict::skipped,
            .check = "clock",
            .figure = "the answer carries no Date header"};
  }
  const auto theirs = std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
  const auto ours = asked + (answered - asked) / 2;
  // The header leaves out what is less than a second: half of one, on average.
  const double skew = std::chrono::duration<double>(theirs - ours).count() + 0.5;
  const double size = std::abs(skew);
  Finding finding{.check = "clock", .ms = skew * 1000};
  if (size <= kClockWarningS) {
    finding.figure = "agrees with this machine's within a second or two";
    return finding;
  }
  finding.verdict = size > kClockFaultS ? Verdict::fault : Verdict::warning;
  finding.figure = seconds_text(size) + (skew > 0 ? " ahead of" : " behind") + " this machine's";
  finding.advice =
      "Set both clocks by NTP: short-lived tokens and certificates count by the clock.";
  return finding;
}

// ---- the way there and back

Finding ping_finding(const std::vector<double>& round_trips_ms, std::size_t sent, Place place) {
  Finding finding{.check = "round trip"};
  if (round_trips_ms.empty()) {
    finding.verdict = Verdict::warning;
    finding.figure = "no ping was answered";
    finding.advice = "Something between here and there swallows WebSocket's pings.";
    return finding;
  }
  const double ms = median(round_trips_ms);
  const auto [least, most] = std::ranges::minmax(round_trips_ms);
  finding.ms = ms;
  finding.figure = ms_text(ms) + " by WebSocket ping, median of " +
                   std::to_string(round_trips_ms.size()) + ", " + ms_text(least) + " to " +
                   ms_text(most);
  if (round_trips_ms.size() < sent) {
    finding.verdict = Verdict::warning;
    finding.figure += "; " + std::to_string(sent - round_trips_ms.size()) + " unanswered";
    finding.advice = "Some pongs come late: a limit on them would end good connections.";
  } else if (ms > kPingMs) {
    finding.verdict = Verdict::warning;
    finding.advice = closer_advice(place);
  } else if (most - least > kPingSpreadMs) {
    finding.verdict = Verdict::warning;
    finding.advice =
        "The way is unsteady: wireless, a busy link or a busy machine. A player then "
        "has to hold more back.";
  }
  return finding;
}

Finding bunching_finding(const std::vector<double>& arrivals_ms, double every_ms) {
  Finding finding{.check = "buffering proxies"};
  std::size_t bunched = 0;
  for (std::size_t i = 1; i < arrivals_ms.size(); ++i) {
    if (arrivals_ms[i] - arrivals_ms[i - 1] < every_ms / 10) ++bunched;
  }
  finding.figure = std::to_string(arrivals_ms.size()) + " small frames " + ms_text(every_ms) +
                   " apart came back one by one";
  if (arrivals_ms.size() < 4) {
    finding.verdict = Verdict::skipped;
    finding.figure = "too few small frames came back to tell";
  } else if (bunched * 2 >= arrivals_ms.size()) {
    finding.verdict = Verdict::warning;
    finding.figure = std::to_string(bunched) + " of " + std::to_string(arrivals_ms.size()) +
                     " small frames came back in bunches";
    finding.advice =
        "A proxy collects what it should pass on: switch its buffering off "
        "(nginx: proxy_buffering off).";
  }
  return finding;
}

Finding idle_finding(double seconds, bool answered, const std::string& closed) {
  Finding finding{.check = "idle connection",
                  .figure = "lives after " + seconds_text(seconds) + " without speech"};
  if (answered) return finding;
  finding.verdict = Verdict::fault;
  finding.figure = closed.empty() ? "does not answer any more after " + seconds_text(seconds)
                                  : "was ended within " + seconds_text(seconds) + ": " + closed;
  finding.advice =
      "Something on the way ends idle connections: raise its time-out (nginx: "
      "proxy_read_timeout) well above 60 s.";
  return finding;
}

}  // namespace livegate::cli
