// How many replies may be asked for in vain. A reply to an end of speech that was taken back has
// cost tokens: announcing ends early is worth some of them, and a setting says how many.
//
// A bucket: each turn that was really over puts `share` of a reply in, each early end that was
// taken back takes one out; at most two are saved up, and a session begins with one.
#pragma once

#include <algorithm>

namespace livegate::session {

class SpeculationBudget {
 public:
  // `share`: replies in vain per real one, 0..1; 0 allows none.
  explicit SpeculationBudget(double share) : share_(share), left_(share > 0 ? 1.0 : 0.0) {}

  [[nodiscard]] bool allows_one() const { return left_ >= 1.0 - kRounding; }
  void retracted() { left_ -= 1.0; }
  void turn_over() { left_ = std::min(left_ + share_, kSavedMax); }

 private:
  static constexpr double kSavedMax = 2.0;
  static constexpr double kRounding = 1e-9;  // ten tenths are one

  double share_;
  double left_;
};

}  // namespace livegate::session
