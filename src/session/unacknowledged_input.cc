#include "session/unacknowledged_input.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "audio/pcm.h"
#include "base/limits.h"

namespace livegate::session {
namespace {

constexpr std::size_t kEntrySamplesMax = audio::kUplinkRateHz;

constexpr std::size_t samples_of(Millis time) {
  return static_cast<std::size_t>(time.count()) * audio::kUplinkRateHz / 1000;
}

// What is typed in mid-speech stands between speech and its end.
bool is_spoken(const UnacknowledgedInput::Entry& entry) {
  return entry.kind != UnacknowledgedInput::Kind::message;
}

}  // namespace

void UnacknowledgedInput::speech(std::span<const std::int16_t> samples, bool voiced, bool sent) {
  while (!samples.empty()) {
    const bool fits = !entries_.empty() && !begin_anew_ && entries_.back().kind == Kind::speech &&
                      entries_.back().voiced == voiced && entries_.back().sent == sent &&
                      entries_.back().samples.size() < kEntrySamplesMax;
    if (!fits) {
      add({.kind = Kind::speech, .voiced = voiced, .sent = sent});
      entries_.back().samples.reserve(kEntrySamplesMax);
      begin_anew_ = false;
    }
    std::vector<std::int16_t>& into = entries_.back().samples;
    const std::size_t count = std::min(samples.size(), kEntrySamplesMax - into.size());
    into.insert(into.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
    (sent ? sent_samples_ : held_samples_) += count;
    samples = samples.subspan(count);
  }
  bound_speech();
}

void UnacknowledgedInput::end_of_speech(bool sent) {
  const auto newest = std::find_if(entries_.rbegin(), entries_.rend(), is_spoken);
  if (newest == entries_.rend() || newest->kind != Kind::speech) return;
  add({.kind = Kind::end_of_speech, .voiced = false, .sent = sent});
}

// What came before it is complete.
void UnacknowledgedInput::add(Entry entry) {
  if (!entries_.empty()) entries_.back().samples.shrink_to_fit();
  entry.place = next_place_++;
  entries_.push_back(std::move(entry));
}

void UnacknowledgedInput::retract_end() {
  if (!entries_.empty() && entries_.back().kind == Kind::end_of_speech) entries_.pop_back();
}

bool UnacknowledgedInput::message(std::string_view wire, Asks asks, bool sent) {
  const bool full = messages_ >= limits::kHeldMessagesMax ||
                    message_bytes_ + wire.size() > limits::kHeldMessageBytesMax;
  if (full && !sent) return false;
  if (wire.size() > limits::kHeldMessageBytesMax) return true;  // sent once, and never again
  add({.kind = Kind::message,
       .voiced = false,
       .sent = sent,
       .wire = std::string(wire),
       .asks = asks});
  ++messages_;
  message_bytes_ += wire.size();
  bound_messages();
  return true;
}

std::uint64_t UnacknowledgedInput::place() {
  begin_anew_ = true;
  return next_place_;
}

void UnacknowledgedInput::forget_until(std::uint64_t place) {
  while (!entries_.empty() && entries_.front().place < place) erase(entries_.begin());
  // The end of speech that was answered before it was known to have ended.
  erase_end_of_nothing(entries_.begin());
}

// The next end from here on, if no speech stands before it any more.
void UnacknowledgedInput::erase_end_of_nothing(std::deque<Entry>::iterator from) {
  const auto next = std::find_if(from, entries_.end(), is_spoken);
  if (next == entries_.end() || next->kind != Kind::end_of_speech) return;
  const auto before = std::find_if(std::make_reverse_iterator(next), entries_.rend(), is_spoken);
  if (before == entries_.rend() || before->kind != Kind::speech) erase(next);
}

void UnacknowledgedInput::all_sent() {
  for (Entry& entry : entries_) entry.sent = true;
  sent_samples_ += std::exchange(held_samples_, 0);
  dropped_ = 0;
  bound_speech();
}

void UnacknowledgedInput::clear() {
  const std::uint64_t next = next_place_;
  *this = UnacknowledgedInput();
  next_place_ = next;
}

void UnacknowledgedInput::bound_speech() {
  constexpr std::size_t kHeldMax = samples_of(limits::kUplinkHeldMax);
  constexpr std::size_t kRepeatedMax = samples_of(limits::kUplinkRepeatedMax);
  if (sent_samples_ > kRepeatedMax) {
    drop_front(/*sent=*/true, /*voiced_too=*/true, sent_samples_ - kRepeatedMax);
  }
  if (held_samples_ <= kHeldMax) return;
  const std::size_t before = held_samples_;
  drop_front(/*sent=*/false, /*voiced_too=*/false, held_samples_ - kHeldMax);
  if (held_samples_ > kHeldMax) {
    drop_front(/*sent=*/false, /*voiced_too=*/true, held_samples_ - kHeldMax);
  }
  dropped_ += before - held_samples_;
}

void UnacknowledgedInput::drop_front(bool sent, bool voiced_too, std::size_t samples) {
  std::size_t& total = sent ? sent_samples_ : held_samples_;
  for (auto entry = entries_.begin(); entry != entries_.end() && samples > 0;) {
    if (entry->kind != Kind::speech || entry->sent != sent || (entry->voiced && !voiced_too)) {
      ++entry;
      continue;
    }
    const std::size_t count = std::min(samples, entry->samples.size());
    entry->samples.erase(entry->samples.begin(),
                         entry->samples.begin() + static_cast<std::ptrdiff_t>(count));
    total -= count;
    samples -= count;
    if (!entry->samples.empty()) return;
    entry = erase(entry);
    const auto at = entry - entries_.begin();
    erase_end_of_nothing(entry);
    entry = entries_.begin() + at;
  }
}

void UnacknowledgedInput::bound_messages() {
  while (messages_ > limits::kHeldMessagesMax || message_bytes_ > limits::kHeldMessageBytesMax) {
    erase(std::find_if(entries_.begin(), entries_.end(),
                       [](const Entry& entry) { return entry.kind == Kind::message; }));
  }
}

std::deque<UnacknowledgedInput::Entry>::iterator UnacknowledgedInput::erase(
    std::deque<Entry>::iterator entry) {
  if (entry->kind == Kind::speech) {
    (entry->sent ? sent_samples_ : held_samples_) -= entry->samples.size();
  } else if (entry->kind == Kind::message) {
    --messages_;
    message_bytes_ -= entry->wire.size();
  }
  return entries_.erase(entry);
}

}  // namespace livegate::session
