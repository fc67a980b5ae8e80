#include "session/close_policy.h"

#include <array>

namespace livegate::session {
namespace {

struct Row {
  std::uint16_t code;
  std::string_view prefix;  // of the reason; empty matches any
  ClosePolicy policy;
};

constexpr std::string_view kCheckKey = "check the API key (GEMINI_API_KEY or upstream.key_file)";
constexpr std::string_view kCheckModel =
    "check the model's name and whether the API version in upstream.url offers it";
constexpr std::string_view kCheckSettings =
    "change the setting that it names; sending the same again is refused again";

// The first row that fits decides; texts of one code stand before the code's default.
constexpr std::array kRows = {
    Row{1007, "API key not valid", {CloseVerdict::stop, kCheckKey}},
    Row{1007,
        "User location is not supported",
        {CloseVerdict::stop, "the service is not offered from this server's region"}},
    Row{1007, "", {CloseVerdict::stop, kCheckSettings}},
    Row{1008, "Method doesn't allow unregistered callers", {CloseVerdict::stop, kCheckKey}},
    Row{1008, "Request had invalid authentication credentials", {CloseVerdict::stop, kCheckKey}},
    Row{1008, "models/", {CloseVerdict::stop, kCheckModel}},
    Row{1011,
        "You exceeded your current quota",
        {CloseVerdict::stop, "raise the quota or wait until it is renewed"}},
    Row{1011,
        "RESOURCE_EXHAUSTED",
        {CloseVerdict::stop, "too many sessions or too much use for this key's tier"}},
    Row{1011, "Token has expired", {CloseVerdict::stop, "mint a new token"}},
    Row{1011, "Token has been used too many times", {CloseVerdict::stop, "mint a new token"}},
    Row{1011, "auth token has expired", {CloseVerdict::stop, "mint a new token"}},
};

}  // namespace

ClosePolicy close_policy(std::uint16_t code, std::string_view reason, bool resuming) {
  for (const Row& row : kRows) {
    if (row.code != code || !reason.starts_with(row.prefix)) continue;
    // A refused handle is closed with texts that vary: without it the same settings may well be
    // accepted.
    if (resuming && row.prefix.empty()) return {CloseVerdict::fresh, {}};
    return row.policy;
  }
  return {CloseVerdict::resume, {}};
}

}  // namespace livegate::session
