// The command line: what can be asked of the program, and how it answers.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "cli/doctor.h"
#include "cli/hear.h"
#include "cli/offline.h"
#include "cli/reload.h"
#include "cli/replay.h"
#include "cli/serve.h"
#include "cli/sim.h"
#include "cli/talk.h"
#include "cli/usage.h"

namespace livegate::cli {
namespace {

constexpr const char* kAbout =
    "Livegate: the voice gateway between people and the Gemini Live API.\n"
    "\n"
    "  livegate serve                        the page at http://127.0.0.1:8080, offline assistant\n"
    "  GEMINI_API_KEY=... livegate serve     the same with the real service\n"
    "  livegate talk --say \"dim the living room lights\"\n"
    "                                        hold a conversation from the command line\n"
    "  livegate doctor                       is everything well between here, the gateway, the "
    "model?\n"
    "  livegate hear call.wav                what the voice detectors make of a recording\n"
    "  livegate sim --seeds 100              conversations in simulated time, with faults\n"
    "  livegate COMMAND --help               more about a command";

void add_serve_options(CLI::App& app, ServeOptions& options) {
  app.add_option("-c,--config", options.config_file,
                 "TOML file with everything that can be set (docs/configuration.md)")
      ->type_name("FILE");
  app.add_option("-l,--listen", options.listen,
                 "Address to listen on; port 0 takes any free one [127.0.0.1:8080]")
      ->type_name("HOST:PORT");
  app.add_option("-u,--upstream", options.upstream,
                 "The model: ws://..., wss://... or offline. Without it: the Gemini Live API if "
                 "GEMINI_API_KEY or "
                 "upstream.key_file is set, else offline")
      ->type_name("URL");
  app.add_option("--vad", options.vad,
                 "Speech detector: auto, silero, webrtc[:0-3], energy[:THRESHOLD], floor or off "
                 "(the model's "
                 "own). auto: silero where its weights are there, else webrtc:3 [auto]")
      ->type_name("NAME");
  app.add_option("--web-dir", options.web_dir,
                 "Files of yours to serve before those of the built-in page")
      ->type_name("FOLDER");
  app.add_option("--log-level", options.log_level, "debug, info, warn, error or off [info]")
      ->type_name("LEVEL");
  app.add_flag("--strict", options.strict,
               "Do not start with what check-config --production finds; without it: warn");
}

void add_talk_options(CLI::App& app, TalkOptions& options, std::string& token) {
  app.add_option("FILE", options.wav_file, "Recording of the person: WAV, FLAC, ... of any rate");
  app.add_option("--say", options.say_text,
                 "Instead of a recording: these words in a synthetic voice")
      ->type_name("TEXT");
  app.add_option("--url", options.url, "The gateway [ws://127.0.0.1:8080/v1/live]")
      ->type_name("URL");
  app.add_option("--token", token, "User token, where the gateway wants one")->type_name("TOKEN");
  app.add_option("-o,--output", options.reply_file, "Write the reply's audio there (WAV, 24 kHz)")
      ->type_name("FILE");
  app.add_option("--ca-file", options.ca_file, "Trust this certificate too, for wss (PEM)")
      ->type_name("FILE");
  app.add_option("--tail", options.tail_seconds,
                 "Seconds to wait for an answer after the recording [20]")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.5, 600.0));
  app.add_flag("--json", options.json, "Print every event as the gateway sent it, a line each");
}

void add_hear_options(CLI::App& app, HearOptions& options) {
  app.footer(kHearFooter);
  app.add_option("FILE", options.files, "Recordings: WAV, FLAC, ... of any rate")->required();
  app.add_option("-d,--detector", options.detectors,
                 "ear[:fast, balanced or careful], voice (the network alone), silero (unfiltered), "
                 "webrtc[:0-3], energy[:THRESHOLD] or floor[:DB]; may be given several times "
                 "[ear]")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("-p,--policy", options.policy,
                 "What makes turns of what is heard: ours (the gateway's), gate or classic [ours]")
      ->type_name("NAME");
  app.add_option("--open", options.open,
                 "gate: begin after so many ms of speech within so many [100/160]")
      ->type_name("MS/MS");
  app.add_option("--hangover", options.hangover_ms,
                 "ours, gate: end after so long without speech [ours: grows with what was said; "
                 "gate: 500]")
      ->type_name("MS")
      ->check(CLI::Range(10, 10000));
  app.add_option("--set", options.settings,
                 "ours: one parameter, such as evidence=5; may be given several times")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--print-settings", options.print_settings,
               "ours: print every parameter, and hear nothing");
  app.add_option("--on", options.on, "gate, classic: speech from this probability [0.5]")
      ->type_name("0-1");
  app.add_option("--off", options.off, "... until one below this [0.35]")->type_name("0-1");
  app.add_option("--frame", options.frame_ms, "webrtc, energy and floor: 10, 20 or 30 ms [20]")
      ->type_name("MS")
      ->check(CLI::IsMember({10, 20, 30}));
  app.add_option("--model", options.model_file,
                 "silero: its file of weights [where scripts/models/fetch puts it, or "
                 "LIVEGATE_VAD_MODEL]")
      ->type_name("FILE");
  app.add_flag("--events", options.events,
               "Print `<ms> start` and `<ms> end`, as of when each was known");
  app.add_flag("--early", options.early,
               "With --events: print `<ms> paused` and `<ms> resumed` too, the ends that are "
               "announced early and taken back");
  app.add_flag("--probabilities", options.probabilities,
               "Print `<ms> <value>` for each block, as of its end");
  app.add_flag("--aligned", options.aligned,
               "With --probabilities of voice or silero: by the audio that each is about, which is "
               "32 ms before it was known");
  app.add_option("--out", options.out_dir,
                 "With either: write NAME.txt for each NAME.wav into this folder")
      ->type_name("DIR");
  app.add_option("--plot", options.plot_file, "Draw level, probabilities and turns")
      ->type_name("FILE.svg");
}

void add_sim_options(CLI::App& app, SimOptions& options) {
  app.add_option("--seeds", options.seeds, "So many conversations [100]")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->each([&options](const std::string&) { options.seeds_given = true; });
  app.add_option("--seed", options.seed,
                 "This conversation only; with --seeds: from this one on [fresh ones]");
  app.add_option("--minutes", options.minutes, "Length of a conversation [30]")
      ->check(CLI::Range(1, 24 * 60));
  app.add_option("--threads", options.threads, "Threads [2]")->check(CLI::Range(1, 64));
  app.add_flag("--trace", options.trace, "With --seed: print every event and action");
  app.add_option("--record", options.record_file,
                 "With --seed: write the session's recording recording there, for livegate replay")
      ->type_name("FILE");
  app.add_flag("--with-speech", options.with_speech, "With --record: with all that is said");
  app.add_flag("--no-faults", options.no_faults, "A network and a service that always work");
  app.add_option("--canary", options.canary,
                 "Plant a bug that has to be found: held-twice, stale-frame, lost-piece, "
                 "answer-twice, dead-epoch, again-twice, deaf-to-pongs or token-kept")
      ->type_name("NAME");
}

void add_usage_options(CLI::App& app, UsageOptions& options) {
  app.add_option("-f,--file", options.file, "The file of meter.file")->type_name("FILE");
  app.add_option("-c,--config", options.config_file, "A gateway's configuration that names it")
      ->type_name("FILE");
  app.add_option("-d,--day", options.day, "This day of UTC only, as 2026-12-31")->type_name("DAY");
  app.add_option("-u,--user", options.user, "This user only; \"\" for those without a name")
      ->type_name("NAME");
}

// What a command line asked for, and the commands that can ask for it.
struct Commands {
  explicit Commands(CLI::App& app)
      : serve(app.add_subcommand("serve", "Run the gateway (also without a command)")),
        talk(app.add_subcommand(
            "talk", "Stream a recording through a gateway in real time and show the conversation")),
        doctor(app.add_subcommand(
            "doctor", "Look at a gateway and at the model's side: what is wrong, what is slow")),
        hear(app.add_subcommand("hear", "Show what the voice detectors make of recordings")),
        offline(app.add_subcommand("offline",
                                   "Run the offline assistant alone: a stand-in for the Live "
                                   "API to try your own app against")),
        replay(app.add_subcommand("replay", "Hold a recorded session again, and compare")),
        sim(app.add_subcommand(
            "sim",
            "Hold conversations in simulated time, with faults, and look at what must hold")),
        usage(app.add_subcommand("usage", "Print what was used and spent, by day, user and model")),
        check(app.add_subcommand(
            "check-config",
            "Read a configuration file and say what is in force, or what is wrong")),
        reload(app.add_subcommand(
            "reload", "Have a running gateway read its configuration again, as SIGHUP does")) {
    add_serve_options(app, serve_options);
    add_serve_options(*serve, serve_options);
    add_talk_options(*talk, talk_options, token);
    add_doctor_options(*doctor, doctor_options);
    doctor_options.version = LIVEGATE_VERSION;
    add_hear_options(*hear, hear_options);
    add_offline_options(*offline, offline_options);
    add_sim_options(*sim, sim_options);
    add_usage_options(*usage, usage_options);
    replay->add_option("LOG", replay_options.file, "A recording")->required();
    replay->add_flag("--print", replay_options.print,
                     "Print every event and what followed from it");
    check->add_option("FILE", checked_file, "TOML file")->required();
    check->add_flag("--production", production,
                    "Print what has to be set before strangers may come; exit code 1 if anything");
    reload->add_option("--pid", reload_options.pid, "The gateway's process")
        ->type_name("PID")
        ->required()
        ->check(CLI::PositiveNumber);
    reload
        ->add_option("-c,--config", reload_options.config_file,
                     "Look at this file first, and tell the gateway nothing if it is wrong")
        ->type_name("FILE");
  }

  CLI::App* serve;
  CLI::App* talk;
  CLI::App* doctor;
  CLI::App* hear;
  CLI::App* offline;
  CLI::App* replay;
  CLI::App* sim;
  CLI::App* usage;
  CLI::App* check;
  CLI::App* reload;
  ServeOptions serve_options;
  TalkOptions talk_options;
  DoctorOptions doctor_options;
  HearOptions hear_options;
  std::string token;
  OfflineCommandOptions offline_options;
  ReplayOptions replay_options;
  SimOptions sim_options;
  UsageOptions usage_options;
  std::string checked_file;
  bool production = false;
  ReloadOptions reload_options;
};

int talk(TalkOptions options, const std::string& token) {
  if (options.wav_file.empty() == options.say_text.empty()) {
    std::cerr << "livegate talk: give it either a recording or --say TEXT.\n";
    return 2;
  }
  options.token = Redacted(token);
  return run_talk(options, std::cout, std::cerr);
}

int run(int argc, char** argv) {
  CLI::App app(kAbout, "livegate");
  app.set_version_flag("--version", "livegate " LIVEGATE_VERSION);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);
  Commands commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);  // prints help, version, or the one sentence
    return code == 0 ? 0 : 2;
  }
  if (commands.talk->parsed()) return talk(commands.talk_options, commands.token);
  if (commands.doctor->parsed()) {
    return run_doctor(
        commands.doctor_options, [](const char* name) -> const char* { return std::getenv(name); },
        std::cout, std::cerr);
  }
  if (commands.hear->parsed()) return run_hear(commands.hear_options, std::cout, std::cerr);
  if (commands.replay->parsed()) {
    return run_replay(commands.replay_options, std::cout, std::cerr);
  }
  if (commands.sim->parsed()) return run_sim(commands.sim_options, std::cout, std::cerr);
  if (commands.offline->parsed()) return run_offline(commands.offline_options);
  if (commands.reload->parsed()) {
    return run_reload(commands.reload_options, std::cout, std::cerr);
  }
  if (commands.usage->parsed()) return run_usage(commands.usage_options, std::cout, std::cerr);
  if (commands.check->parsed()) {
    return run_check_config(commands.checked_file, commands.production, std::cout, std::cerr);
  }
  return run_serve(commands.serve_options);
}

}  // namespace
}  // namespace livegate::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a vanished peer is an event of its socket
  return livegate::cli::run(argc, argv);
}
