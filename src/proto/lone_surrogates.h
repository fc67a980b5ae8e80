// Halves of a character that stands beyond U+FFFF, as an app leaves them that cuts its text by
// UTF-16 units: "\ud83d" without its other half.
//
// Such text is JSON (RFC 8259, section 8.2) and yet no Unicode: parsers refuse it, the service's
// too. Each half becomes U+FFFD, of the same length, before anybody reads the message.
#pragma once

#include <string_view>

#include "base/padded_text.h"

namespace livegate::proto {

// True: `message` has lone halves, and `mended` is the message without.
[[nodiscard]] bool mend_lone_surrogates(std::string_view message, PaddedString& mended);

}  // namespace livegate::proto
