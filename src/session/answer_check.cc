#include "session/answer_check.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace livegate::session {
namespace {

// The longest markup that was recorded has 11 characters.
constexpr std::size_t kMarkupBytesMax = 64;

// Below -48 dBFS at its peak nothing of a voice is heard.
constexpr int kAudiblePeak = 128;
// What is shorter is a click: about half of the replies begin with one sample.
constexpr std::size_t kClickSamples = 240;    // 10 ms
constexpr std::size_t kSpokenSamples = 6000;  // 250 ms: a reply, if anybody could hear it

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

std::string_view name(NoAnswer kind) {
  constexpr std::array<std::string_view, 5> kNames = {"no_speech", "rejected", "text_only",
                                                      "inaudible", "holding_line"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view sentence(NoAnswer kind) {
  constexpr std::array<std::string_view, 5> kSentences = {
      "The model has chosen to say nothing.", "The model has rejected its own answer.",
      "The model has written its answer instead of saying it.",
      "The model has answered with sound that cannot be heard.",
      "The model is still at work on its answer."};
  return kSentences[static_cast<std::size_t>(kind)];
}

bool is_audible(std::span<const std::int16_t> samples) {
  return std::ranges::any_of(
      samples, [](std::int16_t sample) { return std::abs(int{sample}) >= kAudiblePeak; });
}

std::string_view MarkupFilter::push(std::string_view fragment) {
  shown_.clear();
  for (const char c : fragment) {
    if (open_.empty()) {
      (c == '<' || c == '{' ? open_ : shown_) += c;
      continue;
    }
    open_ += c;
    const bool closes = c == (open_.front() == '<' ? '>' : '}');
    if (!closes && open_.size() <= kMarkupBytesMax) continue;
    if (!closes) shown_ += open_;
    open_.clear();
  }
  return shown_;
}

std::string_view MarkupFilter::finish() {
  shown_ = open_;
  open_.clear();
  return shown_;
}

void MarkupFilter::reset() {
  open_.clear();
  shown_.clear();
}

void AnswerCheck::begin() { *this = AnswerCheck{}; }

void AnswerCheck::words(std::string_view all, std::string_view visible) {
  if (!is_blank(visible)) {
    words_ = true;
  } else if (!is_blank(all)) {
    markup_ = true;
  }
}

void AnswerCheck::audio(std::span<const std::int16_t> samples) {
  looked_at_ += samples.size();
  audible_ |= is_audible(samples);
}

std::optional<NoAnswer> AnswerCheck::verdict() const {
  if (calls_ || audible_) return std::nullopt;
  const bool silent = looked_at_ == samples_;  // all of the sound was looked at
  if (!silent) return std::nullopt;
  if (samples_ >= kSpokenSamples)
    return markup_ && !words_ ? NoAnswer::no_speech : NoAnswer::inaudible;
  if (words_) return samples_ < 2 ? std::optional(NoAnswer::text_only) : std::nullopt;
  if (markup_ || samples_ == 1 || samples_ >= kClickSamples) return NoAnswer::no_speech;
  return std::nullopt;
}

}  // namespace livegate::session
