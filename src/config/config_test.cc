#include "config/config.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(std::string_view toml) {
  const auto loaded = parse(toml, "gate.toml");
  return loaded ? "accepted" : loaded.error();
}

TEST(Config, an_empty_file_gives_the_defaults_and_those_are_the_offline_assistant) {
  const auto config = parse("", "gate.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->listen.host, "127.0.0.1");
  EXPECT_EQ(config->listen.port, 8080);
  EXPECT_TRUE(config->offline());
}

TEST(Config, facts_of_a_model_are_overridden_by_its_name) {
  const auto config = parse(R"(
    [models."gemini-3.8-live"]
    stream_end_ends_turn = true
    starvation_ms = 1500
    pace = "real_time"
  )",
                            "gate.toml");
  ASSERT_TRUE(config) << config.error();
  const auto profile = proto::profile_of("models/gemini-3.8-live", config->facts);
  EXPECT_TRUE(profile.stream_end_ends_turn);
  EXPECT_EQ(profile.starvation, 1500ms);
  EXPECT_EQ(profile.pace, proto::Pace::real_time);
}

TEST(Config, a_fact_that_is_none_or_has_a_wrong_value_is_refused_by_name) {
  EXPECT_THAT(refusal("[models.\"a\"]\nstream_ends = true"),
              AllOf(HasSubstr("models.a"), HasSubstr("stream_end_ends_turn")));
  EXPECT_THAT(refusal("[models.\"a\"]\nstream_end_ends_turn = \"maybe\""),
              AllOf(HasSubstr("models.a"), HasSubstr("true or false")));
  EXPECT_THAT(refusal("[models]\nstream_end_ends_turn = true"), HasSubstr("must be a table"));
}

TEST(Config, every_table_is_read) {
  const auto config = parse(R"(
    [server]
    listen = "0.0.0.0:9000"
    allowed_origins = ["https://app.example.com"]
    [upstream]
    url = "wss://example.com/live"
    backoff_base_ms = 500
    [session]
    voice = "Kore"
    [vad]
    detector = "energy"
    energy_threshold = 0.02
    [auth]
    tokens = { ann = "alpha-123" }
    [limits]
    sessions = 7
    [log]
    level = "warn"
    [offline]
    recognizer_threads = 2
  )",
                            "gate.toml");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->listen.host, "0.0.0.0");
  EXPECT_EQ(config->upstream_url, "wss://example.com/live");
  EXPECT_EQ(config->backoff_base, 500ms);
  EXPECT_EQ(config->pinned_voice, "Kore");
  EXPECT_EQ(config->vad_detector, "energy");
  EXPECT_EQ(config->tokens.at(0).user, "ann");
  EXPECT_EQ(config->sessions_max, 7u);
  EXPECT_FALSE(config->offline());
}

TEST(Config, an_unknown_key_is_refused_by_name_with_the_nearest_known_one) {
  EXPECT_THAT(
      refusal("[server]\nlisen = \"x\"\n"),
      AllOf(HasSubstr("gate.toml"), HasSubstr("server.lisen"), HasSubstr("did you mean 'listen'")));
  EXPECT_THAT(refusal("[sever]\n"),
              AllOf(HasSubstr("'sever'"), HasSubstr("did you mean 'server'")));
  EXPECT_THAT(refusal("listen = 8080\n"), HasSubstr("unknown table or key 'listen'"));
  EXPECT_THAT(refusal("server = 1\n"), HasSubstr("[server]"));
}

TEST(Config, a_value_of_the_wrong_type_is_refused_by_name) {
  EXPECT_THAT(refusal("[server]\nlisten = 8080\n"),
              AllOf(HasSubstr("server.listen"), HasSubstr("a string")));
  EXPECT_THAT(refusal("[vad]\naggressiveness = \"2\"\n"),
              AllOf(HasSubstr("vad.aggressiveness"), HasSubstr("an integer")));
  EXPECT_THAT(refusal("[vad]\nframe_ms = true\n"), HasSubstr("an integer"));
  EXPECT_THAT(refusal("[server]\nallowed_origins = [1]\n"), HasSubstr("an array of strings"));
  EXPECT_THAT(refusal("[auth]\ntokens = \"x\"\n"), HasSubstr("auth.tokens"));
}

TEST(Config, a_value_out_of_range_is_refused_with_what_is_allowed) {
  EXPECT_THAT(refusal("[vad]\naggressiveness = 4\n"), HasSubstr("from 0 to 3"));
  EXPECT_THAT(refusal("[vad]\nframe_ms = 15\n"), HasSubstr("10, 20 or 30"));
  EXPECT_THAT(refusal("[vad]\ndetector = \"silence\"\n"), HasSubstr("webrtc, energy, floor, off"));
  EXPECT_THAT(refusal("[upstream]\nurl = \"https://x\"\n"), HasSubstr("ws://"));
  EXPECT_THAT(refusal("[server]\ntls_cert_file = \"a.pem\"\n"), HasSubstr("go together"));
  EXPECT_THAT(refusal("[auth]\ntokens = { ann = \"short\" }\n"), HasSubstr("auth.tokens.ann"));
  EXPECT_THAT(refusal("[auth]\nadmin_token = \"short\"\n"), HasSubstr("auth.admin_token"));
  EXPECT_THAT(
      refusal("[auth]\ntokens = { ann = \"the-same-token-1\", bob = \"the-same-token-1\" }\n"),
      AllOf(HasSubstr("auth.tokens.bob"), HasSubstr("it is also the token of ann.")));
  EXPECT_THAT(refusal("[auth]\ntokens = { ann = \"the-same-token-1\" }\n"
                      "admin_token = \"the-same-token-1\"\n"),
              AllOf(HasSubstr("auth.admin_token"), HasSubstr("it is also the token of ann.")));
}

TEST(Config, bad_toml_is_refused_with_its_line) {
  EXPECT_THAT(refusal("[server]\nlisten = \n"), HasSubstr("gate.toml, line 2"));
}

TEST(Config, a_missing_file_is_named) {
  const auto loaded = load("no/such/file.toml");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error(), HasSubstr("no/such/file.toml"));
}

TEST(Config, the_key_comes_from_a_file_beside_the_configuration_or_from_the_environment) {
  const auto folder = std::filesystem::temp_directory_path() / "livegate_config_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "key") << "file-key\n";
  std::ofstream(folder / "gate.toml") << "[upstream]\nkey_file = \"key\"\n";
  auto config = load((folder / "gate.toml").string());
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->key.reveal(), "file-key");
  apply_environment(*config, [](const char*) -> const char* { return "other"; });
  EXPECT_EQ(config->key.reveal(), "file-key") << "what is written down wins";
  Config bare;
  apply_environment(bare, [](const char*) -> const char* { return "env-key"; });
  EXPECT_EQ(bare.key.reveal(), "env-key");
  EXPECT_FALSE(bare.offline());
  std::filesystem::remove_all(folder);
}

TEST(CommandLine, addresses_are_read_in_all_their_forms) {
  EXPECT_EQ(parse_listen("0.0.0.0:80")->host, "0.0.0.0");
  EXPECT_EQ(parse_listen("[::1]:8080")->host, "::1");
  EXPECT_EQ(parse_listen(":9000")->host, "127.0.0.1");
  EXPECT_EQ(parse_listen("9000")->port, 9000);
  for (const char* wrong : {"", "host", "host:", "host:x", "host:70000", "::1:8080", "host:-1"}) {
    EXPECT_FALSE(parse_listen(wrong)) << wrong;
  }
}

TEST(CommandLine, detectors_are_read_with_their_parameter) {
  Config config;
  ASSERT_TRUE(set_vad(config, "webrtc:3"));
  EXPECT_EQ(config.vad_aggressiveness, 3);
  ASSERT_TRUE(set_vad(config, "energy:0.02"));
  EXPECT_EQ(config.vad_detector, "energy");
  EXPECT_DOUBLE_EQ(config.vad_energy_threshold, 0.02);
  ASSERT_TRUE(set_vad(config, "silero"));
  ASSERT_TRUE(set_vad(config, "off"));
  for (const char* wrong : {"", "webrtc:4", "webrtc:", "energy:2", "off:1", "silero:5", "loud"}) {
    EXPECT_FALSE(set_vad(config, wrong)) << wrong;
  }
}

TEST(Config, reads_budgets_and_prices_as_whole_numbers) {
  const auto config = parse(R"(
    [budget]
    session_usd = 0.1
    user_day_usd = 2
    [prices."gemini-3.8-live"]
    text_in = 0.7
    audio_out = 11
  )",
                            "test.toml");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->metering.budgets.session, 100'000);
  EXPECT_EQ(config->metering.budgets.user_day, 2'000'000);
  EXPECT_EQ(config->metering.budgets.gateway_day, 0);
  const meter::Prices prices = meter::prices_of("gemini-3.8-live", config->metering.prices);
  EXPECT_EQ(prices.text_in, 700U);
  EXPECT_EQ(prices.audio_out, 11'000U);
  EXPECT_EQ(prices.audio_in, 3000U);
  EXPECT_TRUE(config->metering.forgets_at_restart());
}

}  // namespace
}  // namespace livegate::config
