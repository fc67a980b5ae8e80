#include "proto/model_facts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <variant>

namespace livegate::proto {
namespace {

constexpr std::string_view kBoolean = "true or false";
constexpr std::string_view kTime = "milliseconds, 0 to 60000";
constexpr std::int64_t kTimeMaxMs = 60'000;

constexpr std::string_view kRecordings = "recordings of autumn 2026";
constexpr std::string_view kGuide = "the service's guide of each model";

constexpr std::array<std::string_view, 2> kPaces = {"burst", "real_time"};
constexpr std::array<std::string_view, 3> kPlaces = {"with_audio", "ahead", "whole_first"};
constexpr std::array<std::string_view, 4> kToolUses = {
    "blocking_only", "blocking_unless_said", "non_blocking_unless_said", "non_blocking_only"};
constexpr std::array<std::string_view, 4> kThinking = {"any", "level", "level_from_low", "budget"};

using Member = std::variant<bool ModelProfile::*, Millis ModelProfile::*, Pace ModelProfile::*,
                            TranscriptPlace ModelProfile::*, ToolUse ModelProfile::*,
                            Thinking ModelProfile::*>;

struct Described {
  ModelFact fact;
  Member member;
};

using P = ModelProfile;
using enum Certainty;

constexpr std::array kFacts = {
    Described{{"stream_end_ends_turn", "audioStreamEnd, or audio that stops, ends the turn",
               kBoolean, recorded, "recordings of 3.8 (n=9) and 3.1; reports for 2.5"},
              &P::stream_end_ends_turn},
    Described{{"turn_silence_ms", "silence that ends the person's turn by the model's detector",
               kTime, recorded, "pauses of 1.0 s ended 24 of 24 turns"},
              &P::turn_silence},
    Described{{"takes_silence_duration", "silenceDurationMs sets that silence", kBoolean, reported,
               "reports for 3.1; assumed elsewhere"},
              &P::takes_silence_duration},
    Described{{"marks_refused", "activityStart under automatic detection closes 1007", kBoolean,
               recorded, "recordings of 3.8 and its thinking variant (n=1-2)"},
              &P::marks_refused},
    Described{{"turns", "the model takes turns; false: it speaks continuously", kBoolean,
               documented, kGuide},
              &P::turns},
    Described{{"voice_activity", "the model sends voiceActivity", kBoolean, cassette, kRecordings},
              &P::voice_activity},
    Described{{"pace", "how fast the audio of a reply arrives", "burst or real_time", recorded,
               kRecordings},
              &P::pace},
    Described{{"starvation_ms", "a pause in a reply that is no stall", kTime, recorded,
               "pauses of 0.75 s and more on models that speak in real time"},
              &P::starvation},
    Described{{"first_audio_patience_ms", "a reply that begins later is a stall", kTime, recorded,
               "first sound after 6.3 s at most; 1.8 s at the 95th percentile of 3.8"},
              &P::first_audio_patience},
    Described{
        {"first_audio_patience_min_ms", "the shortest patience that fast replies bring it down to",
         kTime, assumed, kRecordings},
        &P::first_audio_patience_min},
    Described{{"transcript", "where the words of a reply stand", "with_audio, ahead or whole_first",
               recorded, kRecordings},
              &P::transcript},
    Described{{"idle_by_status", "interactionStatus says when a reply is over", kBoolean, recorded,
               "recordings of the thinking variant of 3.8 (n=6)"},
              &P::idle_by_status},
    Described{
        {"always_proactive", "proactiveAudio cannot be switched off", kBoolean, documented, kGuide},
        &P::always_proactive},
    Described{{"blank_text_asks", "a blank realtimeInput.text makes the model continue", kBoolean,
               reported, "reports; 2.5 takes an empty clientContent instead"},
              &P::blank_text_asks},
    Described{{"many_parts", "one message holds several facts", kBoolean, recorded, kRecordings},
              &P::many_parts},
    Described{
        {"empty_frames", "{} comes before messages with content", kBoolean, recorded, kRecordings},
        &P::empty_frames},
    Described{{"tools", "which calls stop the model until they are answered",
               "blocking_only, blocking_unless_said, non_blocking_unless_said or non_blocking_only",
               documented, kGuide},
              &P::tools},
    Described{{"takes_tools", "tools may be declared", kBoolean, documented, kGuide},
              &P::takes_tools},
    Described{{"takes_scheduling", "a toolResponse may carry scheduling", kBoolean, recorded,
               "the thinking variant of 3.8 closes 1007"},
              &P::takes_scheduling},
    Described{{"takes_will_continue", "a toolResponse may carry willContinue", kBoolean, recorded,
               "the thinking variant of 3.8 drops the call; 3.8 answers"},
              &P::takes_will_continue},
    Described{{"call_ends_turn", "the turn that calls a tool ends before the answer", kBoolean,
               recorded, kRecordings},
              &P::call_ends_turn},
    Described{
        {"takes_thinking", "thinkingConfig may be set", kBoolean, recorded, "3.8 closes 1007"},
        &P::takes_thinking},
    Described{{"thinking", "which thinkingConfig", "any, level, level_from_low or budget",
               documented, kGuide},
              &P::thinking},
    Described{{"takes_video", "pictures may be sent", kBoolean, documented, kGuide},
              &P::takes_video},
    Described{{"content_any_time", "clientContent is taken after the first turn", kBoolean,
               documented, kGuide},
              &P::content_any_time},
    Described{{"affective_dialog", "enableAffectiveDialog is taken", kBoolean, documented, kGuide},
              &P::affective_dialog},
    Described{{"media_chunks", "realtimeInput.mediaChunks is taken", kBoolean, documented, kGuide},
              &P::media_chunks},
};

constexpr std::array<ModelFact, kFacts.size()> facts_of() {
  std::array<ModelFact, kFacts.size()> facts{};
  for (std::size_t i = 0; i < kFacts.size(); ++i) facts[i] = kFacts[i].fact;
  return facts;
}
constexpr std::array kPublished = facts_of();

const Described* find(std::string_view fact) {
  const auto found =
      std::ranges::find(kFacts, fact, [](const Described& each) { return each.fact.name; });
  return found == kFacts.end() ? nullptr : &*found;
}

// The names of an enumeration's values, in its order.
template <class E>
std::span<const std::string_view> names_of();
template <>
std::span<const std::string_view> names_of<Pace>() {
  return kPaces;
}
template <>
std::span<const std::string_view> names_of<TranscriptPlace>() {
  return kPlaces;
}
template <>
std::span<const std::string_view> names_of<ToolUse>() {
  return kToolUses;
}
template <>
std::span<const std::string_view> names_of<Thinking>() {
  return kThinking;
}

bool parse(std::string_view text, bool& value) {
  if (text != "true" && text != "false") return false;
  value = text == "true";
  return true;
}

bool parse(std::string_view text, Millis& value) {
  std::int64_t ms = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (code != std::errc() || end != text.data() + text.size()) return false;
  if (ms < 0 || ms > kTimeMaxMs) return false;
  value = Millis(ms);
  return true;
}

template <class E>
requires std::is_enum_v<E>
bool parse(std::string_view text, E& value) {
  const auto names = names_of<E>();
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return false;
  value = static_cast<E>(found - names.begin());
  return true;
}

std::string print(bool value) { return value ? "true" : "false"; }
std::string print(Millis value) { return std::to_string(value.count()); }
template <class E>
requires std::is_enum_v<E> std::string print(E value) {
  return '"' + std::string(names_of<E>()[static_cast<std::size_t>(value)]) + '"';
}

bool is_for(std::string_view pattern, std::string_view model) {
  if (!pattern.ends_with('*')) return pattern == model;
  return model.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

std::string_view name(Certainty certainty) {
  constexpr std::array<std::string_view, 5> kNames = {"recorded", "cassette", "reported",
                                                      "documented", "assumed"};
  return kNames[static_cast<std::size_t>(certainty)];
}

std::span<const ModelFact> model_facts() { return kPublished; }

std::string fact_value(const ModelProfile& profile, std::string_view fact) {
  const Described* const found = find(fact);
  if (found == nullptr) return {};
  return std::visit([&](auto member) { return print(profile.*member); }, found->member);
}

Result<Done, std::string> set_fact(ModelProfile& profile, std::string_view fact,
                                   std::string_view value) {
  const Described* const found = find(fact);
  if (found == nullptr) {
    std::string known;
    for (const ModelFact& each : kPublished) {
      known += (known.empty() ? "" : ", ") + std::string(each.name);
    }
    return Unexpected{"there is no fact '" + std::string(fact) + "'; there are " + known + "."};
  }
  const bool parsed =
      std::visit([&](auto member) { return parse(value, profile.*member); }, found->member);
  if (parsed) return Done{};
  return Unexpected{std::string(fact) + " is '" + std::string(value) + "'; it must be " +
                    std::string(found->fact.allowed) + "."};
}

ModelProfile profile_of(std::string_view model, std::span<const FactOverride> overrides) {
  ModelProfile profile = profile_of(model);
  for (const FactOverride& each : overrides) {
    if (is_for(each.model, bare_model_name(model))) {
      (void)set_fact(profile, each.fact, each.value);
    }
  }
  return profile;
}

}  // namespace livegate::proto
