#include "cli/doctor.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>
#include <utility>

#include <unistd.h>

#include "cli/doctor_checks.h"
#include "cli/probe.h"
#include "config/config.h"
#include "net/tls.h"
#include "proto/model_facts.h"
#include "upstream/dialer.h"

namespace livegate::cli {
namespace {

constexpr const char* kFooter =
    "Examples\n"
    "  livegate doctor                                  the gateway at 127.0.0.1:8080, and the\n"
    "                                                   service, if GEMINI_API_KEY is set\n"
    "  livegate doctor --gateway https://voice.example.org --token ALICE\n"
    "  livegate doctor --upstream ws://127.0.0.1:8081   a model's side alone\n"
    "  livegate doctor --config livegate.toml --idle 90 what the file names, and idle connections\n"
    "  livegate doctor --probe --model gemini-3.8-live  does the model do what is assumed of it?\n"
    "\n"
    "Each gateway and upstream is asked two questions, one typed and one spoken by a synthetic\n"
    "voice; the real service takes a fraction of a cent for them. No key, token or word is shown.\n"
    "Exit status: 0 nothing is wrong, 1 warnings (--strict), 2 faults. docs/doctor.md has it all.";

struct Targets {
  std::optional<GatewayTarget> gateway;
  std::optional<UpstreamTarget> upstream;
};

Millis patience_of(const DoctorOptions& options) {
  return Millis(std::lround(options.patience_seconds * 1000));
}

// A browser's address of the gateway serves as well.
std::string as_websocket(std::string url) {
  if (url.starts_with("http://")) return "ws://" + url.substr(7);
  if (url.starts_with("https://")) return "wss://" + url.substr(8);
  return url;
}

std::string listen_url(const config::Config& config) {
  std::string host = config.listen.host;
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return (config.tls_cert_file.empty() ? "ws://" : "wss://") + host + ":" +
         std::to_string(config.listen.port);
}

Result<GatewayTarget, std::string> gateway_target(const DoctorOptions& options,
                                                  const config::Config& config) {
  const std::string text = options.gateway.empty() ? listen_url(config) : options.gateway;
  auto url = net::Url::parse(as_websocket(text));
  if (!url) return Unexpected{"--gateway: " + url.error() + ", or http:// or https://"};
  GatewayTarget target;
  target.url = std::move(url).value();
  if (target.url.path == "/") target.url.path = "/v1/live";
  if (target.url.tls) {
    auto tls = net::TlsContext::client(options.ca_file);
    if (!tls) return Unexpected{tls.error()};
    target.tls = std::move(tls).value();
  }
  target.token = Redacted(options.token);
  if (target.token.empty() && !config.tokens.empty()) target.token = config.tokens.front().token;
  target.origin = options.origin;
  target.idle_seconds = options.idle_seconds;
  target.patience = patience_of(options);
  return target;
}

Result<UpstreamTarget, std::string> upstream_target(const DoctorOptions& options,
                                                    const config::Config& config) {
  UpstreamTarget target;
  target.key = config.key;
  const auto dialer = upstream::Dialer::make(
      {.url = options.upstream.empty() ? config.upstream_url : options.upstream,
       .key = config.key,
       .ca_file = options.ca_file.empty() ? config.ca_file : options.ca_file});
  if (!dialer) return Unexpected{"--upstream: " + dialer.error()};
  target.request = (*dialer)->request();
  target.model = options.model.empty() ? config.model : options.model;
  if (target.model.find('/') == std::string::npos) target.model = "models/" + target.model;
  target.idle_seconds = options.idle_seconds;
  target.patience = patience_of(options);
  return target;
}

// What the options, the file and the environment name; nothing named: the gateway of this machine,
// and the service if there is a key.
Result<Targets, std::string> targets_of(const DoctorOptions& options,
                                        const char* (*lookup)(const char*)) {
  config::Loaded config = config::load(options.config_file);
  if (!config) return Unexpected{config.error()};
  config::apply_environment(*config, lookup);
  const bool any = options.gateway.empty() && options.upstream.empty();
  Targets targets;
  if (any || !options.gateway.empty()) {
    auto gateway = gateway_target(options, *config);
    if (!gateway) return Unexpected{gateway.error()};
    targets.gateway = std::move(gateway).value();
  }
  if ((any && !config->offline()) || !options.upstream.empty()) {
    auto upstream = upstream_target(options, *config);
    if (!upstream) return Unexpected{upstream.error()};
    targets.upstream = std::move(upstream).value();
  }
  return targets;
}

std::string today() {
  const auto now = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const std::chrono::year_month_day date(now);
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

bool ask_user(const std::string& question) {
  std::cerr << question << std::flush;
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes");
}

int probe(const DoctorOptions& options, const char* (*lookup)(const char*), std::ostream& out,
          std::ostream& err) {
  const auto refused = [&](const std::string& sentence) {
    err << "livegate doctor: " << sentence << (sentence.ends_with('.') ? "\n" : ".\n");
    return 2;
  };
  config::Loaded config = config::load(options.config_file);
  if (!config) return refused(config.error());
  config::apply_environment(*config, lookup);
  if (options.upstream.empty() && config->offline()) {
    return refused("--probe asks the real service: set GEMINI_API_KEY, or name another --upstream");
  }
  const auto target = upstream_target(options, *config);
  if (!target) return refused(target.error());
  net::Url address = target->request.url;
  address.path = "/";
  ProbeOrder order{.head = {.version = options.version,
                            .model = target->model.substr(target->model.rfind('/') + 1),
                            .upstream = address_of(address),
                            .date = today()},
                   .request = target->request,
                   .model = target->model,
                   .assumed = proto::profile_of(target->model, config->facts),
                   .secrets = {target->key.reveal()},
                   .output_dir = options.output_dir,
                   .parallel = options.parallel,
                   .yes = options.yes,
                   .strict = options.strict,
                   .ask = nullptr};
  if (::isatty(STDIN_FILENO) != 0) order.ask = ask_user;
  return run_probe(order, out, err);
}

}  // namespace

void add_doctor_options(CLI::App& app, DoctorOptions& options) {
  app.footer(kFooter);
  app.add_option("-g,--gateway", options.gateway,
                 "A gateway: http, https, ws or wss [ws://127.0.0.1:8080]")
      ->type_name("URL");
  app.add_option("-u,--upstream", options.upstream,
                 "A model's side: ws://... or wss://... [the Gemini Live API, with GEMINI_API_KEY]")
      ->type_name("URL");
  app.add_option("-c,--config", options.config_file,
                 "Take addresses, model, key and a user token from this configuration")
      ->type_name("FILE");
  app.add_option("-m,--model", options.model, "Of the upstream [gemini-3.8-live]")
      ->type_name("NAME");
  app.add_option("--token", options.token, "User token, where the gateway wants one")
      ->type_name("TOKEN");
  app.add_option("--origin", options.origin,
                 "Look whether a page from there is let in [the gateway's own page]")
      ->type_name("ORIGIN");
  app.add_option("--ca-file", options.ca_file, "Trust this certificate too (PEM)")
      ->type_name("FILE");
  app.add_option("--idle", options.idle_seconds,
                 "Leave the connection idle so long: does something on the way end it? [not tried]")
      ->type_name("SECONDS")
      ->check(CLI::Range(1.0, 3600.0));
  app.add_option("--patience", options.patience_seconds,
                 "Wait so long for a setup, and for an answer to begin and end [15]")
      ->type_name("SECONDS")
      ->check(CLI::Range(1.0, 120.0));
  app.add_flag("--strict", options.strict, "Exit status 1 where there are warnings");
  const std::string probe = "Probe";
  app.add_flag("--probe", options.probe,
               "Ask the model, in some twenty short conversations, whether it does what is assumed "
               "of it: prints a table, writes a report and what the configuration should say")
      ->group(probe);
  app.add_flag("-y,--yes", options.yes, "Accept what that costs, which is printed first")
      ->group(probe);
  app.add_option("-o,--output", options.output_dir, "Write report and configuration there [.]")
      ->type_name("DIR")
      ->group(probe);
  app.add_option("--parallel", options.parallel, "So many conversations at a time [3]")
      ->check(CLI::Range(1, 32))
      ->group(probe);
  app.add_flag("--json", options.json, "One JSON object instead of text");
}

int run_doctor(const DoctorOptions& options, const char* (*lookup)(const char* name),
               std::ostream& out, std::ostream& err) {
  if (options.probe) return probe(options, lookup, out, err);
  const auto targets = targets_of(options, lookup);
  if (!targets) {
    err << "livegate doctor: " << targets.error()
        << (targets.error().ends_with('.') ? "\n" : ".\n");
    return 2;
  }
  DoctorReport report(out, err,
                      options.json ? DoctorReport::Style::json : DoctorReport::Style::text);
  if (targets->gateway) check_gateway(*targets->gateway, report);
  if (targets->upstream) check_upstream(*targets->upstream, report);
  report.finish();
  return report.exit_status(options.strict);
}

}  // namespace livegate::cli
