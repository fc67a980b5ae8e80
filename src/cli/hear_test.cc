#include "cli/hear.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "audio/silero_testing.h"
#include "audio/test_signals.h"
#include "cli/wav.h"

namespace livegate::cli {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A folder of its own for each test, with a recording of a second of voice after one of silence.
class HearTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / ("hear_" + std::string(test->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::vector<std::int16_t> samples(16000);
    const auto voice = audio::vowel(130, 16000, 16000, 12000);
    samples.insert(samples.end(), voice.begin(), voice.end());
    samples.resize(48000);
    ASSERT_TRUE(write_wav(at("call.wav"), 16000, samples));
    options_.files = {at("call.wav")};
    options_.detectors = {"energy"};
    options_.policy = "gate";
  }

  [[nodiscard]] std::string at(const std::string& name) const { return (folder_ / name).string(); }

  int run() {
    out_.str("");
    err_.str("");
    return run_hear(options_, out_, err_);
  }

  // Runs what must be refused and returns the sentence.
  std::string refusal() {
    EXPECT_EQ(run(), 2);
    EXPECT_EQ(out_.str(), "");
    return err_.str();
  }

  fs::path folder_;
  HearOptions options_;
  std::ostringstream out_, err_;
};

TEST_F(HearTest, events_are_printed_as_a_measuring_program_reads_them) {
  options_.events = true;
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_EQ(out_.str(), "1100 start\n2500 end\n");
}

TEST_F(HearTest, probabilities_are_a_line_for_each_block) {
  options_.probabilities = true;
  options_.frame_ms = 30;
  EXPECT_EQ(run(), 0) << err_.str();
  const std::string lines = out_.str();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 100);
  EXPECT_EQ(lines.substr(0, 11), "30 0.00000\n");
  EXPECT_NE(lines.find("\n1200 1.00000\n"), std::string::npos);
}

TEST_F(HearTest, the_classic_ring_takes_its_time) {
  options_.events = true;
  options_.policy = "classic";
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_EQ(out_.str(), "1560 start\n2560 end\n");
}

TEST_F(HearTest, several_recordings_become_a_file_each) {
  fs::copy(at("call.wav"), at("other.wav"));
  options_.files = {at("call.wav"), at("other.wav")};
  options_.events = true;
  options_.out_dir = at("new/folder");
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(text_of(folder_ / "new/folder/call.txt"), "1100 start\n2500 end\n");
  EXPECT_EQ(text_of(folder_ / "new/folder/other.txt"), "1100 start\n2500 end\n");
}

TEST_F(HearTest, a_recording_of_another_rate_is_heard_at_the_same_times) {
  ASSERT_TRUE(write_wav(at("fast.wav"), 48000, audio::vowel(130, 48000, 48000 * 2, 12000)));
  options_.files = {at("fast.wav")};
  options_.events = true;
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_EQ(out_.str(), "100 start\n");
}

TEST_F(HearTest, the_summary_names_every_detector_and_its_turns) {
  options_.detectors = {"energy", "webrtc:2"};
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_NE(out_.str().find("call.wav: 3.00 s, loudest tenth"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("energy         speech  33.3 %   1 turn   1.10-2.50\n"),
            std::string::npos)
      << out_.str();
  EXPECT_NE(out_.str().find("webrtc:2"), std::string::npos);
}

TEST_F(HearTest, the_network_is_heard_plain_filtered_and_through_the_ear) {
  const std::string model = at("model.weights");
  const auto bytes = audio::test_model_file(audio::test_tensors(1));
  std::ofstream(model, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  options_.model_file = model;
  options_.probabilities = true;
  std::set<std::string> answers;
  for (const char* name : {"silero", "voice", "ear:fast", "ear"}) {
    options_.detectors = {name};
    EXPECT_EQ(run(), 0) << err_.str();
    const bool is_ear = std::string(name).substr(0, 3) == "ear";
    EXPECT_EQ(out_.str().substr(0, 2), is_ear ? "8 " : "32") << name;
    answers.insert(out_.str());
  }
  EXPECT_EQ(answers.size(), 4U);  // no two are the same
}

TEST_F(HearTest, the_plot_shows_level_detectors_and_turns) {
  const std::string model = at("model.weights");
  const auto bytes = audio::test_model_file(audio::test_tensors(1));
  std::ofstream(model, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  options_.detectors = {"energy", "silero"};
  options_.model_file = model;
  options_.plot_file = at("call <1>.svg");
  fs::rename(at("call.wav"), at("a&b.wav"));
  options_.files = {at("a&b.wav")};
  EXPECT_EQ(run(), 0) << err_.str();
  const std::string svg = text_of(options_.plot_file);
  EXPECT_EQ(svg.substr(0, 5), "<svg ");
  EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
  EXPECT_NE(svg.find("<title>a&amp;b.wav, policy gate</title>"), std::string::npos);
  EXPECT_NE(svg.find(">energy</text>"), std::string::npos);
  EXPECT_NE(svg.find(">silero</text>"), std::string::npos);
  EXPECT_NE(svg.find("class=\"speech\""), std::string::npos);
  EXPECT_NE(svg.find("class=\"threshold\""), std::string::npos);  // silero's alone
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST_F(HearTest, what_cannot_be_is_refused_in_one_sentence) {
  options_.events = options_.probabilities = true;
  EXPECT_EQ(refusal(), "livegate hear: Ask for --events or for --probabilities, not for both.\n");
  options_.probabilities = false;
  options_.detectors = {"energy", "webrtc"};
  EXPECT_EQ(refusal(),
            "livegate hear: --events and --probabilities are of one detector; several were "
            "given.\n");
  options_.detectors = {"magic"};
  EXPECT_EQ(refusal(),
            "livegate hear: 'magic' is no detector: it must be ear, ear:fast, ear:balanced, "
            "ear:careful, voice, silero, webrtc, webrtc:0 to webrtc:3, energy, energy:0.015, floor "
            "or floor:9.\n");
  for (const char* wrong : {"webrtc:4", "webrtc:", "webrtc:2x", "energy:0", "energy:1", "energy:",
                            "silero:6", "voice:fast", "ear:", "ear:slow", "floor:0", ""}) {
    options_.detectors = {wrong};
    EXPECT_NE(refusal().find("is no detector"), std::string::npos) << wrong;
  }
  options_.detectors = {"energy"};
  options_.aligned = true;
  EXPECT_NE(refusal().find("--aligned is for --probabilities"), std::string::npos);
  options_.events = false;
  options_.probabilities = true;
  EXPECT_NE(refusal().find("--aligned is for silero and voice"), std::string::npos);
  options_.aligned = options_.probabilities = false;
  options_.events = true;
  options_.policy = "magic";
  EXPECT_EQ(refusal(), "livegate hear: 'magic' is no policy: it must be ours, gate or classic.\n");
  options_.policy = "gate";
  options_.off = 0.6;
  EXPECT_NE(refusal().find("--off is not above --on"), std::string::npos);
  options_.off = 0.35;
  options_.files.push_back(at("call.wav"));
  EXPECT_NE(refusal().find("--out DIR"), std::string::npos);
  options_.out_dir = at("out");
  EXPECT_NE(refusal().find("would both be written to call.txt"), std::string::npos);
  options_.files = {at("none.wav")};
  EXPECT_NE(refusal().find("none.wav cannot be used"), std::string::npos);
  options_.events = false;
  EXPECT_NE(refusal().find("--out is for --events"), std::string::npos);
}

TEST_F(HearTest, our_policy_takes_a_fixed_hangover_and_settings) {
  options_.events = true;
  options_.policy = "ours";
  options_.settings = {"early_end=0"};
  options_.hangover_ms = 400;
  EXPECT_EQ(run(), 0) << err_.str();
  const std::string patient = out_.str();
  EXPECT_NE(patient.find(" start\n"), std::string::npos) << patient;
  EXPECT_NE(patient.find(" end\n"), std::string::npos) << patient;
  options_.settings = {"hangover_short=200", "hangover_long=200", "early_end=100"};
  options_.early = true;
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_NE(out_.str(), patient);
  EXPECT_NE(out_.str().find(" paused\n"), std::string::npos) << out_.str();
}

TEST_F(HearTest, settings_are_printed_by_name) {
  options_.policy = "ours";
  options_.settings = {"evidence=7.5", "hangover_long=900"};
  options_.print_settings = true;
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_NE(out_.str().find("\nevidence=7.5\n"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("\nhangover_long=900\n"), std::string::npos) << out_.str();
}

TEST_F(HearTest, a_setting_that_cannot_be_is_refused_in_one_sentence) {
  options_.policy = "ours";
  for (const char* wrong : {"", "magic=1", "evidence", "evidence=", "evidence=x", "off=2",
                            "hangover_long=1e9", "neutral=nan"}) {
    options_.settings = {wrong};
    const std::string sentence = refusal();
    EXPECT_TRUE(sentence.find("is no setting") != std::string::npos ||
                sentence.find("is out of range") != std::string::npos)
        << wrong << ": " << sentence;
  }
  options_.settings = {"unsure=0.9"};
  EXPECT_NE(refusal().find("do not go together"), std::string::npos);
  options_.settings = {};
  options_.early = true;
  EXPECT_NE(refusal().find("--early is for --events"), std::string::npos);
}

TEST_F(HearTest, a_model_that_is_none_is_refused_by_name) {
  options_.detectors = {"silero"};
  options_.model_file = at("call.wav");
  EXPECT_NE(refusal().find("The voice model " + at("call.wav") + " cannot be used: "),
            std::string::npos);
}

TEST_F(HearTest, a_recording_shorter_than_a_block_has_no_turns) {
  ASSERT_TRUE(write_wav(at("short.wav"), 16000, std::vector<std::int16_t>(100)));
  options_.files = {at("short.wav")};
  options_.plot_file = at("short.svg");
  EXPECT_EQ(run(), 0) << err_.str();
  EXPECT_NE(out_.str().find("0 turns"), std::string::npos);
}

}  // namespace
}  // namespace livegate::cli
