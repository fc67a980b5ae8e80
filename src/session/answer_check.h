// Whether a reply of the model answers anything: what a person could hear of it.
//
// Decides what of the words is markup, whether sound is audible, and what a reply without either
// is called. Leaves to the session who is told and what is tried. Source of the kinds: recordings
// of the service (docs/wire-gemini.md, "Replies that answer nothing").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace livegate::session {

enum class NoAnswer : std::uint8_t {
  no_speech,     // the model says that it says nothing: "<no speech>"
  rejected,      // the turn ended without content, for a reason such as RESPONSE_REJECTED
  text_only,     // words, and no sound that says them
  inaudible,     // sound that nobody can hear
  holding_line,  // an answer, but not yet the one: the model is still at work
};
[[nodiscard]] std::string_view name(NoAnswer kind);
// One sentence for the person.
[[nodiscard]] std::string_view sentence(NoAnswer kind);

// Whether a person can hear something of these samples.
[[nodiscard]] bool is_audible(std::span<const std::int16_t> samples);

// Takes <...> and {...} out of words that come in fragments. What is open and longer than a markup
// can be is words after all.
class MarkupFilter {
 public:
  // What of the words so far may be shown and has not been yet. Valid until the next call.
  std::string_view push(std::string_view fragment);
  // The reply is over: what was still open is words.
  std::string_view finish();
  void reset();

 private:
  std::string open_;  // from '<' or '{' on
  std::string shown_;
};

class AnswerCheck {
 public:
  void begin();  // a reply begins
  // `visible`: the part of them that is no markup.
  void words(std::string_view all, std::string_view visible);
  void text(std::string_view words) { this->words(words, words); }
  void sound(std::size_t samples) { samples_ += samples; }  // mono, 24 kHz
  void audio(std::span<const std::int16_t> samples);        // the same samples, looked at
  void called() { calls_ = true; }

  // Somebody can hear it: no more audio need be looked at.
  [[nodiscard]] bool audible() const { return audible_; }
  // Something of an answer is there, were it over now.
  [[nodiscard]] bool answers() const { return !verdict(); }
  // What the reply is instead of an answer.
  [[nodiscard]] std::optional<NoAnswer> verdict() const;

 private:
  bool audible_ = false, words_ = false, markup_ = false, calls_ = false;
  std::size_t samples_ = 0;
  std::size_t looked_at_ = 0;
};

}  // namespace livegate::session
