#include "cli/serve.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/descriptors.h"
#include "cli/hear_detectors.h"
#include "cli/running.h"
#include "cli/signals.h"
#include "cli/successor.h"
#include "config/config.h"
#include "config/production.h"
#include "obs/log.h"
#include "server/gateway.h"
#include "server/recording_store.h"

namespace livegate::cli {
namespace {

// From the end of a session's time to that of its sockets, with a client that does not answer.
constexpr Millis kDrainSlack = limits::kCloseTimeMax + 1s;

// A new process reads models and makes grammars before it listens.
constexpr Millis kSuccessorTimeMax = 60s;

// From the last connection that was accepted to its upgrade.
constexpr Millis kLastArrivalsMax = 1s;

// File, then environment, then command line.
config::Loaded gather(const ServeOptions& options) {
  config::Loaded config = config::load(options.config_file);
  if (!config) return config;
  config::apply_environment(*config,
                            [](const char* name) -> const char* { return std::getenv(name); });
  if (!options.listen.empty()) {
    auto listen = config::parse_listen(options.listen);
    if (!listen) return Unexpected{"--listen: " + listen.error()};
    config->listen = *listen;
  }
  if (!options.upstream.empty()) {
    if (auto set = config::set_upstream(*config, options.upstream); !set) {
      return Unexpected{"--upstream: " + set.error()};
    }
  }
  if (!options.vad.empty()) {
    if (auto set = config::set_vad(*config, options.vad); !set)
      return Unexpected{"--vad: " + set.error()};
  }
  if (config->vad_model_file.empty()) config->vad_model_file = find_voice_model();
  if (!options.web_dir.empty()) config->web_dir = options.web_dir;
  if (!options.log_level.empty()) {
    if (!is_log_level(options.log_level)) {
      return Unexpected{"--log-level: '" + options.log_level +
                        "' is not one of: debug, info, warn, error, off."};
    }
    config->log_level = options.log_level;
  }
  return config;
}

std::vector<std::string> findings_of(const config::Config& config, std::size_t descriptors) {
  std::vector<std::string> sentences;
  for (const config::Finding& finding : config::production_findings(config)) {
    sentences.push_back(config::sentence_of(finding));
  }
  if (auto shortage = descriptor_shortage(config, descriptors)) {
    sentences.push_back(std::move(*shortage));
  }
  return sentences;
}

std::string web_address(const config::Config& config, std::uint16_t port) {
  const std::string& host = config.listen.host;
  std::string shown = host == "0.0.0.0" || host == "::" ? "localhost" : host;
  if (shown.find(':') != std::string::npos) shown = "[" + shown + "]";
  return (config.tls_cert_file.empty() ? "http://" : "https://") + shown + ":" +
         std::to_string(port);
}

// Returns when all sessions have ended, or when it is told again to stop.
void drain(server::Gateway& gateway, Signals& signals, Millis grace, Millis time_max) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const auto left_of = [began](Millis time) {
    return std::max(Millis(0), std::chrono::ceil<Millis>(began + time - Clock::now()));
  };
  const Millis listens_for = gateway.sessions() > 0 ? grace : Millis(0);
  bool drained = false;
  gateway.drain(time_max, [&signals] { signals.wake(); });
  for (;;) {
    switch (signals.wait(left_of(drained ? listens_for : time_max + kDrainSlack))) {
      case Signals::What::woken:
        drained = true;
        break;
      case Signals::What::timeout:
      case Signals::What::stop:
      case Signals::What::interrupt:
        return;
      case Signals::What::reload:
      case Signals::What::replace:
      case Signals::What::readable:
        break;  // too late for either
    }
  }
}

std::string listed(const std::vector<std::string>& keys) {
  std::string list;
  for (const std::string& key : keys) list.append(list.empty() ? "" : ", ").append(key);
  return list;
}

// All of it or nothing: a configuration with a mistake is refused, and the old one stays in force.
void reload(server::Gateway& gateway, const ServeOptions& options, config::Config& config,
            obs::Log& log) {
  const auto reopen = [&log](const config::Config& from) {
    return log.reopen(log_level(from.log_level), from.log_file,
                      log_format(from.operations.log_format));
  };
  const config::Loaded next = gather(options);
  if (!next) return log.error("not reloaded, the configuration stays as it was: {}", next.error());
  if (const auto opened = reopen(*next); !opened) {
    return log.error("not reloaded, the configuration stays as it was: log.file: {}",
                     opened.error());
  }
  const auto findings = findings_of(*next, raise_descriptor_limit());
  if (options.strict && !findings.empty()) {
    static_cast<void>(reopen(config));
    return log.error("not reloaded, the configuration stays as it was: {}", findings.front());
  }
  const auto fixed = gateway.reload(*next);
  if (!fixed) {
    static_cast<void>(reopen(config));
    return log.error("not reloaded, the configuration stays as it was: {}", fixed.error());
  }
  config = *next;
  for (const std::string& finding : findings) log.warn("{}", finding);
  log.info("reloaded: the configuration is read again, for sessions that begin from now on");
  if (!fixed->empty()) {
    log.warn("not changed before the next start: {}", listed(*fixed));
  }
}

// True once a new process has taken over the address.
bool hand_over(server::Gateway& gateway, Signals& signals, const std::string& program,
               obs::Log& log) {
  auto successor = Successor::start(program, gateway.listening_socket());
  if (!successor) {
    log.error("no new process, this one goes on: {}", successor.error());
    return false;
  }
  const pid_t pid = (*successor)->pid();
  log.info("process {} is to take over", pid);
  for (;;) {
    const Signals::What what = signals.wait(kSuccessorTimeMax, (*successor)->descriptor());
    if (what == Signals::What::readable && (*successor)->took_over()) {
      log.info("process {} has taken over; {} sessions go on here", pid, gateway.sessions());
      return true;
    }
    if (what == Signals::What::reload || what == Signals::What::replace ||
        what == Signals::What::woken) {
      continue;
    }
    (*successor)->kill();
    log.error("process {} did not take over, this one goes on", pid);
    if (what == Signals::What::stop) ::kill(::getpid(), SIGTERM);
    if (what == Signals::What::interrupt) ::kill(::getpid(), SIGINT);
    return false;
  }
}

// Sessions go on to their own end, as if nothing had happened; and so do those that begin over
// connections that were accepted last.
void outlive(server::Gateway& gateway, Signals& signals, const config::Operations& operations) {
  const auto until = std::chrono::steady_clock::now() + operations.handover_max;
  bool was_empty = false;
  gateway.retire([&signals] { signals.wake(); });
  for (;;) {
    const auto left = std::chrono::ceil<Millis>(until - std::chrono::steady_clock::now());
    switch (signals.wait(was_empty ? kLastArrivalsMax : std::max(left, Millis(0)))) {
      case Signals::What::woken:
        was_empty = true;
        break;
      case Signals::What::timeout:
        if (was_empty && gateway.sessions() == 0) return;
        if (!was_empty) return drain(gateway, signals, Millis(0), operations.drain_max);
        was_empty = false;
        gateway.retire([&signals] { signals.wake(); });
        break;
      case Signals::What::stop:
      case Signals::What::interrupt:
        return drain(gateway, signals, Millis(0), operations.drain_max);
      case Signals::What::reload:
      case Signals::What::replace:
      case Signals::What::readable:
        break;
    }
  }
}

// A person at the terminal waits for nobody who looks at /readyz.
void serve_until_stopped(server::Gateway& gateway, Signals& signals, const ServeOptions& options,
                         config::Config& config, obs::Log& log) {
  const std::string program = own_program();
  for (;;) {
    const Signals::What what = signals.wait();
    if (what == Signals::What::reload) {
      reload(gateway, options, config, log);
      continue;
    }
    if (what == Signals::What::replace) {
      if (!hand_over(gateway, signals, program, log)) continue;
      return outlive(gateway, signals, config.operations);
    }
    if (what != Signals::What::stop && what != Signals::What::interrupt) continue;
    log.info("stopping: {} sessions are open, each ends at the end of its turn",
             gateway.sessions());
    return drain(gateway, signals,
                 what == Signals::What::stop ? config.operations.drain_grace : Millis(0),
                 config.operations.drain_max);
  }
}

}  // namespace

int run_serve(const ServeOptions& options) {
  Signals signals;
  const auto inherited = take_inheritance();
  ::umask(S_IRWXG | S_IRWXO);  // recordings and logs are their owner's alone
  config::Loaded config = gather(options);
  if (!config) return refuse(config.error());
  const auto findings = findings_of(*config, raise_descriptor_limit());
  if (options.strict && !findings.empty()) {
    std::string all = "--strict: not fit for facing strangers:";
    for (const std::string& finding : findings) all.append("\n  ").append(finding);
    return refuse(all);
  }
  try {
    obs::Log log(log_level(config->log_level), config->log_file,
                 log_format(config->operations.log_format));
    auto gateway =
        server::Gateway::start(*config, log, inherited ? inherited->listening_socket : -1);
    if (!gateway) return refuse(gateway.error());
    for (const std::string& finding : findings) log.warn("{}", finding);
    std::cout << "Livegate is listening on " << web_address(*config, (*gateway)->port()) << '\n'
              << "The model is " << (*gateway)->upstream() << '\n'
              << "Stop with Ctrl-C." << std::endl;
    if (inherited) say_taken_over(*inherited);
    serve_until_stopped(**gateway, signals, options, *config, log);
  } catch (const std::system_error& error) {
    return refuse("log.file: " + std::string(error.what()));
  }
  return 0;
}

int run_check_config(const std::string& file, bool production, std::ostream& out,
                     std::ostream& err) {
  config::Loaded config = config::load(file);
  if (!config) {
    err << "livegate: " << config.error() << '\n';
    return 2;
  }
  config::apply_environment(*config,
                            [](const char* name) -> const char* { return std::getenv(name); });
  // A folder that is not there is left to whom it is to belong to.
  const std::string& recordings = config->recorder_dir;
  if (std::error_code failed; !recordings.empty() && std::filesystem::exists(recordings, failed)) {
    if (const auto usable = server::RecordingStore::try_folder(recordings); !usable) {
      err << "livegate: " << usable.error() << '\n';
      return 2;
    }
  }
  out << file << " is in order. In force:\n"
      << "  listen      " << web_address(*config, config->listen.port) << '\n'
      << "  upstream    "
      << (config->offline()              ? "offline"
          : config->upstream_url.empty() ? "Gemini Live API"
                                         : config->upstream_url)
      << '\n'
      << "  key         " << (config->key.empty() ? "none" : "set (not shown)") << '\n'
      << "  detector    " << config->vad_detector << ", mode " << config->vad_mode << '\n'
      << "  user tokens "
      << (config->open_to_all() ? "none: anybody who can connect may talk"
                                : std::to_string(config->tokens.size()) + " users")
      << '\n'
      << "  sessions    at most " << config->sessions_max << '\n';
  if (!production) return 0;
  const auto findings = config::production_findings(*config);
  out << (findings.empty() ? "Fit for facing strangers: nothing was found.\n"
                           : "Not fit for facing strangers:\n");
  for (const config::Finding& finding : findings) {
    out << "  " << finding.key << ": " << finding.problem << "\n      " << finding.remedy << '\n';
  }
  return findings.empty() ? 0 : 1;
}

}  // namespace livegate::cli
