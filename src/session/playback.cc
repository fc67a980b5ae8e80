#include "session/playback.h"

#include <algorithm>
#include <utility>

#include "audio/pcm.h"
#include "base/limits.h"

namespace livegate::session {
namespace {

constexpr std::int64_t kSamplesPerMs = audio::kDownlinkRateHz / 1000;

// The tail of a reply that may still sound when the next one begins is no part of that one.
std::int64_t elapsed_samples(Instant from, Instant to) {
  return std::max<std::int64_t>(0, elapsed(from, to).count() * kSamplesPerMs);
}

// Speech has some 15 bytes of text a second, in Latin letters and in others.
constexpr double kSamplesPerByte = audio::kDownlinkRateHz / 15.0;
constexpr std::size_t kWordsToLearnFrom = 40;
// What is longer without a space is cut within.
constexpr std::size_t kWordBytesMax = 24;

bool is_middle_of_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The end of the word that `at` stands in, if more than half of it lies before that; else its
// beginning.
std::size_t end_of_word(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  const std::size_t space = at == 0 ? std::string_view::npos : text.rfind(' ', at - 1);
  const std::size_t begin = space == std::string_view::npos ? 0 : space + 1;
  std::size_t end = text.find(' ', at);
  end = end == std::string_view::npos ? text.size() : end + 1;
  if (end - begin <= kWordBytesMax) return 2 * (at - begin) > end - begin ? end : begin;
  while (at > 0 && is_middle_of_character(text[at])) --at;
  return at;
}

}  // namespace

Playback::Playback() : samples_per_byte_(kSamplesPerByte) {}

void Playback::begin_reply() {
  // After a flush nobody knows to the sample what was played: the reports do.
  before_ = flushed_ ? reported_ : before_ + sent_;
  ++replies_;
  complete_ = flushed_ = false;
  sent_ = 0;
  reported_at_.reset();
  first_sent_.reset();
  words_.clear();
}

void Playback::sent(std::int64_t samples, Instant now) {
  if (flushed_) return;
  if (!first_sent_) first_sent_ = now;
  sent_ += samples;
}

void Playback::sent_words(std::string_view text) {
  if (flushed_ || words_.size() + text.size() > limits::kHeardTextBytesMax) return;
  words_ += text;
}

void Playback::complete() {
  if (std::exchange(complete_, true) || flushed_ || words_.size() < kWordsToLearnFrom) return;
  const double found = static_cast<double>(sent_) / static_cast<double>(words_.size());
  samples_per_byte_ = std::clamp(found, kSamplesPerByte / 3, kSamplesPerByte * 3);
}

void Playback::reported(std::int64_t samples_of_all, Instant now) {
  reported_ = std::max(reported_, samples_of_all);
  if (!first_sent_) {
    before_ = std::max(before_, std::min(reported_, before_ + sent_));
    return;
  }
  if (reported_ > before_) reported_at_ = now;
}

void Playback::listener_returned(Instant now) {
  if (!left_at_) return;
  // The clock stood still between its reports.
  const Millis away = elapsed(*left_at_, now);
  if (reported_at_) reported_at_ = now;
  if (first_sent_) first_sent_ = std::min(now, *first_sent_ + away);
  left_at_.reset();
}

void Playback::flushed(Instant now) {
  if (flushed_) return;
  played_at_flush_ = played_samples(now);
  flushed_ = true;
}

bool Playback::is_playing(Instant now) const {
  return first_sent_ && !flushed_ && (!complete_ || played_samples(now) < sent_);
}

Instant Playback::plays_until(Instant now) const {
  return now + Millis(std::max<std::int64_t>(0, sent_ - played_samples(now)) / kSamplesPerMs);
}

std::int64_t Playback::played_samples(Instant now) const {
  if (flushed_) return played_at_flush_;
  if (!first_sent_) return 0;
  if (left_at_) return reported_at_ ? std::clamp<std::int64_t>(reported_ - before_, 0, sent_) : 0;
  if (!reported_at_) return std::min(sent_, elapsed_samples(*first_sent_, now));
  return std::clamp<std::int64_t>(reported_ - before_ + elapsed_samples(*reported_at_, now), 0,
                                  sent_);
}

Millis Playback::played(Instant now) const { return Millis(played_samples(now) / kSamplesPerMs); }

std::optional<Millis> Playback::left(Instant now) const {
  if (!complete_) return std::nullopt;
  return Millis((sent_ - played_samples(now)) / kSamplesPerMs);
}

std::string Playback::heard_words(Instant now) const {
  const std::int64_t played = played_samples(now);
  if (played <= 0 || words_.empty()) return {};
  double length = static_cast<double>(sent_);
  if (!complete_) {
    length = std::max(length, static_cast<double>(words_.size()) * samples_per_byte_);
  }
  const double share = std::min(1.0, static_cast<double>(played) / length);
  const auto heard = static_cast<std::size_t>(share * static_cast<double>(words_.size()));
  return words_.substr(0, end_of_word(words_, heard));
}

}  // namespace livegate::session
