#include "proto/setup_details.h"

#include <string>
#include <utility>

#include "base/padded_text.h"
#include "proto/json_reader.h"

namespace livegate::proto {
namespace {

using json::Reader;
using json::same_name;
using json::Value;

}  // namespace

SetupDetails read_setup_details(const Setup& setup) {
  SetupDetails details;
  Reader in;
  const auto flag = [&](Value& object, std::string_view name, bool& out) {
    return in.object(object, [&](std::string_view key, Value& value) {
      return key != name || in.boolean(value, out);
    });
  };
  const PaddedString document(setup.document);
  in.root(document.text(), [&](std::string_view key, Value& value) {
    if (key == "proactivity") details.proactivity = true;
    if (key == "avatarConfig") details.avatar = true;
    if (key == "generationConfig") {
      return in.object(value, [&](std::string_view field, Value& member) {
        details.thinking |= field == "thinkingConfig";
        return field != "enableAffectiveDialog" || in.boolean(member, details.affective_dialog);
      });
    }
    if (key == "sessionResumption") return flag(value, "transparent", details.transparent);
    return true;
  });
  return details;
}

ContentDetails read_content_details(std::string_view json) {
  ContentDetails details;
  Reader in;
  const auto read_blob = [&](std::string_view key, Value& value) {
    std::string_view type;
    if (!same_name(key, "mimeType")) return true;
    if (!in.string(value, type)) return false;
    details.audio |= type.starts_with("audio/");
    return true;
  };
  const auto read_part = [&](std::string_view key, Value& value) {
    if (same_name(key, "functionCall") || same_name(key, "functionResponse")) {
      details.functions = true;
    }
    return !same_name(key, "inlineData") || in.object(value, read_blob);
  };
  const auto read_turn = [&](std::size_t, Value& turn) {
    return in.object(turn, [&](std::string_view key, Value& parts) {
      if (key == "role") {
        std::string_view role;
        if (!in.string(parts, role)) return false;
        details.other_role |=
            !role.empty() && role != "user" && role != "model" && role != "function";
      }
      if (key != "parts") return true;
      return in.array(parts, [&](std::size_t, Value& part) { return in.object(part, read_part); });
    });
  };
  const PaddedString text(json);
  in.root(text.text(), [&](std::string_view key, Value& value) {
    return key != "turns" || in.array(value, read_turn);
  });
  return details;
}

std::vector<ContentWords> read_content_words(std::string_view json) {
  std::vector<ContentWords> lines;
  Reader in;
  ContentWords line;
  const auto read_part = [&](std::string_view key, Value& value) {
    std::string_view words;
    if (key != "text") return true;
    if (!in.string(value, words)) return false;
    if (!line.text.empty()) line.text += '\n';
    line.text += words;
    return true;
  };
  const auto read_turn = [&](std::size_t, Value& turn) {
    line = {};
    const bool read = in.object(turn, [&](std::string_view key, Value& value) {
      std::string_view role;
      if (key == "parts") {
        return in.array(value,
                        [&](std::size_t, Value& part) { return in.object(part, read_part); });
      }
      if (key != "role") return true;
      if (!in.string(value, role)) return false;
      line.by_model = role == "model";
      return true;
    });
    if (!line.text.empty()) lines.push_back(std::move(line));
    return read;
  };
  const PaddedString text(json);
  in.root(text.text(), [&](std::string_view key, Value& value) {
    return key != "turns" || in.array(value, read_turn);
  });
  return lines;
}

bool has_media_chunks(PaddedText message) {
  bool found = false;
  Reader in;
  in.root(message, [&](std::string_view key, Value& value) {
    return !same_name(key, "realtimeInput") ||
           in.object(value, [&](std::string_view field, Value&) {
             found |= same_name(field, "mediaChunks");
             return true;
           });
  });
  return found;
}

}  // namespace livegate::proto
