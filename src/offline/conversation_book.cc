#include "offline/conversation_book.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/limits.h"

namespace livegate::offline {
namespace {

using Counts = ConversationCounts;

constexpr std::pair<const char*, std::uint64_t Counts::*> kColumns[] = {
    {"connections", &Counts::connections},
    {"audio_messages", &Counts::audio_messages},
    {"audio_samples", &Counts::audio_samples},
    {"utterances", &Counts::utterances},
    {"texts", &Counts::texts},
    {"pictures", &Counts::pictures},
    {"turns", &Counts::turns},
    {"turns_complete", &Counts::turns_complete},
    {"interruptions", &Counts::interruptions},
    {"tool_calls", &Counts::tool_calls},
    {"tool_calls_cancelled", &Counts::tool_calls_cancelled},
    {"tool_responses", &Counts::tool_responses},
    {"tool_responses_awaited", &Counts::tool_responses_awaited},
    {"tool_responses_repeated", &Counts::tool_responses_repeated}};

void add(Counts& to, const Counts& from) {
  for (const auto& [name, column] : kColumns) to.*column += from.*column;
  for (std::size_t i = 0; i < kFaults; ++i) to.faults[i] += from.faults[i];
}

void keep(std::deque<std::string>& ids, std::string id) {
  if (ids.size() >= limits::kOpenToolCallsMax) ids.pop_front();
  ids.push_back(std::move(id));
}

std::string columns(const Counts& counts) {
  std::string json;
  for (const auto& [name, column] : kColumns) {
    json += '"' + std::string(name) + "\":" + std::to_string(counts.*column) + ',';
  }
  json += "\"faults\":{";
  bool first = true;
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (counts.faults[i] == 0) continue;
    if (!std::exchange(first, false)) json += ',';
    json += '"' + std::string(name_of(static_cast<Fault>(i))) +
            "\":" + std::to_string(counts.faults[i]);
  }
  return json + '}';
}

}  // namespace

void ConversationCounts::heard(const std::uint8_t* bytes, std::size_t count) {
  ++audio_messages;
  audio_samples += count / 2;
  for (std::size_t i = 0; i < count; ++i) audio_hash = (audio_hash ^ bytes[i]) * 1099511628211ULL;
}

void ConversationCounts::called(std::string call) {
  ++tool_calls;
  keep(open_calls, std::move(call));
}

void ConversationCounts::responded(const std::string& call) {
  ++tool_responses;
  const auto open = std::ranges::find(open_calls, call);
  if (open != open_calls.end()) {
    ++tool_responses_awaited;
    open_calls.erase(open);
    keep(answered_calls, call);
  } else if (std::ranges::find(answered_calls, call) != answered_calls.end()) {
    ++tool_responses_repeated;
  }
}

std::string to_json(const ConversationCounts& counts, const std::string& extra) {
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(counts.audio_hash));
  return "{" + extra + "\"conversation\":" + std::to_string(counts.id) + ",\"audio_hash\":\"" +
         hash + "\"," + columns(counts) + "}";
}

std::shared_ptr<ConversationCounts> ConversationBook::begin() {
  if (newest_.size() >= limits::kOfflineConversationsListedMax) {
    // One that goes on all the same is counted as it stood.
    add(forgotten_, *newest_.front());
    newest_.pop_front();
  }
  newest_.push_back(std::make_shared<ConversationCounts>());
  newest_.back()->id = ++last_id_;
  return newest_.back();
}

std::string ConversationBook::to_json() const {
  ConversationCounts total = forgotten_;
  std::string list;
  for (const auto& each : newest_) {
    add(total, *each);
    if (!list.empty()) list += ",\n  ";
    list += offline::to_json(*each);
  }
  return "{\"total\":{\"conversations\":" + std::to_string(last_id_) + "," + columns(total) +
         "},\n\"conversations\":[\n  " + list + "]}\n";
}

}  // namespace livegate::offline
