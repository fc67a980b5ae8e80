// The command line: what can be asked of the program, and how it answers.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "cli/serve.h"
#include "cli/talk.h"

namespace livegate::cli {
namespace {

constexpr const char* kAbout =
    "Livegate: the voice gateway between people and the Gemini Live API.\n"
    "\n"
    "  livegate serve                        the page at http://127.0.0.1:8080, offline assistant\n"
    "  GEMINI_API_KEY=... livegate serve     the same with the real service\n"
    "  livegate talk --say \"dim the living room lights\"\n"
    "                                        hold a conversation from the command line\n"
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
  app.add_option(
         "--vad", options.vad,
         "Speech detector: webrtc[:0-3], energy[:THRESHOLD] or off (the model's own) [webrtc:3]")
      ->type_name("NAME");
  app.add_option("--log-level", options.log_level, "debug, info, warn, error or off [info]")
      ->type_name("LEVEL");
}

int run(int argc, char** argv) {
  CLI::App app(kAbout, "livegate");
  app.set_version_flag("--version", "livegate " LIVEGATE_VERSION);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);

  ServeOptions serve;
  add_serve_options(app, serve);
  CLI::App* serve_command = app.add_subcommand("serve", "Run the gateway (also without a command)");
  add_serve_options(*serve_command, serve);

  TalkOptions talk;
  CLI::App* talk_command = app.add_subcommand(
      "talk", "Stream a recording through a gateway in real time and show the conversation");
  std::string token;
  talk_command->add_option("FILE", talk.wav_file,
                           "Recording of the person: WAV, FLAC, ... of any rate");
  talk_command
      ->add_option("--say", talk.say_text,
                   "Instead of a recording: these words in a synthetic voice")
      ->type_name("TEXT");
  talk_command->add_option("--url", talk.url, "The gateway [ws://127.0.0.1:8080/v1/live]")
      ->type_name("URL");
  talk_command->add_option("--token", token, "User token, where the gateway wants one")
      ->type_name("TOKEN");
  talk_command
      ->add_option("-o,--output", talk.reply_file, "Write the reply's audio there (WAV, 24 kHz)")
      ->type_name("FILE");
  talk_command->add_option("--ca-file", talk.ca_file, "Trust this certificate too, for wss (PEM)")
      ->type_name("FILE");
  talk_command
      ->add_option("--tail", talk.tail_seconds,
                   "Seconds to wait for an answer after the recording [20]")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.5, 600.0));
  talk_command->add_flag("--json", talk.json,
                         "Print every event as the gateway sent it, a line each");

  OfflineCommandOptions offline;
  CLI::App* offline_command = app.add_subcommand(
      "offline",
      "Run the offline assistant alone, as a Live API server for trying your own app against");
  offline_command
      ->add_option("-l,--listen", offline.listen, "Address to listen on [127.0.0.1:8081]")
      ->type_name("HOST:PORT");
  offline_command
      ->add_option("--threads", offline.recognizer_threads, "Threads that recognise speech [1]")
      ->check(CLI::Range(1, 64));
  offline_command
      ->add_option("--log-level", offline.log_level, "debug, info, warn, error or off [info]")
      ->type_name("LEVEL");

  std::string checked_file;
  CLI::App* check_command = app.add_subcommand(
      "check-config", "Read a configuration file and say what is in force, or what is wrong");
  check_command->add_option("FILE", checked_file, "TOML file")->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);  // prints help, version, or the one sentence
    return code == 0 ? 0 : 2;
  }
  if (talk_command->parsed()) {
    if (talk.wav_file.empty() == talk.say_text.empty()) {
      std::cerr << "livegate talk: give it either a recording or --say TEXT.\n";
      return 2;
    }
    talk.token = Redacted(token);
    return run_talk(talk, std::cout, std::cerr);
  }
  if (offline_command->parsed()) return run_offline(offline);
  if (check_command->parsed()) return run_check_config(checked_file, std::cout, std::cerr);
  return run_serve(serve);
}

}  // namespace
}  // namespace livegate::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a vanished peer is an event of its socket
  return livegate::cli::run(argc, argv);
}
