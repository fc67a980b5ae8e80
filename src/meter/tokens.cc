#include "meter/tokens.h"

#include <algorithm>

namespace livegate::meter {
namespace {

struct Name {
  std::string_view direction, modality;
};
constexpr std::array<Name, kKinds> kNames = {{{"in", "text"},
                                              {"in", "audio"},
                                              {"in", "image"},
                                              {"in", "other"},
                                              {"out", "text"},
                                              {"out", "audio"},
                                              {"out", "other"},
                                              {"out", "thoughts"}}};

std::int64_t plausible(std::int64_t count) {
  return std::clamp<std::int64_t>(count, 0, kTokensPerTurnMax);
}

}  // namespace

std::string_view direction(Kind kind) { return kNames[static_cast<std::size_t>(kind)].direction; }
std::string_view modality(Kind kind) { return kNames[static_cast<std::size_t>(kind)].modality; }

std::int64_t Tokens::in() const {
  return (*this)[Kind::text_in] + (*this)[Kind::audio_in] + (*this)[Kind::image_in] +
         (*this)[Kind::other_in];
}

std::int64_t Tokens::out() const {
  return (*this)[Kind::text_out] + (*this)[Kind::audio_out] + (*this)[Kind::other_out] +
         (*this)[Kind::thoughts];
}

Tokens& Tokens::operator+=(const Tokens& other) {
  for (std::size_t i = 0; i < kKinds; ++i) of[i] += other.of[i];
  return *this;
}

Tokens& Tokens::operator-=(const Tokens& other) {
  for (std::size_t i = 0; i < kKinds; ++i) of[i] -= other.of[i];
  return *this;
}

Tokens tokens_of(const proto::Usage& report) {
  Tokens tokens;
  const auto& in = report.prompt_by;
  tokens[Kind::text_in] = plausible(in.text);
  tokens[Kind::audio_in] = plausible(in.audio);
  tokens[Kind::image_in] = plausible(in.visual);
  tokens[Kind::other_in] = plausible(in.other);
  tokens[Kind::other_in] =
      plausible(tokens[Kind::other_in] +
                std::max<std::int64_t>(0, plausible(report.prompt_tokens) - tokens.in()));
  // What a tool of the service has brought into the prompt is text, and stands beside it.
  tokens[Kind::text_in] = plausible(tokens[Kind::text_in] + plausible(report.tool_use_tokens));
  const auto& out = report.response_by;
  tokens[Kind::text_out] = plausible(out.text);
  tokens[Kind::audio_out] = plausible(out.audio);
  tokens[Kind::other_out] = plausible(plausible(out.visual) + plausible(out.other));
  tokens[Kind::other_out] =
      plausible(tokens[Kind::other_out] +
                std::max<std::int64_t>(0, plausible(report.response_tokens) - tokens.out()));
  tokens[Kind::thoughts] = plausible(report.thoughts_tokens);
  // Nothing but a total: of whatever it is, it is all there is.
  if (tokens.sum() == 0) tokens[Kind::other_out] = plausible(report.total_tokens);
  return tokens;
}

Tokens merged(const Tokens& a, const Tokens& b) {
  // What one report leaves to `other` the other one may name: the sum of a direction is what the
  // larger report says.
  Tokens both;
  for (std::size_t i = 0; i < kKinds; ++i) both.of[i] = std::max(a.of[i], b.of[i]);
  const auto fit = [](std::int64_t& other, std::int64_t sum, std::int64_t wanted) {
    other = std::max<std::int64_t>(0, other - std::max<std::int64_t>(0, sum - wanted));
  };
  fit(both[Kind::other_in], both.in(), std::max(a.in(), b.in()));
  const auto said = [](const Tokens& t) { return t.out() - t[Kind::thoughts]; };
  fit(both[Kind::other_out], said(both), std::max(said(a), said(b)));
  return both;
}

}  // namespace livegate::meter
