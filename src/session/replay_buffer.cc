#include "session/replay_buffer.h"

#include <algorithm>

namespace livegate::session {

void ReplayBuffer::settle() {
  transcript.exchange_over();
  known_words_ = 0;
  settled_until_ = answered_until_;
  if (tools.any_open()) return;  // what made the model call is not answered before the calls are
  forget_answered();
  tools.exchange_over();
}

proto::Transcription ReplayBuffer::new_words(const proto::Transcription& words) {
  proto::Transcription fresh = words;
  std::size_t known = std::min(known_words_, words.text.size());
  known_words_ -= known;
  while (known < words.text.size() && (words.text[known] & 0xc0) == 0x80) ++known;
  fresh.text.remove_prefix(known);
  return fresh;
}

}  // namespace livegate::session
