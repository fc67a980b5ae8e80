// What the stand-in heard and did, counted per conversation over all the connections that carried
// it: so that a client that hands over can be shown to have lost nothing. Counts, never words.
// Shared by all sessions of one thread.
//
// A connection that resumes goes on with the counts of its handle's conversation; a fresh one
// begins a conversation of its own.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "offline/faults.h"

namespace livegate::offline {

struct ConversationCounts {
  std::uint64_t id = 0;
  std::uint64_t connections = 0;
  std::uint64_t audio_messages = 0;
  std::uint64_t audio_samples = 0;  // of all realtimeInput.audio, as sent, whatever became of it
  // FNV-1a (64 bit) of all their bytes in order: the same audio in the same order, the same hash.
  std::uint64_t audio_hash = 14695981039346656037ULL;
  std::uint64_t utterances = 0;
  std::uint64_t texts = 0;  // typed: realtimeInput.text and clientContent
  std::uint64_t pictures = 0;
  std::uint64_t turns = 0;           // begun, in silence or not
  std::uint64_t turns_complete = 0;  // not interrupted, not cut short
  std::uint64_t interruptions = 0;
  std::uint64_t tool_calls = 0;
  std::uint64_t tool_calls_cancelled = 0;
  std::uint64_t tool_responses = 0;             // all that came
  std::uint64_t tool_responses_awaited = 0;     // the first for a call of this conversation
  std::uint64_t tool_responses_repeated = 0;    // another one for such a call
  std::array<std::uint64_t, kFaults> faults{};  // that really happened

  // Ids of calls made and not yet answered, and of those answered: the newest of each.
  std::deque<std::string> open_calls;
  std::deque<std::string> answered_calls;

  void heard(const std::uint8_t* bytes, std::size_t count);
  void called(std::string call);
  void responded(const std::string& call);
};

// One compact JSON object without a newline; `extra` is put first: "\"event\":\"closed\",".
[[nodiscard]] std::string to_json(const ConversationCounts& counts, const std::string& extra = {});

class ConversationBook {
 public:
  std::shared_ptr<ConversationCounts> begin();
  // {"connections":..., "total":{...}, "conversations":[...]}: the newest ones, and the sum of all.
  [[nodiscard]] std::string to_json() const;

 private:
  std::uint64_t last_id_ = 0;
  std::deque<std::shared_ptr<ConversationCounts>> newest_;
  ConversationCounts forgotten_;  // the sum of those that are no longer listed
};

}  // namespace livegate::offline
