#include "cli/talk_report.h"

#include <algorithm>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace livegate::cli {
namespace {

TurnRecord dimming() {
  TurnRecord turn;
  turn.number = 1;
  turn.heard = "dim the living room lights";
  turn.said = "Dimming the living room lights.";
  turn.tools.push_back({.id = "call-1",
                        .name = "set_light",
                        .args_json = R"({"room":"living_room","brightness":30})",
                        .answer = R"({"ok":true,"room":"living_room","on":true,"brightness":30})"});
  turn.reply_samples = 43200;
  turn.latency = {.first_packet_ms = 93,
                  .end_to_end_ms = 611,
                  .continuous_ms = 41,
                  .decision_ms = 500,
                  .gateway_ms = 0.24};
  return turn;
}

// A report of one style and the two streams it writes to.
struct Written {
  std::ostringstream out, err;
  TalkReport report;
  explicit Written(TalkReport::Style style)
      : report(out, err, style, "ws://127.0.0.1:8080/v1/live", "lights.wav, 2.4 s at 48000 Hz") {}
};

TEST(TalkReport, shows_a_turn_aligned) {
  Written written(TalkReport::Style::text);
  ServerEvent ready;
  ready.session = "k3v9q2";
  ready.upstream = "offline";
  written.report.on_ready(ready);
  written.report.on_turn(dimming());
  EXPECT_EQ(written.out.str(),
            R"(  Gateway    ws://127.0.0.1:8080/v1/live, session k3v9q2
  Model      offline
  Recording  lights.wav, 2.4 s at 48000 Hz

Turn 1
  You        dim the living room lights
  Tool       set_light {"room":"living_room","brightness":30}
             -> {"ok":true,"room":"living_room","on":true,"brightness":30}
  Assistant  Dimming the living room lights.
  Reply      1.8 s of speech

  First packet response                            93 ms
  End-to-end latency                              611 ms
    of which deciding that you had finished       500 ms
  Continuous conversation latency                  41 ms
  The gateway's own share                         0.2 ms
)");
  EXPECT_EQ(written.err.str(), "");
}

TEST(TalkReport, leaves_out_what_did_not_happen) {
  Written written(TalkReport::Style::text);
  TurnRecord turn;
  turn.number = 2;
  turn.interrupted = true;
  written.report.on_turn(turn);
  EXPECT_EQ(written.out.str(), "\nTurn 2\n  Reply      no speech, then interrupted\n");
}

TEST(TalkReport, breaks_long_text_between_words_within_80_columns) {
  Written written(TalkReport::Style::text);
  TurnRecord turn = dimming();
  turn.said.clear();
  for (int i = 0; i < 60; ++i) turn.said += "größer ";
  written.report.on_turn(turn);
  std::istringstream lines(written.out.str());
  std::size_t words = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto wide = std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    });
    EXPECT_LE(wide, 80) << line;
    for (std::size_t at = 0; (at = line.find("größer", at)) != std::string::npos; ++at) ++words;
  }
  EXPECT_EQ(words, 60U);
}

TEST(TalkReport, a_transcript_cannot_steer_the_terminal) {
  Written written(TalkReport::Style::text);
  TurnRecord turn = dimming();
  turn.said = "\x1b[2Jgone\x07";
  written.report.on_turn(turn);
  EXPECT_EQ(written.out.str().find('\x1b'), std::string::npos);
  EXPECT_EQ(written.out.str().find('\x07'), std::string::npos);
}

TEST(TalkReport, gives_programs_the_events_as_they_came_a_line_each) {
  Written written(TalkReport::Style::json);
  written.report.on_event("{\"type\":\"ready\"}");
  written.report.on_ready({});
  written.report.on_event("{\"type\":\"turn_complete\",\n\"turn\":1}");
  written.report.on_turn(dimming());
  EXPECT_EQ(written.out.str(), "{\"type\":\"ready\"}\n{\"type\":\"turn_complete\", \"turn\":1}\n");
  written.report.on_note("Something.");
  EXPECT_EQ(written.err.str(), "Note: Something.\n");
}

TEST(TalkReport, quiet_is_quiet) {
  Written written(TalkReport::Style::quiet);
  written.report.on_event("{}");
  written.report.on_ready({});
  written.report.on_turn(dimming());
  written.report.on_note("Something.");
  written.report.on_reply_written("reply.wav", 1.8);
  EXPECT_EQ(written.out.str() + written.err.str(), "");
}

}  // namespace
}  // namespace livegate::cli
