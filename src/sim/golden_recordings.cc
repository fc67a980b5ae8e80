#include "sim/golden_recordings.h"

#include <array>
#include <sstream>

#include "recording/replay.h"
#include "sim/conversation.h"

namespace livegate::sim {
namespace {

constexpr Millis kLength = 60s;
constexpr std::uint64_t kSeedsMax = 40000;
constexpr std::size_t kBytesMax = 60'000;

constexpr std::string_view kSpeechBegins = R"("type":"speech_started")";
constexpr std::string_view kSpeechEnds = R"("type":"speech_ended")";
constexpr std::string_view kCutOff = R"("type":"interrupted")";
constexpr std::string_view kTurnEnds = R"("type":"turn_complete")";
constexpr std::string_view kLost = "note: upstream lost";
constexpr std::string_view kRestored = "note: upstream restored";
constexpr std::string_view kOpens = "< open model";
constexpr std::string_view kToolCalled = "note: tool called";

bool tells(const Story& story, std::initializer_list<std::string_view> row) {
  return story.tells(row);
}

bool loses_the_model_in_mid_speech(const Story& story) {
  const auto lost = story.within(kSpeechBegins, kLost, kSpeechEnds);
  const auto back = lost ? story.find(kRestored, *lost) : std::nullopt;
  const auto ends = back ? story.find(kSpeechEnds, *lost) : std::nullopt;
  return ends && story.find(kTurnEnds, *ends);
}

bool moves_before_it_is_told_to(const Story& story) {
  return tells(story, {kTurnEnds, "goAway", "note: moved", kOpens, "note: upstream restored",
                       kSpeechEnds, kTurnEnds});
}

bool is_treated_up_to_a_new_session(const Story& story) {
  return tells(story, {kSpeechEnds, "note: stalled, 2", "note: stalled, 3", kOpens,
                       "bytes of audio", kTurnEnds});
}

bool cuts_in_while_the_model_is_away(const Story& story) {
  const auto cut = story.within(kLost, kCutOff, kRestored);
  return cut && tells(story, {kRestored, kTurnEnds, kTurnEnds});
}

bool answers_a_tool_over_another_connection(const Story& story) {
  const auto other = story.within(kToolCalled, kOpens, "toolResponse");
  const auto answer = other ? story.find("toolResponse", *other) : std::nullopt;
  return answer && story.within(kToolCalled, kRestored, "toolResponse") &&
         story.find(kTurnEnds, *answer);
}

bool goes_on_with_a_client_that_came_back(const Story& story) {
  return tells(story, {"client gone", "note: client away", "client returned",
                       "note: client returned", "bytes of audio", kTurnEnds});
}

bool keeps_a_program_through_a_loss(const Story& story) {
  return tells(
      story, {R"("setup")", R"("turnComplete":true)", kLost, kRestored, R"("turnComplete":true)"});
}

constexpr std::array kRecordings = {
    GoldenRecording{"lost_in_mid_speech",
                    "The model is lost while somebody speaks: what was said goes to the next "
                    "connection, and is answered.",
                    loses_the_model_in_mid_speech},
    GoldenRecording{"moved_in_time",
                    "The service says that it will close: the session moves to another connection "
                    "by itself and goes on.",
                    moves_before_it_is_told_to},
    GoldenRecording{"stalled_up_to_fresh",
                    "No answer comes: the model is asked again, then over another connection, then "
                    "in a new session, which answers.",
                    is_treated_up_to_a_new_session},
    GoldenRecording{"cut_in_while_away",
                    "Somebody cuts in on a reply whose connection has just been lost.",
                    cuts_in_while_the_model_is_away},
    GoldenRecording{"tool_over_another_connection",
                    "A tool is called, the connection is lost, and the answer goes over the next.",
                    answers_a_tool_over_another_connection},
    GoldenRecording{
        "client_came_back",
        "The client's connection breaks in a conversation, and it goes on over another.",
        goes_on_with_a_client_that_came_back},
    GoldenRecording{"program_through_a_loss",
                    "A program on the Live API's wire does not notice that the model was lost.",
                    keeps_a_program_through_a_loss},
};

}  // namespace

Story::Story(const std::string& recording) {
  std::stringstream printed;
  (void)recording::replay(recording, &printed);
  for (std::string line; std::getline(printed, line);) lines_.push_back(line);
}

std::optional<std::size_t> Story::find(std::string_view what, std::size_t from) const {
  for (; from < lines_.size(); ++from) {
    if (lines_[from].find(what) != std::string::npos) return from;
  }
  return std::nullopt;
}

bool Story::tells(std::span<const std::string_view> row) const {
  std::size_t from = 0;
  for (const std::string_view what : row) {
    const auto line = find(what, from);
    if (!line) return false;
    from = *line + 1;
  }
  return true;
}

std::optional<std::size_t> Story::within(std::string_view begin, std::string_view what,
                                         std::string_view end) const {
  for (auto first = find(begin); first; first = find(begin, *first + 1)) {
    const auto middle = find(what, *first);
    const auto last = find(end, *first);
    if (middle && (!last || *middle < *last)) return middle;
  }
  return std::nullopt;
}

std::span<const GoldenRecording> golden_recordings() { return kRecordings; }

std::vector<std::optional<MadeRecording>> make_golden_recordings() {
  session::Codecs codecs;
  std::vector<std::optional<MadeRecording>> made(kRecordings.size());
  std::size_t left = made.size();
  for (std::uint64_t seed = 1; seed <= kSeedsMax && left > 0; ++seed) {
    const Outcome held =
        Conversation(seed, {.length = kLength, .eventful = true, .records = true}, codecs).run();
    if (!held.broken.empty() || held.recording.size() > kBytesMax) continue;
    const Story story(held.recording);
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i] || !kRecordings[i].is_shown(story)) continue;
      made[i] = MadeRecording{seed, held.recording};
      --left;
    }
  }
  return made;
}

}  // namespace livegate::sim
