// Cuts a text into sentences, so that the first can be heard while the next is made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace livegate::speech {

// The sentences of `text` in order, each with its punctuation, trimmed, none empty. A sentence ends
// at . ! ? (or at a line's end) before a space; one longer than about 200 characters is cut at a
// comma or a space, so that no listener waits for a whole page.
[[nodiscard]] std::vector<std::string> split_sentences(std::string_view text);

}  // namespace livegate::speech
