#include "sim/uplink_watch.h"

#include <algorithm>

namespace livegate::sim {
namespace {

// What may wait for a whole piece to be sent: 40 ms, and what is left over of a frame.
constexpr std::uint64_t kCollectedFramesMax = 5;

std::string frames_text(std::uint32_t first, std::uint32_t last) {
  return std::to_string(first) + ".." + std::to_string(last);
}

}  // namespace

void UplinkWatch::owe(std::uint32_t first, std::uint32_t last) {
  first = std::max(first, sent_ + 1);
  if (!owed_.empty()) first = std::max(first, owed_.back().last + 1);
  if (first > last) return;
  if (!owed_.empty() && owed_.back().last + 1 == first) {
    owed_.back().last = last;
  } else {
    owed_.push_back({first, last});
  }
}

std::uint64_t UplinkWatch::owed() const {
  std::uint64_t frames = 0;
  for (const Range& range : owed_) frames += range.last - range.first + 1;
  return frames;
}

UplinkWatch::Verdict UplinkWatch::heard(std::uint32_t first, std::uint32_t frames) {
  if (first < next_number_) return "the person's audio was handled twice";
  const std::uint32_t place = heard_ + 1;
  if (runs_.empty() || first != next_number_) runs_.push_back({first, place});
  next_number_ = first + frames;
  heard_ += frames;
  tally_.add(Count::frames_heard, frames);
  if (all_is_owed_ || speaking_) owe(place, heard_);
  return {};
}

std::optional<std::uint32_t> UplinkWatch::place_of(std::uint32_t number) const {
  auto run = std::ranges::upper_bound(runs_, number, {}, &Run::number);
  const std::uint32_t end = run == runs_.end() ? heard_ + 1 : run->place;
  if (run == runs_.begin()) return std::nullopt;
  --run;
  const std::uint32_t place = run->place + (number - run->number);
  return place < end ? std::optional(place) : std::nullopt;
}

void UplinkWatch::speech_started(std::int64_t at_ms) {
  speaking_ = true;
  kept_back_from_.reset();
  if (!all_is_owed_) owe(static_cast<std::uint32_t>(at_ms / 10), heard_);
}

UplinkWatch::Verdict UplinkWatch::speech_ended(std::int64_t at_ms, bool link_ready) {
  speaking_ = false;
  ended_ = true;
  if (all_is_owed_) return {};
  const auto end = static_cast<std::uint32_t>(at_ms / 10);
  // What was kept back turned out to be silence; so did what came after the end in the same packet.
  const std::uint32_t last = kept_back_from_ ? *kept_back_from_ - 1 : end;
  kept_back_from_.reset();
  while (!owed_.empty() && owed_.back().last > last) {
    if (owed_.back().first <= last) {
      owed_.back().last = last;
    } else {
      owed_.pop_back();
    }
  }
  if (link_ready && !owed_.empty()) {
    return "speech ended with frames " + frames_text(owed_.front().first, owed_.back().last) +
           " unsent";
  }
  return {};
}

void UplinkWatch::connecting(bool marks_activity) {
  away();
  marks_activity_ = marks_activity;
  activity_open_ = false;
  reader_ = {};
  epoch_last_ = 0;
}

UplinkWatch::Verdict UplinkWatch::sent_audio(std::span<const std::int16_t> samples) {
  frames_.clear();
  if (!reader_.read(samples, frames_)) return "a piece of speech was changed or torn";
  std::erase_if(frames_, [](const Frame& frame) { return frame.number == kNobodys; });
  if (marks_activity_ && !activity_open_) return "speech was sent outside of an activity";
  if (frames_.empty()) return {};
  for (Frame& frame : frames_) {
    const auto place = place_of(frame.number);
    if (!place) return "speech was sent that was never heard";
    frame.number = *place;
  }
  const std::uint32_t first = frames_.front().number;
  const std::uint32_t last = frames_.back().number;
  // All that was held is sent in one go; what does not fit of it is dropped, at its end too.
  if (away_ && !held_until_) held_until_ = heard_;
  tally_.add(Count::frames_sent, frames_.size());
  for (std::size_t i = 1; i < frames_.size(); ++i) {
    if (frames_[i].number == frames_[i - 1].number + 1) continue;
    // Held while the model was away: pieces of two utterances, or after a drop.
    if (frames_[i].number <= frames_[i - 1].number) return "frames of speech are out of order";
    if (!away_) return "a piece of speech has a gap";
  }
  if (first <= epoch_last_) {
    return "frames " + frames_text(first, std::min(epoch_last_, last)) +
           " were sent twice over one connection";
  }
  if (first <= sent_) tally_.add(Count::frames_repeated, std::min(sent_, last) - first + 1);
  // What is said again may leave out the silence at its end. Where all is owed settled() counts.
  const std::uint32_t due = std::max(epoch_last_, sent_) + 1;
  if (first > due && !ended_ && !away_ && !all_is_owed_) {
    return "frames " + frames_text(due, first - 1) + " are missing in mid-speech";
  }
  epoch_last_ = last;
  // What was owed before this and is not in it will not come.
  std::size_t at = 0;
  for (std::size_t i = 0; i < owed_.size(); ++i) {
    Range range = owed_[i];
    for (; range.first <= range.last; ++range.first) {
      while (at < frames_.size() && frames_[at].number < range.first) ++at;
      if (range.first > last) break;
      if (at < frames_.size() && frames_[at].number == range.first) continue;
      ++lost_;
    }
    owed_[i].first = range.first;
  }
  std::erase_if(owed_, [](const Range& range) { return range.first > range.last; });
  sent_ = std::max(sent_, last);
  ended_ = false;
  if (away_ && last > *held_until_) away_ = false;
  kept_back_from_.reset();
  return {};
}

UplinkWatch::Verdict UplinkWatch::sent_mark(std::string_view message) {
  if (message.find("activityStart") != std::string_view::npos) {
    if (activity_open_) return "an activity was begun twice";
    activity_open_ = true;
    return {};
  }
  if (message.find("activityEnd") != std::string_view::npos) {
    if (!activity_open_) return "an activity was ended that was not open";
    activity_open_ = false;
  }
  ended_ = true;
  if (speaking_ && !kept_back_from_) kept_back_from_ = sent_ + 1;
  return {};
}

UplinkWatch::Verdict UplinkWatch::settled(std::uint64_t dropped) const {
  if (lost_ * kFrameSamples <= dropped) return {};
  return std::to_string(lost_ * 10) + " ms of speech were lost, " +
         std::to_string(dropped * 10 / kFrameSamples) + " ms are counted as dropped";
}

UplinkWatch::Verdict UplinkWatch::ended(bool link_ready) const {
  if (!link_ready || owed() <= kCollectedFramesMax) return {};
  return std::to_string(owed() * 10) + " ms of speech were never sent";
}

}  // namespace livegate::sim
