// What one turn of a model used, by direction and modality, out of what the service reports of it.
//
// The parts of a report need not add up: recorded ones leave 5 to 65 % of the prompt out of its
// details, thoughts stand apart and are in the total or not, details may lack counts. So the total
// is used only where there is nothing else; what the details leave out of their sum is kept as
// `other` and priced as the dearest of its direction; thoughts are a kind of their own. Where the
// details say more than their sum, they stand.
//
// Decides what is counted as what. Leaves money to price_table.h, and which report belongs to which
// turn to session_meter.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proto/gemini.h"

namespace livegate::meter {

enum class Kind : std::uint8_t {
  text_in,
  audio_in,
  image_in,  // pictures, video and documents
  other_in,  // that the service does not break down
  text_out,
  audio_out,
  other_out,
  thoughts,
  count_,
};
inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::count_);

// As metrics and reports label them: "in", "out"; "text", "audio", "image", "other", "thoughts".
[[nodiscard]] std::string_view direction(Kind kind);
[[nodiscard]] std::string_view modality(Kind kind);

// Of one kind in one turn there are no more: eighty times the largest context. A number of the
// service above it counts as it, a negative one as none.
inline constexpr std::int64_t kTokensPerTurnMax = 10'000'000;

// Counts; negative ones only in a correction.
struct Tokens {
  std::array<std::int64_t, kKinds> of{};

  [[nodiscard]] std::int64_t& operator[](Kind kind) { return of[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] std::int64_t operator[](Kind kind) const {
    return of[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::int64_t in() const;
  [[nodiscard]] std::int64_t out() const;  // with thoughts
  [[nodiscard]] std::int64_t sum() const { return in() + out(); }
  Tokens& operator+=(const Tokens& other);
  Tokens& operator-=(const Tokens& other);
  bool operator==(const Tokens&) const = default;
};

[[nodiscard]] Tokens tokens_of(const proto::Usage& report);

// Two reports of one turn, such as one that came in parts or twice: the larger number of each kind
// counts, so that nothing is counted twice.
[[nodiscard]] Tokens merged(const Tokens& a, const Tokens& b);

}  // namespace livegate::meter
