// Of probe_judges.h: setups, tools, input and the rest.
#include <algorithm>
#include <array>

#include "cli/probe_cases.h"
#include "cli/probe_judges_impl.h"

namespace livegate::cli {
namespace {

// Whether a setup was taken: true or false, with how it was closed.
Seen setup_taken(const ProbeRecord& record) {
  if (const ProbeEvent* closed = record.closed()) return seen(false, close_text(*closed));
  if (record.has(Sign::setup_complete)) return seen(true, "setupComplete");
  return unknown_of(record, "setup was not answered");
}

// Whether a message was taken: not closed within the time that the case waits.
Seen message_taken(const ProbeRecord& record, Sign sent) {
  if (!record.has(sent)) return unknown_of(record, "it could not be sent");
  if (const ProbeEvent* closed = record.closed()) return seen(false, close_text(*closed));
  return seen(true, "no close after " + std::string(sign_name(sent)));
}

// Whether what was sent in mid-session made the model speak.
Seen message_asks(const ProbeRecord& record, Sign sent) {
  const ProbeEvent* at = record.last(sent);
  if (at == nullptr) return unknown_of(record, "there was no first turn");
  if (const ProbeEvent* reply = record.reply(at->ms)) {
    return seen(true, std::string(sign_name(reply->sign)) + " " + after_ms(reply->ms - at->ms) +
                          " after " + std::string(sign_name(sent)));
  }
  if (const ProbeEvent* closed = record.closed()) return seen(false, close_text(*closed));
  return seen(false, "nothing within 8 s of " + std::string(sign_name(sent)));
}

// The first sound of what follows `asked`. Of a model that was speaking already, only what comes in
// a turn of its own.
const ProbeEvent* answer_to(const ProbeRecord& record, const ProbeEvent& asked) {
  constexpr double kQuietMs = 1000;
  bool was_speaking = false;
  for (const ProbeEvent& event : record.events) {
    const bool ends = event.sign == Sign::turn_complete || event.sign == Sign::holding;
    if (event.sign == Sign::audio && event.ms >= asked.ms && !was_speaking) return &event;
    if (event.sign == Sign::audio && event.ms < asked.ms && event.ms > asked.ms - kQuietMs) {
      was_speaking = true;
    }
    if (ends) was_speaking = false;
  }
  return nullptr;
}

std::string any_reply(const ProbeRecords& records) {
  for (const auto& [name, record] : records) {
    if (record.has(Sign::turn_complete)) return name;
  }
  return {};
}

}  // namespace

Seen see_idle_by_status(const ProbeRecords& records) {
  for (const auto& [name, record] : records) {
    if (record.has(Sign::status)) return seen(true, "interactionStatus in \"" + name + "\"");
  }
  if (any_reply(records).empty()) return unknown("no turn was completed");
  return seen(false, "turnComplete without interactionStatus");
}

Seen see_always_proactive(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "proactive");
  const ProbeEvent* closed = record.closed();
  if (closed == nullptr) {
    if (record.has(Sign::setup_complete)) return seen(false, "proactiveAudio false is taken");
    return unknown_of(record, "setup was not answered");
  }
  // A model without the setting refuses its name, and is not always proactive.
  return seen(closed->note.find("Unknown name") == std::string::npos, close_text(*closed));
}

Seen see_blank(const ProbeRecords& records) {
  return message_asks(record_of(records, "blank"), Sign::blank);
}

Seen see_many_parts(const ProbeRecords& records) {
  bool any_audio = false;
  for (const auto& [name, record] : records) {
    const ProbeEvent* before = nullptr;
    for (const ProbeEvent& event : record.events) {
      any_audio = any_audio || event.sign == Sign::audio;
      const bool is_content = event.sign == Sign::audio || event.sign == Sign::words ||
                              event.sign == Sign::generation_complete ||
                              event.sign == Sign::turn_complete || event.sign == Sign::holding ||
                              event.sign == Sign::heard || event.sign == Sign::interrupted;
      if (!is_content) continue;
      if (before != nullptr && before->message == event.message && before->sign != event.sign) {
        return seen(true, std::string(sign_name(before->sign)) + " and " +
                              std::string(sign_name(event.sign)) + " in one message");
      }
      before = &event;
    }
  }
  if (!any_audio) return unknown("no reply came");
  return seen(false, "each message says one thing");
}

Seen see_empty_frames(const ProbeRecords& records) {
  for (const auto& [name, record] : records) {
    if (record.has(Sign::empty)) return seen(true, "{} in \"" + name + "\"");
  }
  if (any_reply(records).empty()) return unknown("no turn was completed");
  return seen(false, "none in any reply");
}

Seen see_blocking_refused(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "blocking");
  if (see_takes_tools(records).value == "false") return unknown("no tools are taken");
  Seen taken = setup_taken(record);
  if (taken.value) taken.value = *taken.value == "true" ? "false" : "true";
  if (taken.value == "false") taken.evidence = "BLOCKING is taken";
  return taken;
}

Seen see_takes_tools(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "call");
  if (record.has(Sign::setup_complete)) return seen(true, "setupComplete");
  return setup_taken(record);
}

Seen see_scheduling(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "scheduling");
  if (!record.has(Sign::tool_response)) return unknown_of(record, "the model called no tool");
  return message_taken(record, Sign::tool_response);
}

Seen see_will_continue(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "will_continue");
  const ProbeEvent* interim = record.first(Sign::tool_response);
  const ProbeEvent* last = record.last(Sign::tool_response);
  if (interim == nullptr) return unknown_of(record, "the model called no tool");
  if (const ProbeEvent* closed = record.closed()) return seen(false, close_text(*closed));
  if (interim == last) return unknown("the last answer could not be sent");
  if (const ProbeEvent* audio = answer_to(record, *last)) {
    return seen(true, "audio " + after_ms(audio->ms - last->ms) + " after the last answer");
  }
  // A model that speaks of no tool's answer would look the same.
  const ProbeRecord& plain = record_of(records, "call");
  const ProbeEvent* answered = plain.first(Sign::tool_response);
  if (answered == nullptr || plain.first(Sign::audio, answered->ms) == nullptr) {
    return unknown("an answer without it was not spoken either");
  }
  return seen(false, "the call's answer was never spoken");
}

Seen see_call_ends_turn(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "call");
  const ProbeEvent* call = record.first(Sign::tool_call);
  const ProbeEvent* answered = record.first(Sign::tool_response);
  if (call == nullptr || answered == nullptr) {
    return unknown_of(record, "the model called no tool");
  }
  for (const Sign sign : {Sign::turn_complete, Sign::holding}) {
    const ProbeEvent* end = record.first(sign);
    if (end == nullptr || end->ms >= answered->ms) continue;
    const double from = end->ms - call->ms;
    return seen(true, std::string(sign_name(sign)) + " " + after_ms(std::abs(from)) +
                          (from < 0 ? " before" : " after") + " toolCall, before any answer");
  }
  if (record.closed()) return unknown_of(record, "");
  return seen(false, "no turnComplete within " + after_ms(answered->ms - call->ms) +
                         " of toolCall, before the answer");
}

Seen see_thinking(const ProbeRecords& records) {
  return setup_taken(record_of(records, "thinking"));
}

Seen see_video(const ProbeRecords& records) {
  return message_taken(record_of(records, "picture"), Sign::picture);
}

Seen see_content(const ProbeRecords& records) {
  return message_asks(record_of(records, "content"), Sign::content);
}

Seen see_media_chunks(const ProbeRecords& records) {
  return message_taken(record_of(records, "media_chunks"), Sign::media_chunks);
}

Seen see_text_refused(const ProbeRecords& records) {
  Seen taken = setup_taken(record_of(records, "text_modality"));
  if (taken.value) taken.value = *taken.value == "true" ? "taken" : "refused";
  return taken;
}

Seen see_empty_content(const ProbeRecords& records) {
  Seen asks = message_asks(record_of(records, "empty_content"), Sign::empty_content);
  if (asks.value) asks.value = *asks.value == "true" ? "asks again" : "asks nothing";
  return asks;
}

Seen see_resume_while_open(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "resume");
  const ProbeEvent* second = record.last(Sign::setup);
  if (second == nullptr || second == record.first(Sign::setup)) {
    return unknown_of(record, "no handle was given");
  }
  if (const ProbeEvent* closed = record.first(Sign::closed, second->ms)) {
    return {.value = "refused", .evidence = close_text(*closed)};
  }
  if (record.first(Sign::setup_complete, second->ms) != nullptr) {
    return {.value = "taken", .evidence = "setupComplete while the old socket was open"};
  }
  return unknown_of(record, "setup was not answered");
}

Seen see_pongs(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "marks");
  std::string evidence;
  double slowest = -1;
  for (const ProbeEvent& event : record.events) {
    if (event.sign != Sign::pong) continue;
    slowest = std::max(slowest, event.amount);
    evidence += (evidence.empty() ? "" : ", ") + after_ms(event.amount);
  }
  if (slowest < 0) return unknown_of(record, "no pong within 5 s");
  return {.value = "within " + after_ms(slowest),
          .evidence = "after setup, in a reply: " + evidence};
}

Seen see_schema_keys(const ProbeRecords& records) {
  const ProbeRecord& record = record_of(records, "schema");
  if (see_takes_tools(records).value == "false") return unknown("no tools are taken");
  std::string refused, taken;
  std::size_t key = 0;
  const ProbeEvent* setup = nullptr;
  const auto keys = schema_keys();
  for (const ProbeEvent& event : record.events) {
    if (event.sign == Sign::setup) {
      setup = &event;
      continue;
    }
    const bool decided = event.sign == Sign::setup_complete || event.sign == Sign::closed;
    if (!decided || setup == nullptr || key == keys.size()) continue;
    std::string& list = event.sign == Sign::closed ? refused : taken;
    list += (list.empty() ? "" : ", ") + std::string(keys[key++]);
    setup = nullptr;
  }
  if (key == 0) return unknown_of(record, "setup was not answered");
  if (refused.empty()) refused = "none";
  return {.value = refused, .evidence = "taken: " + (taken.empty() ? "none" : taken)};
}

}  // namespace livegate::cli
