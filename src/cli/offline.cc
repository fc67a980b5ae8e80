#include "cli/offline.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "audio/pcm.h"
#include "cli/running.h"
#include "cli/signals.h"
#include "config/config.h"
#include "offline/offline_server.h"
#include "proto/model_facts.h"

namespace livegate::cli {
namespace {

using offline::StandinSettings;

constexpr const char* kFooter =
    "Examples\n"
    "  livegate offline                                 every model it knows, answers at once\n"
    "  livegate offline --profile gemini-3.8-live       the habits and delays of that model\n"
    "  livegate offline --profile all --connection-age 30s --go-away-before 5s\n"
    "  livegate offline --script demo.toml              what the scenario says\n"
    "  livegate offline --fact gemini-3.8-live.stream_end_ends_turn=true\n"
    "  livegate offline --fault freeze=0.5 --seed 7     half of all turns are never answered\n"
    "\n"
    "GET /stats counts what it heard, conversation by conversation. docs/stand-in.md has it all.";

void add_habits(CLI::App& app, OfflineCommandOptions& options) {
  const std::string group = "Habits of the service";
  std::string profiles = "all";
  for (const auto& each : proto::model_profiles()) profiles += ", " + std::string(each.id);
  app.add_option("-p,--profile", options.profiles,
                 "Answer as this model does, as slowly, and to no other; may be given several "
                 "times: " +
                     profiles)
      ->type_name("MODEL")
      ->allow_extra_args(false)
      ->group(group);
  std::string facts;
  for (const auto& each : proto::model_facts()) {
    facts += (facts.empty() ? "" : ", ") + std::string(each.name);
  }
  app.add_option("--fact", options.facts,
                 "Play a model with one fact changed, such as "
                 "gemini-3.8-live.stream_end_ends_turn=true; may be given several times: " +
                     facts)
      ->type_name("MODEL.FACT=VALUE")
      ->allow_extra_args(false)
      ->group(group);
  const auto time = [&](const char* name, std::string& value, const char* what) {
    app.add_option(name, value, what)->type_name("TIME")->group(group);
  };
  time("--setup-delay", options.setup_delay, "From setup to setupComplete [0ms; profiles: 200ms]");
  time("--first-audio", options.first_audio,
       "From the end of speech to the first sound of the reply [0ms; profiles: 1.2s]");
  time("--silence", options.silence,
       "Streamed quiet that ends an utterance, unless the setup says [the model's own, 1s]");
  time("--first-chunk", options.first_chunk, "Length of a reply's first audio message [200ms]");
  time("--chunk", options.chunk, "... and of the others [240ms]");
  app.add_option("--pace", options.pace,
                 "Send audio so many times faster than it plays [the model's own: 4, or 1 with "
                 "pauses]")
      ->type_name("TIMES")
      ->check(CLI::Range(0.5, 1000.0))
      ->group(group);
  time("--connection-age", options.connection_age,
       "End each connection after that time; 0s: never [0s; profiles: 600s]");
  time("--go-away-before", options.go_away_before, "... with goAway so long before [50s]");
  time("--handle-time", options.handle_time, "Resumption handles count so long [2h]");
}

void add_faults(CLI::App& app, OfflineCommandOptions& options) {
  const std::string group = "Faults";
  app.add_option("-f,--fault", options.faults,
                 "Do this wrong, always or with a chance; may be given several times: " +
                     offline::fault_names())
      ->type_name("NAME[=0-1]")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--seed", options.seed, "Of the faults: equal seeds draw equal faults [1]")
      ->type_name("N")
      ->group(group);
}

std::string set_time(const char* option, const std::string& text, Millis& value) {
  if (text.empty()) return {};
  const auto parsed = offline::parse_duration(text);
  if (!parsed) return std::string(option) + ": " + parsed.error();
  value = *parsed;
  return {};
}

std::string set_chunk(const char* option, const std::string& text, std::size_t& samples) {
  Millis length{0};
  if (text.empty()) return {};
  if (auto error = set_time(option, text, length); !error.empty()) return error;
  if (length < 10ms || length > 10s) return std::string(option) + ": from 10ms to 10s.";
  samples = static_cast<std::size_t>(length.count()) * audio::kDownlinkRateHz / 1000;
  return {};
}

std::string set_profiles(const std::vector<std::string>& names, StandinSettings& settings) {
  if (!names.empty()) settings = offline::service_settings();
  for (const std::string& name : names) {
    if (name == "all") {
      for (const auto& each : proto::model_profiles()) settings.models.push_back(each);
      continue;
    }
    const proto::ModelProfile* const found = proto::find_model_profile(name);
    if (found == nullptr) {
      std::string known = "all";
      for (const auto& each : proto::model_profiles()) known += ", " + std::string(each.id);
      return "--profile: there is no '" + name + "'; there are " + known + ".";
    }
    settings.models.push_back(*found);
  }
  return {};
}

// The first thing that is wrong, as one sentence; empty if nothing is.
std::string gather(const OfflineCommandOptions& options, offline::OfflineOptions& to) {
  StandinSettings& settings = to.settings;
  if (auto error = set_profiles(options.profiles, settings); !error.empty()) return error;
  for (const std::string& order : options.facts) {
    if (auto ordered = offline::order_fact(order, settings); !ordered) {
      return "--fact: " + ordered.error();
    }
  }
  for (const std::string& order : options.faults) {
    if (auto ordered = offline::order_fault(order, settings.faults); !ordered) {
      return "--fault: " + ordered.error();
    }
  }
  settings.seed = options.seed;
  settings.send_speed = options.pace;
  Millis silence{-1};
  for (const std::string& error :
       {set_time("--setup-delay", options.setup_delay, settings.setup_delay),
        set_time("--first-audio", options.first_audio, settings.first_audio),
        set_time("--silence", options.silence, silence),
        set_time("--connection-age", options.connection_age, settings.connection_age),
        set_time("--go-away-before", options.go_away_before, settings.go_away_before),
        set_time("--handle-time", options.handle_time, settings.handle_time),
        set_chunk("--first-chunk", options.first_chunk, settings.first_piece_samples),
        set_chunk("--chunk", options.chunk, settings.piece_samples)}) {
    if (!error.empty()) return error;
  }
  if (silence.count() >= 0) to.silence_ms = static_cast<int>(silence.count());
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    return "--tls-cert and --tls-key go together.";
  }
  to.tls_cert_file = options.tls_cert_file;
  to.tls_key_file = options.tls_key_file;
  if (!options.key_env.empty()) {
    const char* const key = std::getenv(options.key_env.c_str());
    if (key == nullptr || *key == '\0') {
      return "--key-env: the environment has no " + options.key_env + ".";
    }
    to.key = Redacted(key);
  }
  if (!options.script_file.empty()) {
    std::ifstream file(options.script_file);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return "--script: cannot read " + options.script_file + ".";
    auto scenario = offline::read_scenario(text.str(), options.script_file);
    if (!scenario) return scenario.error();
    settings.scenario = std::make_shared<offline::Scenario>(std::move(*scenario));
  }
  if (options.report) to.report = [](const std::string& line) { std::cout << line << std::endl; };
  return {};
}

}  // namespace

void add_offline_options(CLI::App& app, OfflineCommandOptions& options) {
  app.footer(kFooter);
  app.add_option("-l,--listen", options.listen,
                 "Address to listen on; port 0 takes any free one [127.0.0.1:8081]")
      ->type_name("HOST:PORT");
  app.add_option("--threads", options.recognizer_threads,
                 "Threads that recognise speech; 0: as many as the machine bears [0]")
      ->check(CLI::Range(0, 64));
  app.add_option("--key-env", options.key_env,
                 "Demand the API key that this environment variable holds [any key, or none]")
      ->type_name("NAME");
  app.add_option("--tls-cert", options.tls_cert_file, "Serve https and wss with this certificate")
      ->type_name("FILE.pem");
  app.add_option("--tls-key", options.tls_key_file, "... and its key")->type_name("FILE.pem");
  app.add_flag("--report", options.report,
               "Print a line of JSON with all counts when a connection ends");
  app.add_option("--log-level", options.log_level, "debug, info, warn, error or off [info]")
      ->type_name("LEVEL");
  app.add_option("-s,--script", options.script_file,
                 "Say what this scenario says, and the rest by itself (docs/stand-in.md)")
      ->type_name("FILE.toml");
  add_habits(app, options);
  add_faults(app, options);
}

int run_offline(const OfflineCommandOptions& options) {
  Signals signals;
  const auto listen = config::parse_listen(options.listen);
  if (!listen) return refuse("--listen: " + listen.error());
  if (!options.log_level.empty() && !is_log_level(options.log_level)) {
    return refuse("--log-level: '" + options.log_level +
                  "' is not one of: debug, info, warn, error, off.");
  }
  offline::OfflineOptions server_options{
      .host = listen->host, .port = listen->port, .recognizer_threads = options.recognizer_threads};
  if (const std::string error = gather(options, server_options); !error.empty()) {
    return refuse(error);
  }
  obs::Log log(log_level(options.log_level), "");
  auto server = offline::OfflineServer::start(server_options, log);
  if (!server) return refuse(server.error());
  const bool tls = !options.tls_cert_file.empty();
  std::cout << "The offline assistant is listening on " << (tls ? "https://" : "http://")
            << listen->host << ':' << (*server)->port() << '\n'
            << "Point a Live API SDK's base URL there; "
            << (options.key_env.empty() ? "any key will do." : "the key is demanded.") << '\n'
            << "Stop with Ctrl-C." << std::endl;
  signals.wait_for_stop();
  return 0;
}

}  // namespace livegate::cli
