#include "cli/serve.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/hear_detectors.h"
#include "cli/running.h"
#include "config/config.h"
#include "obs/log.h"
#include "server/flight_store.h"
#include "server/gateway.h"

namespace livegate::cli {
namespace {

constexpr Millis kDrainTimeMax = 5s;

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

std::string web_address(const config::Config& config, std::uint16_t port) {
  const std::string& host = config.listen.host;
  std::string shown = host == "0.0.0.0" || host == "::" ? "localhost" : host;
  if (shown.find(':') != std::string::npos) shown = "[" + shown + "]";
  return (config.tls_cert_file.empty() ? "http://" : "https://") + shown + ":" +
         std::to_string(port);
}

}  // namespace

int run_serve(const ServeOptions& options) {
  const StopSignals signals;
  const config::Loaded config = gather(options);
  if (!config) return refuse(config.error());
  try {
    obs::Log log(log_level(config->log_level), config->log_file);
    auto gateway = server::Gateway::start(*config, log);
    if (!gateway) return refuse(gateway.error());
    std::cout << "Livegate is listening on " << web_address(*config, (*gateway)->port()) << '\n'
              << "The model is " << (*gateway)->upstream() << '\n'
              << "Stop with Ctrl-C." << std::endl;
    signals.wait(log);
    log.info("stopping: no new sessions, those that run are told goodbye");
    (*gateway)->stop(kDrainTimeMax);
  } catch (const spdlog::spdlog_ex& error) {
    return refuse("log.file: " + std::string(error.what()));
  }
  return 0;
}

int run_check_config(const std::string& file, std::ostream& out, std::ostream& err) {
  config::Loaded config = config::load(file);
  if (!config) {
    err << "livegate: " << config.error() << '\n';
    return 2;
  }
  config::apply_environment(*config,
                            [](const char* name) -> const char* { return std::getenv(name); });
  // A folder that is not there is left to whom it is to belong to.
  const std::string& flights = config->recorder_dir;
  if (std::error_code failed; !flights.empty() && std::filesystem::exists(flights, failed)) {
    if (const auto usable = server::FlightStore::try_folder(flights); !usable) {
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
      << (config->tokens.empty() ? "none: anybody who can connect may talk"
                                 : std::to_string(config->tokens.size()) + " users")
      << '\n'
      << "  sessions    at most " << config->sessions_max << '\n';
  return 0;
}

}  // namespace livegate::cli
