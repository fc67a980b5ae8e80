#include "config/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/limits.h"
#include "config/identity.h"
#include "config/toml_reader.h"
#include "policy/address_list.h"

namespace livegate::config {
namespace {

// As many as a recording of a session may hold.
constexpr std::size_t kPricesMax = 1000;

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<std::string, std::string> read_file(const std::string& path, const std::string& what) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Unexpected{what + " " + path + " cannot be read."};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string trimmed(std::string text) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && blank(text.back())) text.pop_back();
  while (!text.empty() && blank(text.front())) text.erase(text.begin());
  return text;
}

void read_server(TomlReader& in, Config& config) {
  if (auto listen = in.text("server", "listen")) {
    if (auto parsed = parse_listen(*listen)) {
      config.listen = *parsed;
    } else {
      in.refuse("server", "listen", parsed.error());
    }
  }
  in.integer("server", "threads", 0, 256, config.threads);
  in.integer("server", "tick_us", 0, 10'000, config.tick_us);
  in.texts("server", "allowed_origins", config.allowed_origins);
  in.path("server", "tls_cert_file", config.tls_cert_file);
  in.path("server", "tls_key_file", config.tls_key_file);
  in.path("server", "web_dir", config.web_dir);
}

void read_operations(TomlReader& in, Operations& operations) {
  in.millis("server", "drain_grace_ms", 0, 600'000, operations.drain_grace);
  in.millis("server", "drain_ms", 0, 3'600'000, operations.drain_max);
  in.millis("server", "handover_ms", 0, 86'400'000, operations.handover_max);
  in.choice("log", "format", {"text", "json"}, operations.log_format);
}

void read_metering(TomlReader& in, Metering& metering) {
  for (const TomlReader::Named& price : in.named_tables("prices")) {
    const meter::PriceOverride entry{price.name, price.key, price.value};
    if (const auto good = meter::check(entry); !good) in.refuse("prices", price.name, good.error());
    metering.prices.push_back(entry);
  }
  if (metering.prices.size() > kPricesMax)
    in.refuse("prices", "", "there are more than " + std::to_string(kPricesMax) + " prices.");
  const auto usd = [&in](std::string_view key, meter::MicroUsd& amount) {
    double dollars = 0;
    in.real("budget", key, 0.0, 1e6, dollars);
    amount = meter::micro_usd_from(dollars);
  };
  usd("session_usd", metering.budgets.session);
  usd("user_day_usd", metering.budgets.user_day);
  usd("gateway_day_usd", metering.budgets.gateway_day);
  in.integer("budget", "soft_percent", 0, 99, metering.budgets.soft_percent);
  in.path("meter", "file", metering.file);
  in.integer("meter", "keep_days", 1, 100'000, metering.keep_days);
}

std::optional<std::size_t> optional_size(TomlReader& in, std::string_view key) {
  constexpr std::size_t kAbsent = 1'000'001;
  std::size_t value = kAbsent;
  in.size("limits", key, 0, kAbsent - 1, value);
  return value == kAbsent ? std::nullopt : std::optional(value);
}

void read_addresses(TomlReader& in, std::string_view table, std::string_view key,
                    std::vector<std::string>& value) {
  in.texts(table, key, value);
  const auto parsed = policy::AddressList::parse(value);
  if (!parsed) in.refuse(table, key, parsed.error());
}

void read_admission(TomlReader& in, Admission& admission) {
  constexpr std::size_t kMax = 1'000'000;
  admission.sessions_per_user = optional_size(in, "sessions_per_user");
  admission.sessions_per_address = optional_size(in, "sessions_per_address");
  admission.waiting_per_user = optional_size(in, "waiting_per_user");
  in.size("limits", "new_sessions_per_user_minute", 0, kMax,
          admission.new_sessions_per_user_minute);
  in.size("limits", "new_sessions_per_address_minute", 0, kMax,
          admission.new_sessions_per_address_minute);
  in.size("limits", "connections", 16, kMax, admission.connections);
  in.size("limits", "connections_per_address", 0, kMax, admission.connections_per_address);
  in.size("limits", "failed_logins_per_minute", 0, kMax, admission.failed_logins_per_minute);
  in.size("limits", "tokens_per_user_minute", 0, kMax, admission.tokens_per_user_minute);
  read_addresses(in, "server", "trusted_proxies", admission.trusted_proxies);
  in.boolean("server", "page", admission.page);
  if (auto token = in.text("metrics", "token"); token && !token->empty()) {
    admission.metrics_token = Redacted(*token);
    if (token->size() < 16) in.refuse("metrics", "token", "a token has at least 16 characters.");
  }
  read_addresses(in, "metrics", "allow", admission.metrics_allow);
}

void read_hearing(TomlReader& in, Config& config) {
  in.choice("vad", "detector", {"auto", "silero", "webrtc", "energy", "floor", "off"},
            config.vad_detector);
  in.choice("vad", "tier", {"fast", "balanced", "careful"}, config.vad_tier);
  in.path("vad", "model_file", config.vad_model_file);
  in.choice("vad", "mode", {"auto", "turns", "gate", "open"}, config.vad_mode);
  in.choice("vad", "drop_in_mode", {"auto", "turns", "gate", "open"}, config.vad_drop_in_mode);
  in.integer("vad", "aggressiveness", 0, 3, config.vad_aggressiveness);
  in.integer("vad", "frame_ms", 10, 30, config.vad_frame_ms);
  in.real("vad", "energy_threshold", 0.0, 1.0, config.vad_energy_threshold);
  in.integer("vad", "preroll_ms", 0, 2000, config.preroll_ms);
  in.integer("vad", "hangover_ms", 0, 10'000, config.hangover_ms);
  in.integer("vad", "early_end_ms", 0, 2000, config.early_end_ms);
  in.real("vad", "vain_replies", 0.0, 1.0, config.vain_replies);
  in.integer("vad", "packet_ms", 10, 200, config.packet_ms);

  in.boolean("barge_in", "enabled", config.cut_in);
  in.boolean("barge_in", "echo_guard", config.echo_guard);
  in.integer("barge_in", "confirm_ms", 30, 1000, config.barge_in_confirm_ms);
  in.boolean("barge_in", "tell_heard", config.tell_heard);
}

void read_upstream(TomlReader& in, Config& config) {
  if (auto url = in.text("upstream", "url"); url && !url->empty()) {
    if (auto set = set_upstream(config, *url); !set) in.refuse("upstream", "url", set.error());
  }
  std::string key_file;
  in.path("upstream", "key_file", key_file);
  if (!key_file.empty()) {
    if (auto key = read_file(key_file, "The key file")) {
      config.key = Redacted(trimmed(*key));
      if (config.key.empty())
        in.refuse("upstream", "key_file", "The key file " + key_file + " is empty.");
    } else {
      in.refuse("upstream", "key_file", key.error());
    }
  }
  in.path("upstream", "ca_file", config.ca_file);
  in.text("upstream", "model", config.model);
  in.millis("upstream", "backoff_base_ms", 0, 60'000, config.backoff_base);
  in.millis("upstream", "backoff_cap_ms", 0, 600'000, config.backoff_cap);
  in.integer("upstream", "tries_max", 0, 1000, config.tries_max);
  in.integer("upstream", "first_tries_max", 0, 1000, config.first_tries_max);
  in.millis("upstream", "connection_age_ms", 0, 3'600'000, config.connection_age_max);

  for (const TomlReader::Named& fact : in.named_tables("models")) {
    proto::ModelProfile profile;
    if (const auto set = proto::set_fact(profile, fact.key, fact.value); !set) {
      in.refuse("models", fact.name, set.error());
    }
    config.facts.push_back({fact.name, fact.key, fact.value});
  }

  in.boolean("stall", "enabled", config.treats_stalls);
  in.millis("stall", "first_audio_ms", 500, 60'000, config.stall_first_audio);
  in.millis("stall", "starvation_ms", 100, 60'000, config.stall_starvation);
  in.millis("stall", "interrupt_ms", 500, 60'000, config.stall_interrupt);
  in.millis("stall", "tool_ms", 0, 3'600'000, config.stall_tool);
}

void read_rest(TomlReader& in, Config& config) {
  in.text("session", "model", config.pinned_model);
  in.text("session", "voice", config.pinned_voice);
  in.text("session", "system_instruction", config.pinned_system_instruction);
  in.json("session", "tools_json", config.pinned_tools_json);

  read_hearing(in, config);

  in.tokens("auth", "tokens", config.tokens);
  if (auto admin = in.text("auth", "admin_token"); admin && !admin->empty()) {
    config.admin_token = Redacted(*admin);
    if (admin->size() < 8) in.refuse("auth", "admin_token", "a token has at least 8 characters.");
    for (const policy::UserToken& user : config.tokens) {
      if (user.token.reveal() != *admin) continue;
      in.refuse("auth", "admin_token", "it is also the token of " + user.user + ".");
    }
  }
  read_identity(in, config.identity);
  in.millis("resume", "grace_ms", 0, static_cast<int>(limits::kResumeGraceMax.count()),
            config.resume_grace);
  in.size("limits", "sessions", 1, 1'000'000, config.sessions_max);
  read_admission(in, config.admission);
  read_client_limits(in, config.client_limits);
  in.choice("log", "level", {"debug", "info", "warn", "error", "off"}, config.log_level);
  in.path("log", "file", config.log_file);
  read_operations(in, config.operations);
  read_metering(in, config.metering);
  in.path("recorder", "dir", config.recorder_dir);
  in.real("recorder", "share", 0.0, 1.0, config.recorder_share);
  in.boolean("recorder", "speech", config.recorder_speech);
  in.size("recorder", "session_bytes_max", 1024, 1'000'000'000, config.recorder_session_bytes_max);
  in.size("recorder", "bytes_max", 1024, 1'000'000'000'000, config.recorder_bytes_max);
  in.integer("offline", "recognizer_threads", 0, 64, config.recognizer_threads);
}

}  // namespace

Loaded parse(std::string_view toml, const std::string& name) {
  auto reader = TomlReader::parse(toml, name);
  if (!reader) return Unexpected{reader.error()};
  Config config;
  read_server(*reader, config);
  read_upstream(*reader, config);
  read_rest(*reader, config);
  if (const auto problem = reader->problem()) return Unexpected{*problem};
  if (auto valid = validate(config); !valid) return Unexpected{name + ": " + valid.error()};
  return config;
}

Loaded load(const std::string& path) {
  if (path.empty()) return Config{};
  auto text = read_file(path, "The configuration file");
  if (!text) return Unexpected{text.error()};
  return parse(*text, path);
}

void apply_environment(Config& config, const char* (*lookup)(const char* name)) {
  const char* key = lookup("GEMINI_API_KEY");
  if (config.key.empty() && key != nullptr) config.key = Redacted(trimmed(key));
}

Result<Listen, std::string> parse_listen(std::string_view text) {
  const std::string shown = "'" + std::string(text) + "' is no address to listen on: ";
  Listen listen;
  std::string_view port = text;
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    std::string_view host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
      host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
      return Unexpected{shown + "an IPv6 address stands in brackets, as in [::1]:8080."};
    }
    if (!host.empty()) listen.host = host;
  }
  const auto value = number<unsigned>(port);
  if (!value || *value > 65535)
    return Unexpected{shown + "it must be HOST:PORT with a port from 0 to 65535."};
  listen.port = static_cast<std::uint16_t>(*value);
  return listen;
}

Result<Done, std::string> set_upstream(Config& config, std::string_view text) {
  if (text != "offline" && !text.starts_with("ws://") && !text.starts_with("wss://")) {
    return Unexpected{"'" + std::string(text) +
                      "' is no upstream: it must be ws://..., wss://... or offline."};
  }
  config.upstream_url = text;
  return Done{};
}

Result<Done, std::string> set_vad(Config& config, std::string_view text) {
  const std::string refusal =
      "'" + std::string(text) +
      "' is no detector: it must be auto, silero, webrtc, webrtc:0 to webrtc:3, energy, "
      "energy:0.015, floor or off.";
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view value =
      colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  constexpr std::array<std::string_view, 6> kNames = {"auto",   "silero", "webrtc",
                                                      "energy", "floor",  "off"};
  if (std::ranges::find(kNames, name) == kNames.end()) return Unexpected{refusal};
  if (colon != std::string_view::npos) {
    if (name == "webrtc") {
      const auto mode = number<int>(value);
      if (!mode || *mode < 0 || *mode > 3) return Unexpected{refusal};
      config.vad_aggressiveness = *mode;
    } else if (name == "energy") {
      const auto threshold = number<double>(value);
      if (!threshold || !(*threshold > 0.0 && *threshold < 1.0)) return Unexpected{refusal};
      config.vad_energy_threshold = *threshold;
    } else {
      return Unexpected{refusal};
    }
  }
  config.vad_detector = name;
  return Done{};
}

Result<Done, std::string> validate(const Config& config) {
  if (config.tls_cert_file.empty() != config.tls_key_file.empty()) {
    return Unexpected{std::string(
        "server.tls_cert_file and server.tls_key_file go together; only one of them is set.")};
  }
  if (config.vad_frame_ms % 10 != 0) {
    return Unexpected{"vad.frame_ms is " + std::to_string(config.vad_frame_ms) +
                      "; it must be 10, 20 or 30."};
  }
  if (config.hangover_ms != 0 && config.hangover_ms < 50) {
    return Unexpected{"vad.hangover_ms is " + std::to_string(config.hangover_ms) +
                      "; it must be from 50 to 10000, or 0 to fit it to what has been said."};
  }
  if (config.backoff_cap < config.backoff_base) {
    return Unexpected{std::string("upstream.backoff_cap_ms is below upstream.backoff_base_ms.")};
  }
  return Done{};
}

}  // namespace livegate::config
