#include "speech/sentences.h"

#include <cctype>
#include <cstddef>

namespace livegate::speech {
namespace {

constexpr std::size_t kSentenceBytesMax = 200;  // 12 s of speech, made in 150 ms

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Where to cut a sentence that is too long: behind the last comma or at the last space within the
// limit.
std::size_t cut_of(std::string_view text) {
  const std::string_view head = text.substr(0, kSentenceBytesMax);
  const std::size_t comma = head.rfind(", ");
  if (comma != std::string_view::npos && comma > kSentenceBytesMax / 3) return comma + 1;
  const std::size_t space = head.rfind(' ');
  if (space != std::string_view::npos && space > 0) return space;
  std::size_t cut = kSentenceBytesMax;
  while (cut > 1 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U)
    --cut;  // inside UTF-8
  return cut;
}

void append(std::string_view sentence, std::vector<std::string>& out) {
  sentence = trimmed(sentence);
  while (sentence.size() > kSentenceBytesMax) {
    const std::size_t cut = cut_of(sentence);
    out.emplace_back(trimmed(sentence.substr(0, cut)));
    sentence = trimmed(sentence.substr(cut));
  }
  if (!sentence.empty()) out.emplace_back(sentence);
}

}  // namespace

std::vector<std::string> split_sentences(std::string_view text) {
  std::vector<std::string> sentences;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends_line = text[i] == '\n';
    const bool ends_sentence = (text[i] == '.' || text[i] == '!' || text[i] == '?') &&
                               (i + 1 == text.size() || is_space(text[i + 1]));
    if (!ends_line && !ends_sentence) continue;
    append(text.substr(begin, i + 1 - begin), sentences);
    begin = i + 1;
  }
  append(text.substr(begin), sentences);
  return sentences;
}

}  // namespace livegate::speech
