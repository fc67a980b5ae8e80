// The facts of a model by their names: how a configuration overrides one, a report prints one, and
// a probe compares what it has seen with what is assumed.
//
// Decides which facts have a name and how a value of each is written. Leaves what a fact means for
// a conversation to those who read ModelProfile.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proto/model_profile.h"

namespace livegate::proto {

// How sure a fact is, by where it comes from.
enum class Certainty : std::uint8_t {
  recorded,    // raw frames recorded below an SDK
  cassette,    // frames of somebody's test suite, recorded at the real service
  reported,    // users say so
  documented,  // the service's documentation says so
  assumed,     // nobody has measured it: the value is the cautious one
};
[[nodiscard]] std::string_view name(Certainty certainty);

struct ModelFact {
  std::string_view name;     // as in the configuration: "stream_end_ends_turn"
  std::string_view meaning;  // one sentence
  std::string_view allowed;  // "true or false", "milliseconds, 0 to 60000", ...
  Certainty certainty;
  std::string_view source;
};

// All of them, in the order in which a report lists them.
[[nodiscard]] std::span<const ModelFact> model_facts();

// The value of the fact called `fact`, as TOML writes it; empty if there is no such fact.
[[nodiscard]] std::string fact_value(const ModelProfile& profile, std::string_view fact);

// Sets one fact from its text (without quotes). The error is one sentence that says what is
// allowed.
[[nodiscard]] Result<Done, std::string> set_fact(ModelProfile& profile, std::string_view fact,
                                                 std::string_view value);

// A fact that an installation knows better than the table, of one model or of a family
// ("gemini-3*").
struct FactOverride {
  std::string model;  // without "models/"
  std::string fact;
  std::string value;
};
// profile_of(model) with the overrides that are for this model, in their order; those that cannot
// be set are left out.
[[nodiscard]] ModelProfile profile_of(std::string_view model,
                                      std::span<const FactOverride> overrides);

}  // namespace livegate::proto
