// What a server's messages said, as a list of facts that tests can compare. For tests, in simulated
// time and over sockets alike.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/instant.h"
#include "base/padded_text.h"
#include "proto/gemini.h"

namespace livegate::offline {

// One fact that the server sent. `what` is one of: setupComplete, handle, notResumable, input,
// output, audio, interrupted, toolCall, cancelled, generationComplete, turnComplete, activity,
// nothing (a bare {}), goAway.
struct Fact {
  Instant at;
  std::string what;
  std::string text;         // handle, transcription, call id, cancelled id, start or end, ms left
  std::size_t samples = 0;  // of audio
  proto::Usage usage;       // of turnComplete
};

// Appends what `bytes`, one whole message, says, in the order in which a receiver acts on it.
inline void read_facts(std::string_view bytes, proto::GeminiDecoder& decoder, Instant at,
                       std::vector<Fact>& facts) {
  const PaddedString message(bytes);
  proto::ServerMessage seen;
  ASSERT_TRUE(decoder.decode_server(message.text(), seen)) << bytes;
  for (const proto::UnknownMember& member : seen.unknown) {
    EXPECT_TRUE(member.key == "role" || member.key == "audioOffset") << bytes;
  }
  const auto add = [&](std::string what, std::string_view text = {}, std::size_t samples = 0) {
    facts.push_back({.at = at,
                     .what = std::move(what),
                     .text = std::string(text),
                     .samples = samples,
                     .usage = {}});
  };
  if (seen.setup_complete) add("setupComplete");
  if (seen.resumption) {
    add(seen.resumption->resumable ? "handle" : "notResumable", seen.resumption->handle);
  }
  if (seen.input_transcription) add("input", seen.input_transcription->text);
  if (seen.interrupted) add("interrupted");
  if (seen.output_transcription) add("output", seen.output_transcription->text);
  for (const proto::InlineData& media : seen.media) {
    EXPECT_EQ(media.mime_type, "audio/pcm;rate=24000");
    const auto padding = static_cast<std::size_t>(std::ranges::count(media.base64, '='));
    add("audio", {}, (media.base64.size() / 4 * 3 - padding) / 2);
  }
  for (const auto& id : seen.cancelled_call_ids) add("cancelled", id);
  for (const proto::FunctionCall& call : seen.function_calls) add("toolCall", call.id);
  if (seen.generation_complete) add("generationComplete");
  if (seen.turn_complete) {
    add("turnComplete");
    if (seen.usage) facts.back().usage = *seen.usage;
    facts.back().usage.json = {};  // it points into the message
  }
  if (seen.go_away_time_left) add("goAway", std::to_string(seen.go_away_time_left->count()));
  if (seen.activity)
    add("activity", *seen.activity == proto::ActivityType::start ? "start" : "end");
  if (bytes == "{}\n") add("nothing");
}

[[nodiscard]] inline std::size_t count_facts(const std::vector<Fact>& facts,
                                             std::string_view what) {
  return static_cast<std::size_t>(std::ranges::count(facts, what, &Fact::what));
}

// The last one of its kind; a failure if there is none.
[[nodiscard]] inline Fact last_fact(const std::vector<Fact>& facts, std::string_view what) {
  for (std::size_t i = facts.size(); i-- > 0;) {
    if (facts[i].what == what) return facts[i];
  }
  ADD_FAILURE() << "the server sent no " << what;
  return {};
}

// The kinds in order, a run of the same kind counting once.
[[nodiscard]] inline std::vector<std::string> story_of(const std::vector<Fact>& facts) {
  std::vector<std::string> kinds;
  for (const Fact& fact : facts) {
    if (kinds.empty() || kinds.back() != fact.what) kinds.push_back(fact.what);
  }
  return kinds;
}

}  // namespace livegate::offline
