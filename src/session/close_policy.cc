#include "session/close_policy.h"

#include <array>

namespace livegate::session {
namespace {

struct Row {
  std::uint16_t code;
  std::string_view text;                // how the reason begins; empty matches any
  std::array<CloseVerdict, 3> verdict;  // by ClosedIn
  std::string_view advice;
  bool anywhere = false;  // in the reason
  [[nodiscard]] bool fits(std::uint16_t its_code, std::string_view reason) const {
    if (its_code != code) return false;
    return anywhere ? reason.find(text) != std::string_view::npos : reason.starts_with(text);
  }
};

using enum CloseVerdict;
constexpr std::array kStop = {stop, stop, stop};
// Settings that were refused are refused again; with a handle it may have been the handle; in a
// conversation it was something that was said in it.
constexpr std::array kRefused = {stop, fresh, anew};
// The service's own trouble, which has this text in a conversation.
constexpr std::array kTrouble = {stop, fresh, resume};
// What a first try meets every later one meets too; where a conversation was, it may pass.
constexpr std::array kFirst = {stop, resume, resume};
constexpr std::array kAgain = {resume, resume, resume};

constexpr std::string_view kCheckKey = "check the API key (GEMINI_API_KEY or upstream.key_file)";
constexpr std::string_view kCheckAddress = "check upstream.url: nothing there speaks the Live API";
constexpr std::string_view kCheckModel =
    "check the model's name and whether the API version in upstream.url offers it";
constexpr std::string_view kCheckSettings =
    "change the setting that it names; sending the same again is refused again";
constexpr std::string_view kCheckMessage =
    "change the message that it names; sending the same again is refused again";
constexpr std::string_view kMintToken = "mint a new token";

// The first row that fits decides; texts of one code stand before the code's default.
constexpr std::array kRows = {
    Row{1007, "API key not valid", kStop, kCheckKey},
    Row{1007, "User location is not supported", kStop,
        "the service is not offered from this server's region"},
    Row{1007, "Invalid JSON payload received", kStop, kCheckMessage},
    Row{1007, "setup must be the first message", kStop, kCheckMessage},
    Row{1007, "Explicit activity control is not supported", kStop,
        "turn automaticActivityDetection off in the setup, or leave activityStart and activityEnd "
        "out"},
    Row{1007, "Cannot extract voices from a non-audio request", kStop,
        "ask for AUDIO in responseModalities: the model speaks and does not write"},
    Row{1007, "The requested combination of response modalities", kStop,
        "ask for AUDIO in responseModalities: the model speaks and does not write"},
    Row{1007, "", kRefused, kCheckSettings},
    Row{1008, "Method doesn't allow unregistered callers", kStop, kCheckKey},
    Row{1008, "Request had invalid authentication credentials", kStop, kCheckKey},
    Row{1008, "models/", kStop, kCheckModel},
    Row{1008, "is not found for API version", kStop, kCheckModel, /*anywhere=*/true},
    Row{1008, "Operation is not implemented", kTrouble, kCheckModel},
    Row{1008, "Requested entity was not found", kTrouble, kCheckModel},
    Row{1008, "The operation was aborted", kAgain, {}},
    Row{1008, "Connection aborted", kAgain, {}},
    Row{1008, "", {stop, resume, anew}, kCheckSettings},
    // The upgrade itself was refused, in words of ours (net/connector).
    Row{1006, "with HTTP status 400", kFirst, kCheckKey, /*anywhere=*/true},
    Row{1006, "with HTTP status 401", kFirst, kCheckKey, /*anywhere=*/true},
    Row{1006, "with HTTP status 403", kFirst, kCheckKey, /*anywhere=*/true},
    Row{1006, "with HTTP status 404", kFirst, kCheckAddress, /*anywhere=*/true},
    Row{1009, "", {stop, stop, anew}, "send smaller messages"},
    Row{1011, "You exceeded your current quota", kStop,
        "raise the quota or wait until it is renewed"},
    Row{1011, "RESOURCE_EXHAUSTED", kStop, "too many sessions or too much use for this key's tier"},
    Row{1011, "Token has expired", kStop, kMintToken},
    Row{1011, "Token has been used too many times", kStop, kMintToken},
    Row{1011, "auth token has expired", kStop, kMintToken},
};

}  // namespace

ClosePolicy close_policy(std::uint16_t code, std::string_view reason, ClosedIn where) {
  for (const Row& row : kRows) {
    if (!row.fits(code, reason)) continue;
    const CloseVerdict verdict = row.verdict[static_cast<std::size_t>(where)];
    return {verdict, verdict == stop ? row.advice : std::string_view()};
  }
  return {resume, {}};
}

}  // namespace livegate::session
