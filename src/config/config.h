// Everything that can be set, read once, checked once, immutable afterwards.
//
// Decides what a configuration may say and refuses, naming the key, what it does not understand.
// One TOML file, then the environment, then the command line; a later one wins.
// docs/configuration.md lists every key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/redacted.h"
#include "base/result.h"
#include "config/admission_config.h"
#include "config/identity_config.h"
#include "config/limits_config.h"
#include "config/meter_config.h"
#include "config/operations_config.h"
#include "policy/access.h"
#include "proto/model_facts.h"

namespace livegate::config {

struct Listen {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
};

struct Config {
  // [server]
  Listen listen;
  int threads = 0;                           // 0: one per processor
  int tick_us = 1000;                        // net::Loop's; 0: none
  std::vector<std::string> allowed_origins;  // pages besides the gateway's own; "*" for all
  std::string tls_cert_file;                 // both or neither: HTTPS and WSS
  std::string tls_key_file;
  std::string web_dir;  // files of the page from here go before those in the program itself

  // [upstream]
  std::string
      upstream_url;  // ws://, wss://, "offline"; empty: the service if there is a key, else offline
  Redacted key;      // GEMINI_API_KEY, or the content of key_file
  std::string ca_file;  // trusted besides the system's, PEM
  std::string model = "models/gemini-3.8-live";
  Millis backoff_base = 1s;
  Millis backoff_cap = 30s;
  int tries_max = 8;
  int first_tries_max = 3;
  Millis connection_age_max = 8min;  // then a quiet moment is used to move; 0: never unasked

  // [models."NAME"]: facts of a model that this installation knows better than the table of them
  std::vector<proto::FactOverride> facts;

  // [stall]: how long an answer may be overdue; 0: as the facts of the model say
  bool treats_stalls = true;
  Millis stall_first_audio{0};
  Millis stall_starvation{0};
  Millis stall_interrupt = 2s;
  Millis stall_tool{0};  // 0: a tool may take as long as it likes

  // [session]: pinned settings win over the client's; empty leaves it to the client
  std::string pinned_model;
  std::string pinned_voice;
  std::string pinned_system_instruction;
  std::string pinned_tools_json;

  // [vad]
  std::string vad_detector = "auto";  // silero if its weights are there, else webrtc; or one of
                                      // silero, webrtc, energy, floor, off
  std::string vad_tier = "balanced";  // of silero: fast, balanced, careful
  std::string vad_model_file;         // silero's weights; empty: looked for beside the program
  std::string vad_mode = "auto";      // as fits client and model; or one of turns, gate, open
  std::string vad_drop_in_mode;       // the same for clients of the Live API; empty: vad_mode
  int vad_aggressiveness = 3;
  int vad_frame_ms = 20;
  double vad_energy_threshold = 0.015;
  int preroll_ms = 300;
  int hangover_ms = 0;      // 0: fits what has been said (silero); 500 (the others)
  int early_end_ms = 250;   // mode turns; 0: no end is announced before it is final
  double vain_replies = 0;  // per real one, for ends announced too early; 0: no such ends
  int packet_ms = 20;

  // [barge_in]
  bool cut_in = true;      // speech over a reply stops it
  bool echo_guard = true;  // of native clients; apps on the Live API cancel their own echo
  int barge_in_confirm_ms = 100;
  bool tell_heard = false;  // the model is told what of its reply was heard

  // [auth]
  // Both empty, and no key for JWTs: anybody who can connect may talk, and ask for short-lived
  // tokens.
  std::vector<policy::UserToken> tokens;
  Redacted admin_token;  // asks for short-lived tokens in anybody's name; talks to nobody
  Identity identity;

  // [resume]
  Millis resume_grace = 30s;  // a client whose connection breaks is waited for; 0: it is not

  // [limits]
  std::size_t sessions_max = 1000;
  Admission admission;
  ClientLimits client_limits;

  // [log]
  std::string log_level = "info";  // debug, info, warn, error, off
  std::string log_file;            // empty: standard error

  Operations operations;
  Metering metering;

  // [recorder]: sessions written down, to be held again
  std::string recorder_dir;      // empty: none
  double recorder_share = 1;     // of the sessions
  bool recorder_speech = false;  // with audio and words
  std::size_t recorder_session_bytes_max = 16 * 1024 * 1024;
  std::size_t recorder_bytes_max = 1024 * 1024 * 1024;  // of all files

  // [offline]
  int recognizer_threads = 0;  // 0: by processors and memory

  // Nobody is asked who they are.
  [[nodiscard]] bool open_to_all() const {
    return tokens.empty() && admin_token.empty() && !identity.takes_jwt();
  }
  [[nodiscard]] bool offline() const {
    return upstream_url == "offline" || (upstream_url.empty() && key.empty());
  }
};

// The error is one sentence that names the file, the key, what was wrong and what is allowed.
using Loaded = Result<Config, std::string>;

// Parses the text of a configuration file; `name` is what errors call it.
[[nodiscard]] Loaded parse(std::string_view toml, const std::string& name);
// Reads a file; an empty path gives the defaults. Relative file names in it count from where it
// stands.
[[nodiscard]] Loaded load(const std::string& path);
// GEMINI_API_KEY, where no key file is set. `lookup` is getenv.
void apply_environment(Config& config, const char* (*lookup)(const char* name));

// Command line pieces; errors are sentences.
[[nodiscard]] Result<Listen, std::string> parse_listen(
    std::string_view text);  // HOST:PORT, [V6]:PORT, :PORT, PORT
[[nodiscard]] Result<Done, std::string> set_upstream(Config& config, std::string_view text);
[[nodiscard]] Result<Done, std::string> set_vad(
    Config& config, std::string_view text);  // auto, silero, webrtc[:0-3], energy[:T], floor, off

// What holds between values; the last check before start.
[[nodiscard]] Result<Done, std::string> validate(const Config& config);

}  // namespace livegate::config
