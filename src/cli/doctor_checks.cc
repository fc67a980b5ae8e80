#include "cli/doctor_checks.h"

#include <chrono>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "cli/doctor_rules.h"
#include "cli/doctor_talk.h"
#include "cli/live_line.h"
#include "cli/talk_event.h"

namespace livegate::cli {
namespace {

using std::chrono::system_clock;

constexpr std::size_t kConnects = 5;
constexpr std::size_t kPings = 5;
constexpr std::size_t kEchoes = 12;
constexpr Millis kEchoesEvery = 50ms;
constexpr Millis kPingTimeMax = 2s;

using Secrets = std::vector<std::string>;

std::string host_and_port(const net::Url& url) {
  const bool is_v6 = url.host.find(':') != std::string::npos;
  const bool usual = url.port == (url.tls ? 443 : 80);
  return (is_v6 ? "[" + url.host + "]" : url.host) + (usual ? "" : ":" + std::to_string(url.port));
}

net::Connector::Request page_request(const net::Connector::Request& like, const std::string& path,
                                     const std::shared_ptr<net::ConnectTrace>& trace) {
  net::Connector::Request request;
  request.url = like.url;
  request.url.path = path;
  request.tls = like.tls;
  request.time_max = like.time_max;
  request.trace = trace;
  return request;
}

double as_ms(SessionClock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string seconds_of(Millis time) { return std::to_string(time / 1s) + " s"; }

void skip_rest(DoctorReport& report) {
  report.add({.verdict = Verdict::skipped,
              .check = "all else",
              .figure = "needs what does not work above"});
}

// Name, TCP, TLS and clock, over plain requests for one page; what the last of them answered.
std::optional<net::FetchedPage> check_reach(net::Loop& loop, const net::Connector::Request& like,
                                            const std::string& path, Place place, bool key_given,
                                            const Secrets& secrets, DoctorReport& report) {
  std::vector<double> connects;
  std::optional<net::FetchedPage> page;
  net::ConnectTrace first;
  system_clock::time_point asked, answered;
  for (std::size_t i = 0; i < kConnects; ++i) {
    const auto trace = std::make_shared<net::ConnectTrace>();
    asked = system_clock::now();
    net::Fetch::Outcome outcome = fetch_page(loop, page_request(like, path, trace));
    answered = system_clock::now();
    if (i == 0) first = *trace;
    if (!outcome) {
      if (trace->resolved) report.add(name_finding(*trace));
      if (trace->connected) report.add(tcp_finding({as_ms(*trace->connected)}, place));
      Finding finding = failure_finding(outcome.error(), *trace, place, secrets);
      if (finding.check == "upgrade") finding.check = "HTTP";
      report.add(std::move(finding));
      skip_rest(report);
      return std::nullopt;
    }
    if (trace->connected) connects.push_back(as_ms(*trace->connected));
    page = std::move(outcome).value();
  }
  report.add(name_finding(first));
  report.add(tcp_finding(connects, place));
  if (first.tls) report.add(tls_finding(first, answered));
  report.add(encryption_finding(like.url, place, key_given));
  report.add(clock_finding(page->date, asked, answered));
  return page;
}

std::vector<double> pings(LiveLine& line) {
  std::vector<double> round_trips;
  for (std::size_t i = 0; i < kPings; ++i) {
    if (const auto ms = line.ping(kPingTimeMax)) round_trips.push_back(*ms);
  }
  return round_trips;
}

void check_idle(LiveLine& line, double seconds, const Secrets& secrets, DoctorReport& report) {
  if (seconds <= 0) return;
  report.progress("leaving the connection idle");
  const Instant began = steady_now();
  line.pass(std::chrono::duration_cast<Millis>(std::chrono::duration<double>(seconds)));
  const bool answered = line.ping(kPingTimeMax).has_value();
  std::string closed;
  if (line.closed()) {
    closed = std::to_string(line.closed()->code) + " " + shown(line.closed()->reason, secrets);
    seconds = ms_between(began, steady_now()) / 1000;
  }
  report.add(idle_finding(seconds, answered, closed));
}

// ---- a gateway

net::Connector::Request native_request(const GatewayTarget& target) {
  net::Connector::Request request;
  request.url = target.url;
  request.tls = target.tls;
  if (!target.token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + target.token.reveal());
  }
  request.subprotocols = "livegate.v1";
  request.options = {.message_bytes_max = limits::kClientMessageBytesMax,
                     .outbox_bytes_max = limits::kClientOutboxBytesMax};
  request.time_max = limits::kUpstreamConnectTimeMax;
  return request;
}

Finding readiness_finding(const net::FetchedPage& page, const Secrets& secrets) {
  Finding finding{.check = "ready", .figure = shown(page.body, secrets)};
  if (page.status == 200) return finding;
  if (page.status == 503) {
    finding.verdict = Verdict::fault;
    finding.figure = "503: " + finding.figure;
    finding.advice = "The gateway takes no further conversation now; the line above says why.";
    return finding;
  }
  finding.verdict = Verdict::warning;
  finding.figure = "/readyz answers " + std::to_string(page.status);
  finding.advice =
      "Is that a Livegate? A proxy in front may pass on /v1/live alone, which is fine.";
  return finding;
}

Finding refused_page_finding(const std::string& origin, const std::string& said) {
  return {
      .verdict = Verdict::fault,
      .check = "page",
      .figure = "a page at " + origin + " is refused: \"" + said + "\"",
      .advice = "Add \"" + origin + "\" to server.allowed_origins, if that page is to talk here."};
}

// As the page's browser would ask. A gateway lets a foreign page in to tell it why it may not stay,
// because a page cannot read any other answer; a proxy in front may say 403.
Finding page_finding(net::Loop& loop, const GatewayTarget& target, const Secrets& secrets) {
  const std::string own = (target.url.tls ? "https://" : "http://") + host_and_port(target.url);
  const std::string origin = target.origin.empty() ? own : target.origin;
  net::Connector::Request request = native_request(target);
  const auto trace = std::make_shared<net::ConnectTrace>();
  request.headers.emplace_back("Origin", origin);
  request.trace = trace;
  std::optional<ServerEvent> error;
  LiveLine line(loop, [&](ws::Opcode, PaddedText payload, Instant) {
    const auto event = parse_event(payload.view());
    if (event && event->type == EventType::error) error = event;
  });
  const std::string named = shown(origin, secrets);
  if (const auto failed = line.open(std::move(request))) {
    if (failed->http_status == 403) {
      return refused_page_finding(named, shown(trace->refusal, secrets));
    }
    Finding finding = failure_finding(*failed, *trace, Place::gateway, secrets);
    finding.check = "page";
    return finding;
  }
  line.ping(kPingTimeMax);  // who is turned away gets no pong any more
  line.close();
  if (error && error->code == "origin_refused") {
    return refused_page_finding(named, shown(error->message, secrets));
  }
  return {.check = "page", .figure = "a page at " + named + " is let in"};
}

Finding refused_start_finding(const GatewayTalk& talk) {
  Finding finding{.verdict = Verdict::fault, .check = "setup", .figure = talk.problem()};
  const std::string& code = talk.problem_code();
  if (code == "unauthorized") {
    finding.check = "user token";
    finding.advice = "Give a token that the gateway knows with --token; auth.tokens lists them.";
  } else if (code == "upstream_refused") {
    finding.check = "key and model";
    finding.advice =
        "The service refuses the gateway's key, its model or its settings: check GEMINI_API_KEY "
        "and "
        "upstream.model there.";
  } else if (code == "upstream_unavailable") {
    finding.check = "model's side";
    finding.advice =
        "The gateway cannot reach the model: run `livegate doctor --upstream ...` on "
        "that machine.";
  } else {
    finding.advice = "The gateway's log says more, by the session's id.";
  }
  return finding;
}

void check_conversation(net::Loop& loop, const GatewayTarget& target, GatewayTalk& talk,
                        DoctorReport& report) {
  report.add(bunching_finding(talk.echoes(kEchoes, kEchoesEvery),
                              std::chrono::duration<double, std::milli>(kEchoesEvery).count()));
  report.progress("asking a typed question");
  const AnswerSeen typed = talk.ask_typed("Hello.");
  report.add(first_audio_finding("typed question", typed, Place::gateway));
  report.progress("asking a spoken question");
  const AnswerSeen spoken = talk.ask_spoken(doctors_phrase());
  report.add(first_audio_finding("spoken question", spoken, Place::gateway));
  const AnswerSeen& heard = spoken.first_audio_ms ? spoken : typed;
  report.add(continuous_finding(heard));
  const auto outcome = fetch_page(loop, page_request(native_request(target), "/metrics", nullptr));
  const std::string metrics = outcome && outcome->status == 200 ? outcome->body : "";
  report.add(detector_finding(spoken, metrics, talk.detector()));
  report.add(buffer_finding(heard, metrics));
}

}  // namespace

std::string address_of(const net::Url& url) {
  const std::string path = url.path.substr(0, url.path.find('?'));
  return (url.tls ? "wss://" : "ws://") + host_and_port(url) + (path == "/" ? "" : path);
}

void check_gateway(const GatewayTarget& target, DoctorReport& report) {
  const Secrets secrets{target.token.reveal()};
  report.begin("gateway", shown(address_of(target.url), secrets));
  report.progress("reaching the gateway");
  net::Loop loop;
  const net::Connector::Request native = native_request(target);
  const auto ready =
      check_reach(loop, native, "/readyz", Place::gateway, /*key_given=*/false, secrets, report);
  if (!ready) return;
  report.add(readiness_finding(*ready, secrets));
  report.add(page_finding(loop, target, secrets));

  net::Connector::Request request = native;
  const auto trace = std::make_shared<net::ConnectTrace>();
  request.trace = trace;
  GatewayTalk talk(loop, secrets, target.patience);
  if (const auto failed = talk.line().open(std::move(request))) {
    report.add(failure_finding(*failed, *trace, Place::gateway, secrets));
    return skip_rest(report);
  }
  const std::vector<double> round_trips = pings(talk.line());
  // Who is turned away right after the upgrade says why below.
  if (!talk.line().closed()) report.add(ping_finding(round_trips, kPings, Place::gateway));
  report.progress("setting up a conversation");
  const auto setup_ms = talk.start();
  if (!setup_ms) {
    report.add(refused_start_finding(talk));
    return skip_rest(report);
  }
  report.add(setup_finding(*setup_ms, talk.model() + " (" + talk.upstream() + ")"));
  check_conversation(loop, target, talk, report);
  check_idle(talk.line(), target.idle_seconds, secrets, report);
  talk.stop();
}

// ---- the model's side

namespace {

Finding refused_setup_finding(const UpstreamTalk& talk, const UpstreamTarget& target) {
  const std::string problem = talk.problem();
  Finding finding{.verdict = Verdict::fault,
                  .check = "setup",
                  .figure = problem.empty()
                                ? "setup was not answered within " + seconds_of(target.patience)
                                : problem};
  const auto says = [&](std::string_view words) {
    return problem.find(words) != std::string::npos;
  };
  if (says("API key") || says("unregistered callers") || says("credentials")) {
    finding.check = "key";
    finding.advice = target.key.empty()
                         ? "No key was given: set GEMINI_API_KEY."
                         : "Check the key in GEMINI_API_KEY: is it whole, and is it allowed to use "
                           "this API?";
  } else if (says("not found")) {
    finding.check = "model";
    finding.advice = "Is the model's name spelt right, and does this key have it? See --model.";
  } else if (says("quota") || says("RESOURCE_EXHAUSTED")) {
    finding.check = "quota";
    finding.advice = "The key's quota is used up: wait, or raise it.";
  } else if (problem.empty()) {
    finding.advice =
        "What answers there opens WebSockets and does not speak the Live API, or is "
        "out of order.";
  } else {
    finding.advice = "The reason is the service's own; docs/wire-gemini.md lists the known ones.";
  }
  return finding;
}

}  // namespace

void check_upstream(const UpstreamTarget& target, DoctorReport& report) {
  const Secrets secrets{target.key.reveal()};
  net::Url host = target.request.url;
  host.path = "/";  // of the service it is longer than a line
  report.begin("upstream", shown(address_of(host), secrets));
  report.progress("reaching the model's side");
  net::Loop loop;
  const bool key_given = !target.key.empty();
  if (!check_reach(loop, target.request, "/", Place::upstream, key_given, secrets, report)) return;

  net::Connector::Request request = target.request;
  const auto trace = std::make_shared<net::ConnectTrace>();
  request.trace = trace;
  UpstreamTalk talk(loop, secrets, target.patience);
  if (const auto failed = talk.line().open(std::move(request))) {
    report.add(failure_finding(*failed, *trace, Place::upstream, secrets));
    return skip_rest(report);
  }
  const std::vector<double> round_trips = pings(talk.line());
  if (!talk.line().closed()) report.add(ping_finding(round_trips, kPings, Place::upstream));
  report.progress("setting up a conversation");
  const auto setup_ms = talk.start(target.model);
  if (!setup_ms) {
    report.add(refused_setup_finding(talk, target));
    return skip_rest(report);
  }
  report.add({.check = "key", .figure = key_given ? "accepted" : "none given, none asked for"});
  report.add(setup_finding(*setup_ms, target.model));
  report.progress("asking a typed question");
  const AnswerSeen typed = talk.ask_typed("Hello.");
  report.add(first_audio_finding("typed question", typed, Place::upstream));
  report.progress("asking a spoken question");
  const AnswerSeen spoken = talk.ask_spoken(doctors_phrase());
  report.add(first_audio_finding("spoken question", spoken, Place::upstream));
  report.add(continuous_finding(spoken.first_audio_ms ? spoken : typed));
  check_idle(talk.line(), target.idle_seconds, secrets, report);
  talk.line().close();
}

}  // namespace livegate::cli
