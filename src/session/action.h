// What a session wants done, in the order in which to do it.
//
// One Actions object serves a shard: it keeps its capacity, so that a frame costs no allocation.
// Payloads are slices of its arena, or views of the event's own bytes (forwarded untouched).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/give_back.h"
#include "base/limits.h"
#include "turn/turn_machine.h"

namespace livegate::session {

// Bytes of the arena, or of the event that is being handled.
struct Payload {
  std::size_t begin = 0;
  std::size_t size = 0;
  const char* outside = nullptr;
};

// Whose a message to the client is: a client that comes back is sent again what is the session's.
enum class ClientPart : std::uint8_t {
  session,     // counted, and kept until the client has it
  connection,  // belongs to the connection it leaves over
  offer,       // tells the client how to come back: what follows the first one is counted
};
struct SendClient {
  Payload payload;
  bool binary;
  ClientPart part = ClientPart::session;
  bool revocable = false;  // nothing but content of a reply: stale once that is cut off
};
// What is revocable and has not left yet is stale: it is taken back. To be answered with
// Revoked{before, ...}.
struct RevokeAudio {
  std::uint64_t before = 0;
};
// The client asks to continue a session that is not this one. The shell finds it and gives it the
// connection, which leaves this session for good; or answers ResumeRefused or ResumeRemembered.
struct ResumeClient {
  std::string token;
  std::optional<std::uint64_t> received;
};
struct SendUpstream {
  std::uint32_t epoch;
  Payload payload;
};  // a text frame
struct OpenUpstream {
  std::uint32_t epoch;
};
struct PingUpstream {
  std::uint32_t epoch;
};
struct CloseUpstream {
  std::uint32_t epoch;
};  // politely, 1000
struct CloseClient {
  std::uint16_t code;
  std::string reason;
};

// Something for the log and the metrics.
enum class NoteKind : std::uint8_t {
  opened,             // the model side answered for the first time; detail: how turns are taken
  upstream_lost,      // detail: why
  upstream_restored,  // value: attempts it took
  turn_finished,      // turn: the figures
  tool_called,        // detail: the tool's name
  speech_dropped,     // value: samples
  client_away,        // the connection broke; the session continues without it
  client_returned,    // value: messages sent again
  client_lost,        // it did not come back; detail: why it is not waited for any longer
  message_refused,    // detail: the error's code
  moved,              // to another connection of our own accord; detail: why
  stalled,         // an answer is overdue; detail: of what; value: the RecoveryAction that is tried
  no_answer,       // value: the NoAnswer that a turn was instead; detail: the service's reason
  fact_corrected,  // detail: what the model does, "fact = value"
  budget,          // it is nearly spent; detail: which one, in a sentence
  setup_mended,    // detail: what the model would have refused, and was left out
  failed,          // detail: the error's code and why; the session ends
  time_over,       // detail: the limit; value: 1 for the idle time; the session ends
};
struct Note {
  NoteKind kind;
  std::int64_t value = 0;
  std::string detail;
  turn::TurnMachine::Finished turn{};
};
// The session is over: nothing follows. The shell may forget the session.
struct Finish {};

using Action = std::variant<SendClient, RevokeAudio, ResumeClient, SendUpstream, OpenUpstream,
                            PingUpstream, CloseUpstream, CloseClient, Note, Finish>;

class Actions {
 public:
  void clear() {
    list_.clear();
    arena_.clear();
    if (arena_.capacity() > limits::kArenaBytesKept) give_back(arena_);
  }
  void add(Action action) { list_.push_back(std::move(action)); }

  // Where payloads are written: append to it between mark() and since(mark).
  [[nodiscard]] std::string& arena() { return arena_; }
  [[nodiscard]] std::size_t mark() const { return arena_.size(); }
  [[nodiscard]] Payload since(std::size_t mark) const {
    return {mark, arena_.size() - mark, nullptr};
  }
  static Payload outside(std::string_view bytes) { return {0, bytes.size(), bytes.data()}; }

  [[nodiscard]] std::string_view bytes(const Payload& payload) const {
    if (payload.outside != nullptr) return {payload.outside, payload.size};
    return std::string_view(arena_).substr(payload.begin, payload.size);
  }
  [[nodiscard]] const std::vector<Action>& list() const { return list_; }
  // For looking through what one event has brought.
  [[nodiscard]] std::vector<Action>& list() { return list_; }

 private:
  std::vector<Action> list_;
  std::string arena_;
};

}  // namespace livegate::session
