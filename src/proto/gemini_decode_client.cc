#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "proto/gemini_decoder_impl.h"
#include "proto/gemini_names.h"
#include "proto/gemini_schema.h"
#include "proto/gemini_setup.h"

namespace livegate::proto {
namespace {

using json::At;
using json::Reader;
using json::same_name;
using json::Value;

constexpr std::string_view kInvalidArgument = "Request contains an invalid argument.";

constexpr std::pair<std::string_view, ClientKind> kUnion[] = {
    {"realtimeInput", ClientKind::realtime_input},
    {"toolResponse", ClientKind::tool_response},
    {"clientContent", ClientKind::client_content},
    {"contextUpdate", ClientKind::context_update},
    {"setup", ClientKind::setup},
};

bool read_blob(Reader& in, Value& value, InlineData& out) {
  return in.object(value, [&](std::string_view key, Value& member) {
    if (key == "data") {
      const At at(in, "data");
      return in.base64(member, out.base64);
    }
    const bool mime_type = same_name(key, "mimeType");
    if (!mime_type && !same_name(key, "displayName")) return in.unknown_name(key);
    const At at(in, mime_type ? "mimeType" : "displayName");
    std::string_view text;
    if (!in.string(member, text)) return false;
    if (mime_type) out.mime_type = text;
    return true;
  });
}

bool read_empty(Reader& in, Value& value, bool& present) {
  present = true;
  return in.object(value, [&](std::string_view key, Value&) { return in.unknown_name(key); });
}

bool add(Reader& in, std::vector<InlineData>& list, const InlineData& item) {
  if (list.size() >= limits::kMessageItemsMax) return in.bad_value("TYPE_LIST");
  list.push_back(item);
  return true;
}

// The deprecated list, sorted by what its items are.
bool read_media_chunks(Reader& in, Value& value, RealtimeInput& out) {
  return in.array(value, [&](std::size_t, Value& element) {
    InlineData chunk;
    if (!read_blob(in, element, chunk)) return false;
    if (chunk.mime_type.starts_with("audio/")) return add(in, out.audio, chunk);
    if (chunk.mime_type.starts_with("image/")) return add(in, out.video, chunk);
    const At at(in, "mimeType");
    return in.bad_value("TYPE_STRING");
  });
}

// The hot message: nothing of it is copied.
bool read_realtime_input(Reader& in, Value& value, RealtimeInput& out) {
  return in.object(value, [&](std::string_view key, Value& member) {
    static constexpr std::string_view kFields[] = {
        "audio", "video", "text", "activityStart", "activityEnd", "audioStreamEnd", "mediaChunks"};
    std::size_t field = 0;
    while (field < std::size(kFields) && !same_name(key, kFields[field])) ++field;
    if (field == std::size(kFields)) return in.unknown_name(key);
    const At at(in, kFields[field]);
    InlineData blob;
    switch (field) {
      case 0:
        return read_blob(in, member, blob) && add(in, out.audio, blob);
      case 1:
        return read_blob(in, member, blob) && add(in, out.video, blob);
      case 2:
        return in.string(member, out.text.emplace());
      case 3:
        return read_empty(in, member, out.activity_start);
      case 4:
        return read_empty(in, member, out.activity_end);
      case 5:
        return in.boolean(member, out.audio_stream_end);
      default:
        return read_media_chunks(in, member, out);
    }
  });
}

// The functions below read what has been checked against its schema.

// `text`: normalised. The text parts of the user's turns are collected in `joined`.
bool read_client_content(Reader& in, PaddedText text, ClientContent& out, std::string& joined) {
  joined.clear();
  bool first = true;
  const auto read_part = [&](std::string_view key, Value& value) {
    std::string_view words;
    if (key != "text") return true;
    if (!in.string(value, words)) return false;
    if (!first) joined += '\n';
    first = false;
    joined += words;
    return true;
  };
  const auto read_turn = [&](std::size_t, Value& turn) {
    // The role may follow the parts, so they are collected, and dropped if they are not the user's.
    const std::size_t size_before = joined.size();
    const bool first_before = first;
    bool user = true;
    const bool read = in.object(turn, [&](std::string_view key, Value& member) {
      if (key == "parts") {
        return in.array(member,
                        [&](std::size_t, Value& part) { return in.object(part, read_part); });
      }
      std::string_view role;
      if (!in.string(member, role)) return false;
      user = role.empty() || role == "user";
      return true;
    });
    if (!user) {
      joined.resize(size_before);
      first = first_before;
    }
    return read;
  };
  const bool read = in.root(text, [&](std::string_view key, Value& value) {
    if (key == "turnComplete") return in.boolean(value, out.turn_complete);
    return in.array(value, read_turn);
  });
  out.text = joined;
  return read;
}

// Google's samples put `scheduling` inside the response, and the service takes it from there too. A
// reader of its own: the other one's buffer holds the response's strings.
void find_inner_scheduling(Reader& in, FunctionResponse& response) {
  if (!response.scheduling.empty()) return;
  if (response.response_json.find("\"scheduling\"") == std::string_view::npos) return;
  in.root(PaddedText::promise(response.response_json), [&](std::string_view key, Value& value) {
    std::string_view text;
    if (key != "scheduling" || !in.name(value, names::kSchedulings, text)) return true;
    for (const std::string_view known : names::kSchedulings) {
      if (text == known) response.scheduling = known;
    }
    return true;
  });
}

// `text`: as it stood in the message, so that views of it last.
bool read_tool_response(Reader& in, PaddedText text, std::vector<FunctionResponse>& out) {
  Reader inner;
  const auto read_one = [&](std::size_t, Value& value) {
    FunctionResponse response;
    response.response_json = "{}";
    const bool read = in.object(value, [&](std::string_view key, Value& member) {
      if (key == "id") return in.string(member, response.id);
      if (key == "name") return in.string(member, response.name);
      if (key == "scheduling") return in.name(member, names::kSchedulings, response.scheduling);
      if (same_name(key, "willContinue")) return in.boolean(member, response.will_continue);
      return key != "response" || in.raw_object(member, response.response_json);
    });
    if (!read) return false;
    if (out.size() >= limits::kMessageItemsMax) return in.bad_value("TYPE_LIST");
    find_inner_scheduling(inner, response);
    out.push_back(response);
    return true;
  };
  return in.root(text, [&](std::string_view, Value& list) { return in.array(list, read_one); });
}

// `text`: normalised. An empty list of tools, which takes them all away, is left out on the wire.
bool read_context(Reader& in, PaddedText text, std::string& tools,
                  std::optional<std::string>& instruction) {
  tools.clear();
  instruction.reset();
  return in.root(text, [&](std::string_view key, Value& value) {
    if (key == "systemInstruction") return read_texts(in, value, instruction.emplace());
    tools = "[]";
    return in.object(value, [&](std::string_view, Value& list) {
      std::string_view json;
      if (!in.raw(list, json)) return false;
      tools = json;
      return true;
    });
  });
}

const schema::Shape& shape_of(ClientKind kind) {
  switch (kind) {
    case ClientKind::setup:
      return schema::kSetup;
    case ClientKind::client_content:
      return schema::kClientContent;
    case ClientKind::tool_response:
      return schema::kToolResponse;
    default:
      return schema::kContextUpdate;
  }
}

// Takes one of the rare messages apart. `raw` is its object in the message, `normalised` the same
// object with known keys in camelCase.
bool read_rare(DecoderState& state, std::string_view raw, std::string& normalised,
               ClientMessage& out) {
  Reader& in = state.reader;
  if (out.kind == ClientKind::tool_response) {
    return read_tool_response(in, PaddedText::promise(raw), out.function_responses);
  }
  const PaddedString text(normalised);
  switch (out.kind) {
    case ClientKind::client_content:
      out.client_content.json = raw;
      return read_client_content(in, text.text(), out.client_content, state.text);
    case ClientKind::context_update: {
      out.context_update_json = raw;
      const bool read = read_context(in, text.text(), state.tools, state.instruction);
      out.context_update_tools_json = state.tools;
      out.context_update_instruction = state.instruction;
      return read;
    }
    default:
      break;
  }
  if (!read_settings(in, text.text(), out.setup)) return false;
  out.setup.document = std::move(normalised);
  const std::size_t bytes = out.setup.system_instruction.size() + out.setup.tools_json.size();
  return bytes <= limits::kSetupBytesMax || in.refuse(kInvalidArgument);
}

bool read_client(DecoderState& state, PaddedText message, ClientMessage& out) {
  Reader& in = state.reader;
  bool found = false;
  std::string_view raw;
  std::string normalised;
  const bool read = in.root(message, [&](std::string_view key, Value& value) {
    const auto* member = std::ranges::find_if(
        kUnion, [&](const auto& entry) { return same_name(key, entry.first); });
    if (member == std::end(kUnion)) return in.unknown_name(key);
    if (found) {
      return in.refuse(
          "Invalid value (oneof), oneof field 'message_type' is already set. "
          "Cannot set '" +
          std::string(member->first) + "'");
    }
    found = true;
    out.kind = member->second;
    const At at(in, member->first);
    if (out.kind == ClientKind::realtime_input) {
      return read_realtime_input(in, value, out.realtime_input);
    }
    schema::Normaliser normaliser(in, shape_of(out.kind), normalised);
    if (!in.object_and_raw(value, raw, normaliser)) return false;
    normaliser.finish();
    return true;
  });
  if (!read) return false;
  if (!found) return in.refuse(kInvalidArgument);
  return out.kind == ClientKind::realtime_input || read_rare(state, raw, normalised, out);
}

}  // namespace

void ClientMessage::clear() {
  kind = ClientKind::setup;
  setup = {};
  realtime_input.audio.clear();
  realtime_input.video.clear();
  realtime_input.text.reset();
  realtime_input.activity_start = realtime_input.activity_end = false;
  realtime_input.audio_stream_end = false;
  client_content = {};
  function_responses.clear();
  context_update_json = context_update_tools_json = {};
  context_update_instruction.reset();
}

Result<Done, WireError> GeminiDecoder::decode_client(PaddedText message, ClientMessage& out) {
  out.clear();
  if (!read_client(*impl_, message, out)) return Unexpected{impl_->reader.error()};
  return Done{};
}

}  // namespace livegate::proto
