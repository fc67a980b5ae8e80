// Whether the person's audio reaches the model whole: every 10 ms that the gateway took for speech
// is sent once, held, or dropped and counted; nothing twice over one connection; nothing outside of
// an activity where the gateway marks them.
//
// Told what the session hears and sends, in order. Leaves to others who broke what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session/session_config.h"
#include "sim/marked_audio.h"
#include "sim/tally.h"

namespace livegate::sim {

class UplinkWatch {
 public:
  // `all_is_owed`: everything heard has to be sent, as nobody tells speech from silence.
  // `is_told`: the client's wire says when speech begins and ends.
  UplinkWatch(bool all_is_owed, bool is_told, Tally& tally)
      : all_is_owed_(all_is_owed), is_told_(is_told), tally_(tally) {}

  // Empty, or what is wrong.
  using Verdict = std::string;

  // From the client, before it is handled. What a broken line swallowed leaves a gap.
  Verdict heard(std::uint32_t first, std::uint32_t frames);
  void speech_started(std::int64_t at_ms);
  Verdict speech_ended(std::int64_t at_ms, bool link_ready);
  void connecting(bool marks_activity);
  // The model does not answer: what it was told may be said again.
  void recovered() { epoch_last_ = 0, away(); }
  void link_lost() { away(); }
  Verdict sent_audio(std::span<const std::int16_t> samples);
  Verdict sent_mark(std::string_view message);  // activityStart, activityEnd, audioStreamEnd
  // After an event: `dropped` samples are counted by now.
  [[nodiscard]] Verdict settled(std::uint64_t dropped) const;
  // At the end: nothing is owed where the model has been there for a while.
  [[nodiscard]] Verdict ended(bool link_ready) const;

 private:
  struct Range {
    std::uint32_t first, last;  // both included
  };
  void away() { away_ = true, held_until_.reset(); }
  // Frames that came without a gap: from this number on, and the place of the first in all that was
  // heard, from 1. All that follows is counted in places.
  struct Run {
    std::uint32_t number, place;
  };
  [[nodiscard]] std::optional<std::uint32_t> place_of(std::uint32_t number) const;
  void owe(std::uint32_t first, std::uint32_t last);
  [[nodiscard]] std::uint64_t owed() const;

  const bool all_is_owed_, is_told_;
  Tally& tally_;
  FrameReader reader_;
  std::vector<Frame> frames_;
  std::vector<Run> runs_;          // ascending
  std::uint32_t next_number_ = 0;  // of the frame to be heard next
  std::uint32_t heard_ = 0;        // the newest
  std::uint32_t sent_ = 0;         // the newest
  std::uint32_t epoch_last_ = 0;   // the newest over this connection
  bool speaking_ = false;
  bool ended_ = true;  // an end was sent or told since the last piece
  bool away_ = false;  // the model was away, and nothing heard since then was sent
  std::optional<std::uint32_t> held_until_;  // ... the newest that had been heard by then
  bool marks_activity_ = false, activity_open_ = false;
  std::optional<std::uint32_t> kept_back_from_;  // since an end that may be taken back
  std::vector<Range> owed_;                      // ascending, apart
  std::uint64_t lost_ = 0;                       // frames that were owed and will not come
};

}  // namespace livegate::sim
