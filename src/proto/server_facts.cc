#include "proto/server_facts.h"

namespace livegate::proto {
namespace {

Fact fact_of(const UnknownMember& member) {
  if (member.path.empty()) return Fact::unknown_on_top;
  if (member.path == "voiceActivity") return Fact::unknown_in_activity;
  return member.path.starts_with("serverContent.modelTurn") ? Fact::unknown_in_content
                                                            : Fact::unknown_elsewhere;
}

}  // namespace

FactSet facts_of(const ServerMessage& m) {
  FactSet facts;
  facts.add(Fact::setup_complete, m.setup_complete);
  facts.add(Fact::resumption, m.resumption.has_value());
  facts.add(Fact::activity, m.activity.has_value());
  facts.add(Fact::input_transcription, m.input_transcription.has_value());
  facts.add(Fact::interim_input_transcription, m.interim_input_transcription.has_value());
  facts.add(Fact::interrupted, m.interrupted);
  facts.add(Fact::media, !m.media.empty());
  facts.add(Fact::text, !m.text.empty());
  facts.add(Fact::thoughts, !m.thoughts.empty());
  facts.add(Fact::output_transcription, m.output_transcription.has_value());
  facts.add(Fact::cancelled_calls, !m.cancelled_call_ids.empty());
  facts.add(Fact::function_calls, !m.function_calls.empty());
  facts.add(Fact::generation_complete, m.generation_complete);
  facts.add(Fact::turn_complete, m.turn_complete);
  facts.add(Fact::waiting_for_input, m.waiting_for_input);
  facts.add(Fact::turn_complete_reason, !m.turn_complete_reason.empty());
  facts.add(Fact::interaction_status, !m.interaction_status.empty());
  facts.add(Fact::usage, m.usage.has_value());
  facts.add(Fact::go_away, m.go_away_time_left.has_value());
  for (const UnknownMember& member : m.unknown) facts.add(fact_of(member));
  return facts;
}

}  // namespace livegate::proto
