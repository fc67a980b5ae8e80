// Of probe_judges.h: whose turn it is, and how a reply sounds.
#include <algorithm>
#include <cmath>

#include "cli/probe_judges_impl.h"

namespace livegate::cli {
namespace {

// Less audio than this says nothing of pace and pauses.
constexpr double kAudioEnoughMs = 1500;
// Service replies that burst were seen at 3 to 9 times real time, the others at 1.0 to 1.05.
constexpr double kBurstFactor = 1.5;
// A first piece of one sample, as about half of the replies of 3.x have.
constexpr double kNoSoundMs = 1;

// The sound of a reply. A holding line and the answer behind it are two turns: what lies between
// them is no pause.
struct Reply {
  std::vector<std::vector<const ProbeEvent*>> turns;  // none of them empty
  double audio_ms = 0;

  // Too little to tell of pace and pauses?
  [[nodiscard]] bool is_short() const {
    std::size_t pieces = 0;
    for (const auto& turn : turns) pieces += turn.size();
    return audio_ms < kAudioEnoughMs || pieces < 3;
  }
};

Reply reply_of(const ProbeRecord& record) {
  Reply reply;
  bool begins = true;
  for (const ProbeEvent& event : record.events) {
    if (event.sign == Sign::turn_complete || event.sign == Sign::holding) begins = true;
    if (event.sign != Sign::audio || event.amount < kNoSoundMs) continue;
    if (begins) reply.turns.emplace_back();
    begins = false;
    reply.turns.back().push_back(&event);
    reply.audio_ms += event.amount;
  }
  return reply;
}

// From the end of a question between marks to the first sign of its reply: what the model takes
// when it need not find the end.
std::optional<double> model_delay_ms(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "marks");
  const ProbeEvent* asked = record.last(Sign::activity_end);
  const ProbeEvent* reply = asked == nullptr ? nullptr : record.reply(asked->ms);
  if (reply == nullptr) return std::nullopt;
  return reply->ms - asked->ms;
}

// From the last word to the first sign of a reply.
std::optional<double> answered_after_ms(const ProbeRecord& record) {
  const ProbeEvent* asked = record.last(Sign::speech_ends);
  const ProbeEvent* reply = asked == nullptr ? nullptr : record.reply(asked->ms);
  if (reply == nullptr) return std::nullopt;
  return reply->ms - asked->ms;
}

// Where the model says that speech has ended, from that time on.
const ProbeEvent* activity_end(const ProbeRecord& record, double from_ms) {
  const auto found = std::ranges::find_if(record.events, [&](const ProbeEvent& event) {
    return event.sign == Sign::activity && event.amount == 1 && event.ms >= from_ms;
  });
  return found == record.events.end() ? nullptr : &*found;
}

// From the last word to where the model found the end of the turn: by its own word, or else by its
// reply, less what it takes anyway.
struct TurnEnd {
  double ms = 0;
  std::string evidence;
};
std::optional<TurnEnd> turn_end(const ProbeRecords& records, const ProbeRecord& record) {
  const ProbeEvent* said = record.last(Sign::speech_ends);
  if (said == nullptr) return std::nullopt;
  if (const ProbeEvent* event = activity_end(record, said->ms)) {
    const double ms = event->ms - said->ms;
    return TurnEnd{ms, "voiceActivity end after " + after_ms(ms)};
  }
  const auto answered = answered_after_ms(record);
  const auto delay = model_delay_ms(records);
  if (!answered || !delay) return std::nullopt;
  return TurnEnd{*answered - *delay, "reply after " + after_ms(*answered)};
}

std::string whole(double ms) { return std::to_string(std::max(0L, std::lround(ms))); }

}  // namespace

Seen see_stream_end(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "stream_end");
  const ProbeEvent* mark = record.last(Sign::stream_end);
  if (mark == nullptr) return unknown_of(record, "the mark was not sent");
  const ProbeEvent* reply = record.reply(mark->ms);
  const ProbeEvent* silence = record.last(Sign::silence_begins);
  // A busy service may say that the turn has ended long before it answers.
  const ProbeEvent* end = activity_end(record, mark->ms);
  if (end != nullptr && (silence == nullptr || end->ms < silence->ms)) {
    return seen(true,
                "voiceActivity end " + after_ms(end->ms - mark->ms) + " after audioStreamEnd");
  }
  if (reply == nullptr) return unknown_of(record, "speech was not answered at all");
  const std::string what(sign_name(reply->sign));
  if (silence == nullptr || reply->ms < silence->ms) {
    return seen(true, what + " " + after_ms(reply->ms - mark->ms) + " after audioStreamEnd");
  }
  return seen(false, "nothing within " + after_ms(silence->ms - mark->ms) + " of audioStreamEnd; " +
                         what + " " + after_ms(reply->ms - silence->ms) + " into streamed silence");
}

Seen see_stop(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "stop");
  const ProbeEvent* end = record.last(Sign::speech_ends);
  if (end == nullptr) return unknown_of(record, "nothing was said");
  if (const ProbeEvent* reply = record.reply(end->ms)) {
    return {.value = "ends a turn",
            .evidence = std::string(sign_name(reply->sign)) + " " + after_ms(reply->ms - end->ms) +
                        " after the last audio"};
  }
  // A model that answers nothing at all must not look like one that waits.
  if (record.closed() || !answered_after_ms(record_of(records, "silence"))) {
    return unknown_of(record, "no speech was answered");
  }
  return {.value = "ends nothing", .evidence = "nothing within 8 s of the last audio"};
}

Seen see_turn_silence(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "silence");
  const auto end = turn_end(records, record);
  if (!end && !answered_after_ms(record)) {
    return unknown_of(record, "no reply in 11 s of streamed silence");
  }
  if (!end) return unknown("no reply between marks to compare with");
  return {.value = whole(end->ms),
          .evidence = end->evidence + " from the last word; between marks after " +
                      after_ms(model_delay_ms(records).value_or(0))};
}

Seen see_silence_duration(const ProbeRecords& records) {
  constexpr double kAskedMs = 3500;  // as probe_cases.cc asks for
  const ProbeRecord& record = record_of(records, "silence_duration");
  const auto usual = turn_end(records, record_of(records, "silence"));
  const auto asked = turn_end(records, record);
  if (!asked) return unknown_of(record, "no reply in 11 s of streamed silence");
  if (!usual) return unknown("no reply without silenceDurationMs to compare with");
  const double from_usual = std::abs(asked->ms - usual->ms);
  const double from_asked = std::abs(asked->ms - kAskedMs);
  if (std::abs(from_usual - from_asked) < 200) {
    return unknown(asked->evidence + ", which fits both");
  }
  return seen(from_asked < from_usual,
              asked->evidence + " with silenceDurationMs 3500; " + usual->evidence + " without");
}

Seen see_marks_refused(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "auto_mark");
  if (!record.has(Sign::activity_start)) return unknown_of(record, "the mark was not sent");
  if (const ProbeEvent* closed = record.closed()) return seen(true, close_text(*closed));
  return seen(false, "no close within 2 s of activityStart");
}

Seen see_turns(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "marks");
  const ProbeEvent* asked = record.last(Sign::activity_end);
  if (asked == nullptr) return unknown_of(record, "nothing was asked");
  if (const ProbeEvent* complete = record.first(Sign::turn_complete, asked->ms)) {
    return seen(true, "turnComplete " + after_ms(complete->ms - asked->ms) + " after the question");
  }
  const Reply reply = reply_of(record);
  if (reply.turns.empty() || record.closed()) return unknown_of(record, "no reply came");
  return seen(false, after_ms(reply.audio_ms) + " of audio, and no turnComplete");
}

Seen see_voice_activity(const ProbeRecords& records) {
  for (const auto& [name, record] : records) {
    if (const ProbeEvent* activity = record.first(Sign::activity)) {
      return seen(true, "voiceActivity in \"" + name + "\" at " + after_ms(activity->ms));
    }
  }
  const ProbeRecord& record = record_of(records, "silence");
  if (!answered_after_ms(record)) return unknown_of(record, "no speech was answered");
  return seen(false, "none around speech that was answered");
}

Seen see_pace(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "marks");
  const Reply reply = reply_of(record);
  if (reply.is_short()) {
    return unknown_of(record, after_ms(reply.audio_ms) + " of audio is too little to tell");
  }
  // What had arrived when the last piece came, against the time it took.
  double took = 0;
  double before_last = 0;
  for (const auto& turn : reply.turns) {
    took += turn.back()->ms - turn.front()->ms;
    for (const ProbeEvent* piece : turn) before_last += piece->amount;
    before_last -= turn.back()->amount;
  }
  const bool burst = before_last > took * kBurstFactor;
  return {.value = burst ? "\"burst\"" : "\"real_time\"",
          .evidence = after_ms(before_last) + " of audio in " + after_ms(took)};
}

Seen see_starvation(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "marks");
  const Reply reply = reply_of(record);
  if (reply.is_short()) {
    return unknown_of(record, after_ms(reply.audio_ms) + " of audio is too little to tell");
  }
  double pause = 0;
  double longest_gap = 0;
  for (const auto& turn : reply.turns) {
    double played_until = turn.front()->ms;
    double last = played_until;
    for (const ProbeEvent* piece : turn) {
      pause = std::max(pause, piece->ms - played_until);
      longest_gap = std::max(longest_gap, piece->ms - last);
      played_until = std::max(played_until, piece->ms) + piece->amount;
      last = piece->ms;
    }
  }
  return {.value = whole(pause),
          .evidence = "longest gap " + after_ms(longest_gap) + " in " + after_ms(reply.audio_ms) +
                      " of audio"};
}

Seen see_first_audio(const ProbeRecords& records) {
  std::optional<double> slowest;
  std::string evidence;
  for (const auto& [name, record] : records) {
    const ProbeEvent* asked = record.last(Sign::activity_end);
    if (asked == nullptr) asked = record.first(Sign::typed);
    const ProbeEvent* audio = asked == nullptr ? nullptr : record.first(Sign::audio, asked->ms);
    // A call needs no sound before it.
    if (audio == nullptr || record.has(Sign::tool_call)) continue;
    const double ms = audio->ms - asked->ms;
    evidence += (evidence.empty() ? "audio after " : ", ") + after_ms(ms);
    slowest = std::max(slowest.value_or(0), ms);
  }
  if (!slowest) return unknown_of(record_of(records, "marks"), "no reply came");
  return {.value = whole(*slowest), .evidence = evidence};
}

namespace {

// Of all turns: messages with words that come before any sound of their turn.
std::size_t words_before_audio(const ProbeRecord& record) {
  std::size_t before = 0;
  bool sounds = false;
  for (const ProbeEvent& event : record.events) {
    if (event.sign == Sign::audio && event.amount >= kNoSoundMs) sounds = true;
    if (event.sign == Sign::turn_complete || event.sign == Sign::holding) sounds = false;
    if (event.sign == Sign::words && event.amount > 0 && !sounds) ++before;
  }
  return before;
}

}  // namespace

Seen see_transcript(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "marks");
  const Reply reply = reply_of(record);
  std::vector<const ProbeEvent*> words;
  for (const ProbeEvent& event : record.events) {
    if (event.sign == Sign::words && event.amount > 0) words.push_back(&event);
  }
  if (reply.turns.empty()) return unknown_of(record, "no reply came");
  if (words.empty()) return unknown_of(record, "no outputTranscription came");
  const auto rides = [&](const ProbeEvent* word) {
    return std::ranges::any_of(record.events, [&](const ProbeEvent& event) {
      return event.sign == Sign::audio && event.message == word->message;
    });
  };
  const auto with_audio = static_cast<std::size_t>(std::ranges::count_if(words, rides));
  const std::string of = " of " + std::to_string(words.size()) + " messages with words";
  if (with_audio * 2 >= words.size()) {
    return {.value = "\"with_audio\"",
            .evidence = std::to_string(with_audio) + of + " carry audio too"};
  }
  const std::size_t before = words_before_audio(record);
  return {.value = before == words.size() ? "\"whole_first\"" : "\"ahead\"",
          .evidence = std::to_string(before) + of + " come before any audio of their turn"};
}

}  // namespace livegate::cli
