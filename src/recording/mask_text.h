// Text replaced by other text of the same shape: each character by one that takes as many bytes,
// escapes by escapes, so that what is made of it has the length that it would have had.
//
// Leaves to mask.h which text that is.
#pragma once

#include <string>
#include <string_view>

#include "base/rng.h"

namespace livegate::recording {

// What is replaced. Characters that are none of these stand for themselves.
enum class Letters : std::uint8_t {
  all,            // whatever can be printed
  words,          // the same, but for spaces and the brackets of markup, which sessions look at
  base64,         // of both its alphabets: what is no base64 remains none
  alphanumerics,  // a `/` is one, whether or not it is written as `\/`
};

// Appends `text`, the inside of a JSON string. With `letters` each replaced character becomes the
// next one of it, else always the same.
void append_replaced(std::string& out, std::string_view text, Letters which, Rng* letters);

// What stands outside of strings and is no JSON: words that somebody sent as they are. `inside`: of
// an object, where the first character says which type is tried.
void append_bare(std::string& out, std::string_view token, bool inside);
[[nodiscard]] bool is_literal(std::string_view token);  // a number, true, false or null

// Of a message that is not UTF-8, such as audio: only its quotes, and whether a string holds what
// it may not, as they decide the reason for which it is refused.
void append_unreadable(std::string& out, std::string_view bytes);

// The text of the inside of a JSON string.
[[nodiscard]] std::string unescaped(std::string_view text);

}  // namespace livegate::recording
