#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "proto/json_reader.h"
#include "proto/json_text.h"
#include "proto/native.h"

namespace livegate::proto::native {
namespace {

using json::Value;
using Type = simdjson::ondemand::json_type;

// In the order of ClientMessage's alternatives.
constexpr std::array<std::string_view, 10> kTypes = {
    "start",     "text",        "image",    "mute", "unmute",
    "interrupt", "tool_result", "playback", "ping", "stop"};
static_assert(kTypes.size() == std::variant_size_v<ClientMessage>);

constexpr int kRateHzMin = 8000;
constexpr int kRateHzMax = 48000;
constexpr std::size_t kClientNameBytesMax = 64;
constexpr std::size_t kQuotedBytesMax = 64;  // of what the client wrote, in an error
constexpr std::string_view kImageTypes[] = {"image/jpeg", "image/png", "image/webp"};

std::string quoted(std::string_view text) {
  std::string out(text.substr(0, kQuotedBytesMax + 4));
  json::cut_utf8(out, kQuotedBytesMax);
  return '"' + out + '"';
}

template <std::size_t I = 0>
ClientMessage message_of(std::size_t type) {
  if constexpr (I + 1 < kTypes.size()) {
    if (type != I) return message_of<I + 1>(type);
  }
  return ClientMessage(std::in_place_index<I>);
}

class MessageReader {
 public:
  explicit MessageReader(json::Reader& in) : in_(in) {}

  Result<ClientMessage, ProtocolError> read(PaddedText text);

 private:
  bool read_type(PaddedText text, std::size_t& type);
  bool field(Start& start, std::string_view key, Value& value);
  bool field(Text& text, std::string_view key, Value& value);
  bool field(Image& image, std::string_view key, Value& value);
  bool field(ToolResult& result, std::string_view key, Value& value);
  bool field(Playback& playback, std::string_view key, Value& value);
  bool field(Ping& ping, std::string_view key, Value& value);
  template <class Bare>
  bool field(Bare&, std::string_view key, Value&) {
    return unknown(key);
  }

  // What only the whole message shows. A message that demands nothing is always complete.
  bool complete(const Text& text) { return text.text.data() != nullptr || missing("text"); }
  bool complete(const Image& image);
  bool complete(const ToolResult& result);
  bool complete(const Start& start);
  bool complete(const Playback&) { return seen_ || missing("samples"); }
  bool complete(const Ping&) { return seen_ || missing("id"); }
  template <class Other>
  bool complete(const Other&) {
    return true;
  }

  bool string(std::string_view key, Value& value, std::string_view& out);
  bool owned(std::string_view key, Value& value, std::string& out);
  bool whole(std::string_view key, Value& value, std::int64_t& out);
  bool count(std::string_view key, Value& value, std::optional<std::int64_t>& out);
  bool tools(Value& value, std::string& out);
  bool declaration(std::size_t index, Value& value);

  bool fail(std::string_view code, std::string message);
  bool unreadable();
  bool bad(std::string_view key, std::string_view allowed);
  bool missing(std::string_view key);
  [[nodiscard]] std::string the_field(std::string_view key) const;
  bool unknown(std::string_view key);

  json::Reader& in_;
  std::string_view type_;
  bool seen_ = false;  // the one number that playback and ping must have
  std::optional<std::int64_t> received_;
  bool has_settings_ = false;  // of a new session
  bool has_result_ = false;
  bool has_error_ = false;
  ProtocolError error_;
};

Result<ClientMessage, ProtocolError> MessageReader::read(PaddedText text) {
  std::size_t type = 0;
  if (!read_type(text, type)) return Unexpected{std::move(error_)};
  type_ = kTypes[type];
  ClientMessage message = message_of(type);
  const bool read = std::visit(
      [&](auto& body) {
        const bool fields = in_.root(text, [&](std::string_view key, Value& value) {
          return key == "type" || field(body, key, value);
        });
        return fields && complete(body);
      },
      message);
  if (read) return message;
  if (error_.code.empty()) unreadable();
  return Unexpected{std::move(error_)};
}

// The type may stand anywhere, so it is looked for first; keys are few and short.
bool MessageReader::read_type(PaddedText text, std::size_t& type) {
  bool found = false;
  const bool read = in_.root(text, [&](std::string_view key, Value& value) {
    if (key != "type") return true;
    std::string_view name;
    if (!string("type", value, name)) return false;
    const auto* known = std::ranges::find(kTypes, name);
    if (known == kTypes.end()) {
      std::string allowed;
      for (const std::string_view each : kTypes) {
        allowed.append(allowed.empty() ? "" : ", ").append(each);
      }
      return fail("unknown_type",
                  "The type " + quoted(name) + " is not known; allowed are " + allowed + ".");
    }
    type = static_cast<std::size_t>(known - kTypes.begin());
    found = true;
    return true;
  });
  if (read && found) return true;
  if (read) return fail("unknown_type", "The field type is missing; every text frame has one.");
  return !error_.code.empty() ? false : unreadable();
}

// What the fields did not name themselves was a value that the reader refused, or no JSON.
bool MessageReader::unreadable() {
  const std::string& reason = in_.error().reason;
  if (in_.not_json() || reason.empty()) {
    return fail("bad_json", "The text frame is not a JSON object.");
  }
  return fail("bad_field", reason.ends_with('.') ? reason : reason + '.');
}

bool MessageReader::field(Start& start, std::string_view key, Value& value) {
  if (key == "resume") return owned(key, value, start.resume.emplace());
  if (key == "received") {
    if (!count(key, value, received_)) return false;
    start.received = *received_;
    return true;
  }
  has_settings_ = true;
  if (key == "rate") {
    std::int64_t rate_hz = 0;
    if (!whole(key, value, rate_hz)) return false;
    if (rate_hz < kRateHzMin || rate_hz > kRateHzMax) {
      return bad(key, "a whole number of Hz from 8000 to 48000");
    }
    start.rate_hz = static_cast<int>(rate_hz);
    return true;
  }
  if (key == "tools") return tools(value, start.tools_json);
  if (key == "client") {
    if (!owned(key, value, start.client)) return false;
    const bool printable =
        std::ranges::all_of(start.client, [](char c) { return c >= 0x20 && c < 0x7F; });
    return (printable && start.client.size() <= kClientNameBytesMax) ||
           bad(key, "at most 64 printable ASCII characters");
  }
  if (key == "system_instruction") {
    if (!owned(key, value, start.system_instruction)) return false;
    return start.system_instruction.size() <= limits::kSetupBytesMax ||
           bad(key, "at most 256 KiB of text");
  }
  if (key == "echo_cancellation") {
    return in_.boolean(value, start.echo_cancellation) || bad(key, "true or false");
  }
  if (key == "model") return owned(key, value, start.model);
  if (key == "voice") return owned(key, value, start.voice);
  if (key == "language") return owned(key, value, start.language);
  return unknown(key);
}

bool MessageReader::field(Text& text, std::string_view key, Value& value) {
  return key == "text" ? string(key, value, text.text) : unknown(key);
}

bool MessageReader::field(Image& image, std::string_view key, Value& value) {
  if (key == "mime_type") {
    if (!string(key, value, image.mime_type)) return false;
    return std::ranges::find(kImageTypes, image.mime_type) != std::end(kImageTypes) ||
           bad(key, "image/jpeg, image/png or image/webp");
  }
  if (key != "data") return unknown(key);
  Type type = Type::null;
  if (value.type().get(type) != simdjson::SUCCESS || type != Type::string) {
    return bad(key, "base64 text");
  }
  return in_.base64(value, image.base64);
}

bool MessageReader::field(ToolResult& result, std::string_view key, Value& value) {
  if (key == "id") return string(key, value, result.id);
  if (key == "error") {
    has_error_ = true;
    return string(key, value, result.error);
  }
  if (key != "result") return unknown(key);
  has_result_ = true;
  return in_.raw(value, result.result_json);
}

bool MessageReader::complete(const Start& start) {
  if (!start.resume) {
    return !received_ || fail("bad_field", the_field("received") + " goes with resume.");
  }
  if (!has_settings_) return true;
  return fail("bad_field", the_field("resume") + " goes with received and with nothing else.");
}

bool MessageReader::field(Playback& playback, std::string_view key, Value& value) {
  if (key == "received") return count(key, value, playback.received);
  if (key != "samples") return unknown(key);
  seen_ = true;
  if (!whole(key, value, playback.samples)) return false;
  return playback.samples >= 0 || bad(key, "a whole number, 0 or more");
}

bool MessageReader::field(Ping& ping, std::string_view key, Value& value) {
  if (key == "received") return count(key, value, ping.received);
  seen_ = true;
  return key == "id" ? whole(key, value, ping.id) : unknown(key);
}

bool MessageReader::complete(const Image& image) {
  if (image.mime_type.empty()) return missing("mime_type");
  return !image.base64.empty() || missing("data");
}

bool MessageReader::complete(const ToolResult& result) {
  if (result.id.empty()) return missing("id");
  if (has_error_ && result.error.empty()) return bad("error", "a sentence");
  // Neither is a result too: a null counts as absent, and so does what a tool did not return.
  if (!has_result_ || !has_error_) return true;
  return fail("bad_field",
              "The fields result and error of \"tool_result\": only one may be given.");
}

bool MessageReader::string(std::string_view key, Value& value, std::string_view& out) {
  const auto code = value.get_string().get(out);
  if (code == simdjson::INCORRECT_TYPE) return bad(key, "a string");
  return code == simdjson::SUCCESS || in_.bad_json(code);
}

bool MessageReader::owned(std::string_view key, Value& value, std::string& out) {
  std::string_view text;
  if (!string(key, value, text)) return false;
  out = text;
  return true;
}

bool MessageReader::whole(std::string_view key, Value& value, std::int64_t& out) {
  Type type = Type::null;
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  if (type != Type::number) return bad(key, "a whole number");
  return in_.int64(value, out) || bad(key, "a whole number");
}

bool MessageReader::count(std::string_view key, Value& value, std::optional<std::int64_t>& out) {
  return whole(key, value, out.emplace()) && (*out >= 0 || bad(key, "a whole number, 0 or more"));
}

bool MessageReader::tools(Value& value, std::string& out) {
  Type type = Type::null;
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  if (type != Type::array) return bad("tools", "an array of function declarations");
  std::string_view json;
  if (!in_.raw_array(value, json)) return false;
  if (json.size() > limits::kSetupBytesMax) return bad("tools", "at most 256 KiB of JSON");
  // Its own reader: the other one's buffer holds the strings read before.
  const std::string wrapped = R"({"tools":)" + std::string(json) + "}";
  const PaddedString padded(wrapped);
  json::Reader outer;
  bool sound = true;
  const bool read = outer.root(padded.text(), [&](std::string_view, Value& list) {
    return outer.array(list, [&](std::size_t index, Value& element) {
      MessageReader inner(outer);
      inner.type_ = type_;
      sound = inner.declaration(index, element);
      if (!sound) error_ = std::move(inner.error_);
      return sound;
    });
  });
  if (!read && sound) return bad("tools", "an array of function declarations");
  out = json;
  return read;
}

bool MessageReader::declaration(std::size_t index, Value& value) {
  const std::string at = "tools[" + std::to_string(index) + "]";
  Type type = Type::null;
  if (value.type().get(type) != simdjson::SUCCESS || type != Type::object) {
    return bad(at, "an object with name, description and parameters");
  }
  std::string_view name;
  const bool read = in_.object(value, [&](std::string_view key, Value& member) {
    std::string_view description;
    if (key == "name") return string(at + ".name", member, name);
    if (key == "description") return string(at + ".description", member, description);
    if (key != "parameters") return unknown(at + "." + std::string(key));
    Type kind = Type::null;
    if (member.type().get(kind) != simdjson::SUCCESS || kind != Type::object) {
      return bad(at + ".parameters", "an object");
    }
    return true;
  });
  return read && (!name.empty() || missing(at + ".name"));
}

bool MessageReader::fail(std::string_view code, std::string message) {
  error_ = {std::string(code), std::move(message)};
  return false;
}

std::string MessageReader::the_field(std::string_view key) const {
  std::string text = "The field " + std::string(key);
  if (!type_.empty()) text.append(" of \"").append(type_).append("\"");
  return text;
}

bool MessageReader::bad(std::string_view key, std::string_view allowed) {
  return fail("bad_field", the_field(key) + " must be " + std::string(allowed) + ".");
}

bool MessageReader::missing(std::string_view key) {
  return fail("bad_field", the_field(key) + " is missing.");
}

bool MessageReader::unknown(std::string_view key) {
  return fail("unknown_field", the_field(quoted(key)) + " is not known.");
}

}  // namespace

struct NativeDecoder::Impl {
  json::Reader reader;
};

NativeDecoder::NativeDecoder() : impl_(std::make_unique<Impl>()) {}
NativeDecoder::~NativeDecoder() = default;
NativeDecoder::NativeDecoder(NativeDecoder&&) noexcept = default;
NativeDecoder& NativeDecoder::operator=(NativeDecoder&&) noexcept = default;

Result<ClientMessage, ProtocolError> NativeDecoder::decode(PaddedText message) {
  return MessageReader(impl_->reader).read(message);
}

}  // namespace livegate::proto::native
