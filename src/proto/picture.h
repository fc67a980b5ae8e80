// A picture as a client sends it, and as a model takes it.
//
// The service closes a connection over a picture that is none (1007), and the same picture said
// again closes the next one: so each is looked at before it is sent. Decides what is mended (a data
// URL's head, line breaks in base64, a type that the bytes contradict or that is missing) and what
// is refused, in a sentence. Only the first bytes are looked at. Leaves to others how often
// pictures go out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace livegate::proto {

struct Picture {
  std::string_view mime_type;
  std::string_view base64;  // without blanks
};

// `scratch` holds what had to be written anew. The views last as long as it and the two arguments.
// An error names what was wrong and what is allowed.
[[nodiscard]] Result<Picture, std::string> read_picture(std::string_view mime_type,
                                                        std::string_view base64,
                                                        std::string& scratch);

// How many characters at the beginning of `base64` say that it is a picture and of which kind; 0
// for all else. The rest may be replaced by other base64 and is read the same.
[[nodiscard]] std::size_t picture_head(std::string_view base64);

}  // namespace livegate::proto
