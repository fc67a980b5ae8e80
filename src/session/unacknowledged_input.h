// What the person said and sent that the model has not answered yet, in order: what a new
// connection to the model must be told again, or for the first time.
//
// Decides what is kept and what goes when it becomes too much. Leaves to the session when something
// counts as answered and how an entry is sent.
//
// Speech that no connection has been given yet: at most limits::kUplinkHeldMax; silence goes first,
// then the oldest, counted. Speech that one has: at most limits::kUplinkRepeatedMax, the oldest
// goes; an end of speech goes with the last of it. Messages: at most limits::kHeldMessagesMax of
// limits::kHeldMessageBytesMax together; above that an unsent one is refused, and for a sent one
// the oldest sent ones go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livegate::session {

// Whether the model owes a reply to a message; or is told what was said before the conversation
// began, which it is told again in the words of the transcript.
enum class Asks : std::uint8_t { nothing, reply, history };

class UnacknowledgedInput {
 public:
  enum class Kind : std::uint8_t { speech, end_of_speech, message };
  struct Entry {
    Kind kind;
    bool voiced;                        // speech: somebody is heard in it
    bool sent;                          // some connection was given it
    std::vector<std::int16_t> samples;  // mono, 16 kHz, at most a second
    std::string wire;                   // of a message: as it goes out
    Asks asks = Asks::nothing;          // of a message
    std::uint64_t place = 0;            // ascending
  };

  void speech(std::span<const std::int16_t> samples, bool voiced, bool sent);
  // Nothing where no speech stands before it. Messages may stand between.
  void end_of_speech(bool sent);
  // The end that came last was none: the speech goes on.
  void retract_end();
  // False: there is no room for a message that has not been sent.
  [[nodiscard]] bool message(std::string_view wire, Asks asks, bool sent);

  // What is recorded from now on comes behind this place.
  [[nodiscard]] std::uint64_t place();
  // What was recorded before `place` is answered.
  void forget_until(std::uint64_t place);
  // Every entry has been given to a connection.
  void all_sent();
  void clear();  // gives the memory back too

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }
  // Samples of speech that nobody has been given yet.
  [[nodiscard]] std::size_t held_samples() const { return held_samples_; }
  // ... and never will be, since the last call of all_sent() or clear().
  [[nodiscard]] std::uint64_t dropped_samples() const { return dropped_; }

 private:
  void add(Entry entry);
  void erase_end_of_nothing(std::deque<Entry>::iterator from);
  void drop_front(bool sent, bool voiced_too, std::size_t samples);
  void bound_speech();
  void bound_messages();
  std::deque<Entry>::iterator erase(std::deque<Entry>::iterator entry);

  std::deque<Entry> entries_;
  std::uint64_t next_place_ = 0;
  bool begin_anew_ = false;  // the next speech is an entry of its own
  std::size_t sent_samples_ = 0;
  std::size_t held_samples_ = 0;  // not sent
  std::size_t messages_ = 0;
  std::size_t message_bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace livegate::session
