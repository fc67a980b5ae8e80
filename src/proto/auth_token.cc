#include "proto/auth_token.h"

#include <algorithm>

#include "base/limits.h"
#include "base/padded_text.h"
#include "proto/gemini_schema.h"
#include "proto/gemini_setup.h"
#include "proto/json_object.h"
#include "proto/json_reader.h"
#include "proto/json_text.h"

namespace livegate::proto {
namespace {

using json::At;
using json::JsonObject;
using json::Reader;
using json::same_name;
using json::Value;

bool own(Reader& in, Value& value, std::string& out) {
  std::string_view text;
  if (!in.string(value, text)) return false;
  out = text;
  return true;
}

std::string camel_case(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool joint = name[i] == '_' && i + 1 < name.size();
    const char c = joint ? name[++i] : name[i];
    out += joint && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool read_mask(Reader& in, Value& value, std::vector<std::string>& out) {
  std::string_view text;
  if (!in.string(value, text)) return false;
  for (const std::string_view path : split(text, ',')) {
    if (out.size() >= limits::kMessageItemsMax) return in.bad_value("TYPE_STRING");
    out.push_back(camel_case(path));
  }
  return true;
}

bool read_request(Reader& in, PaddedText body, AuthTokenRequest& out) {
  return in.root(body, [&](std::string_view key, Value& value) {
    static constexpr std::string_view kFields[] = {"uses", "expireTime", "newSessionExpireTime",
                                                   "bidiGenerateContentSetup", "fieldMask"};
    const auto* const field = std::ranges::find_if(
        kFields, [&](std::string_view known) { return same_name(key, known); });
    if (field == std::end(kFields)) return in.unknown_name(key);
    const At at(in, *field);
    switch (field - std::begin(kFields)) {
      case 0:
        return in.int32(value, out.uses.emplace());
      case 1:
        return own(in, value, out.expire_time);
      case 2:
        return own(in, value, out.new_session_expire_time);
      case 3: {
        schema::Normaliser normaliser(in, schema::kSetup, out.setup.emplace());
        if (!in.object(value, normaliser)) return false;
        normaliser.finish();
        return true;
      }
      default:
        return read_mask(in, value, out.field_mask);
    }
  });
}

// The value at `path`, or null. An object on the way that is none has nothing in it.
const std::string* find(const JsonObject& object, std::span<const std::string_view> path,
                        std::string& storage) {
  const std::string* const value = object.find(path.front());
  if (value == nullptr || path.size() == 1) {
    if (value != nullptr) storage = *value;
    return value == nullptr ? nullptr : &storage;
  }
  if (!value->starts_with('{')) return nullptr;
  return find(JsonObject(*value), path.subspan(1), storage);
}

// Sets, or without `json` removes, the value at `path`.
void put(JsonObject& object, std::span<const std::string_view> path, const std::string* json) {
  if (path.size() == 1) {
    json != nullptr ? object.set(path.front(), *json) : object.remove(path.front());
    return;
  }
  const std::string* const inner = object.find(path.front());
  const bool is_object = inner != nullptr && inner->starts_with('{');
  if (!is_object && json == nullptr) return;
  JsonObject child(is_object ? *inner : "{}");
  put(child, path.subspan(1), json);
  object.set(path.front(), child.text());
}

std::string pinned_document(const Setup& client, std::string_view token_setup,
                            std::span<const std::string> mask) {
  const JsonObject token(token_setup);
  if (mask.empty()) {
    if (client.resumption_handle.empty()) return std::string(token_setup);
    JsonObject document(token_setup);
    std::string resumption = R"({"handle":)";
    append_json_string(resumption, client.resumption_handle);
    document.set("sessionResumption", resumption + "}");
    return document.text();
  }
  JsonObject document(setup_document(client));
  std::string storage;
  for (const std::string& path : mask) {
    const auto steps = split(path, '.');
    if (steps.empty() || steps.front() == "sessionResumption") continue;  // it is the client's
    put(document, steps, find(token, steps, storage));
  }
  return document.text();
}

}  // namespace

Result<AuthTokenRequest, std::string> read_auth_token_request(std::string_view body) {
  AuthTokenRequest request;
  Reader in;
  const PaddedString text(body.empty() ? "{}" : body);
  if (!read_request(in, text.text(), request)) return Unexpected{in.error().reason};
  return request;
}

std::string auth_token_json(std::string_view name, std::string_view expire_time,
                            std::string_view new_session_expire_time) {
  std::string out;
  json::Writer to(out, json::Layout::service);
  to.open('{');
  to.key("name").string(name);
  if (!expire_time.empty()) to.key("expireTime").string(expire_time);
  if (!new_session_expire_time.empty()) {
    to.key("newSessionExpireTime").string(new_session_expire_time);
  }
  to.close('}');
  return out + '\n';
}

std::string http_error_json(int code, std::string_view message, std::string_view status) {
  std::string out;
  json::Writer to(out, json::Layout::service);
  to.open('{');
  to.key("error").open('{');
  to.key("code").number(code);
  to.key("message").string(message);
  to.key("status").string(status);
  to.close('}');
  to.close('}');
  return out + '\n';
}

Result<Setup, WireError> pinned_setup(const Setup& client, std::string_view token_setup,
                                      std::span<const std::string> mask) {
  Setup setup;
  setup.document = pinned_document(client, token_setup, mask);
  Reader in;
  const PaddedString document(setup.document);
  if (!read_settings(in, document.text(), setup)) return Unexpected{in.error()};
  return setup;
}

}  // namespace livegate::proto
