#include "proto/auth_token.h"

#include <algorithm>

#include "base/limits.h"
#include "base/padded_text.h"
#include "proto/field_mask.h"
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

// Refused by a sentence that names the limit.
bool refuse_mask(Reader& in, std::size_t most, std::string_view of_what) {
  return in.refuse("Invalid value at 'auth_token.field_mask': at most " + std::to_string(most) +
                   std::string(of_what));
}

bool read_mask(Reader& in, Value& value, std::vector<std::string>& out) {
  std::string_view text;
  if (!in.string(value, text)) return false;
  if (text.size() > limits::kFieldMaskBytesMax) {
    return refuse_mask(in, limits::kFieldMaskBytesMax, " bytes are taken.");
  }
  while (!text.empty()) {
    const std::string_view path = text.substr(0, text.find(','));
    text.remove_prefix(std::min(path.size() + 1, text.size()));
    if (path.empty()) continue;
    if (out.size() >= limits::kFieldMaskPathsMax) {
      return refuse_mask(in, limits::kFieldMaskPathsMax, " paths are taken.");
    }
    if (std::ranges::count(path, '.') >= static_cast<int>(limits::kFieldMaskDepthMax)) {
      return refuse_mask(in, limits::kFieldMaskDepthMax, " steps of a path are taken.");
    }
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

// Without a mask: the token's settings, with the client's handle.
std::string pinned_document(const Setup& client, std::string_view token_setup) {
  if (client.resumption_handle.empty()) return std::string(token_setup);
  JsonObject document(token_setup);
  std::string resumption = R"({"handle":)";
  append_json_string(resumption, client.resumption_handle);
  document.set("sessionResumption", resumption + "}");
  return document.text();
}

// With one: the client's settings, whose masked fields are the token's.
bool masked_document(Reader& in, const Setup& client, std::string_view token_setup,
                     std::span<const std::string> mask, std::string& out) {
  const PaddedString token(token_setup);
  const PaddedString said(setup_document(client));
  out.clear();
  json::FieldMask fields(mask, "sessionResumption");  // which is the client's
  return fields.take(in, token.text()) && fields.merge(in, said.text(), out);
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
  Reader in;
  if (mask.empty()) {
    setup.document = pinned_document(client, token_setup);
  } else if (!masked_document(in, client, token_setup, mask, setup.document)) {
    return Unexpected{in.error()};
  }
  const PaddedString document(setup.document);
  if (!read_settings(in, document.text(), setup)) return Unexpected{in.error()};
  return setup;
}

}  // namespace livegate::proto
