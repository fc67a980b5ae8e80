// What a session counts, since its beginning.
#pragma once

#include <chrono>
#include <cstdint>

namespace livegate::session {

struct Counters {
  std::uint64_t frames_heard = 0;       // client audio messages
  std::uint64_t samples_forwarded = 0;  // at 16 kHz
  std::uint64_t samples_repeated = 0;   // ... that a lost connection had been sent already
  std::uint64_t samples_dropped = 0;    // did not fit while the model was away
  std::uint64_t upstream_messages = 0;  // sent
  std::uint64_t downlink_messages = 0;  // received from the model
  std::uint64_t stale_messages = 0;     // content of a reply that was cut off
  std::uint64_t pictures_dropped = 0;
  std::uint64_t echo_frames_dropped = 0;  // 10 ms of a reply whose level is no longer known
  std::uint64_t parts_withheld = 0;  // of the model's messages, from a client that cannot read them
  std::uint64_t messages_refused = 0;
  std::uint64_t interruptions = 0;
  std::uint64_t ends_retracted = 0;       // provisional ends of speech that were retracted
  std::int64_t samples_played = 0;        // by the client's account, at 24 kHz
  std::uint64_t messages_sent_again = 0;  // to a client that came back
  std::uint64_t messages_forgotten = 0;   // that the client had not confirmed
  // What the client has sent, by what it is limited in.
  std::chrono::nanoseconds audio{};
  std::uint64_t texts = 0;  // messages for the model to read
  std::uint64_t text_bytes = 0;
  std::uint64_t tool_bytes = 0;
  std::uint64_t pictures = 0;
};

}  // namespace livegate::session
