#include "session/transcript.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace livegate::session {

void Transcript::append(std::string& to, std::string_view fragment) {
  to.append(fragment.substr(0, limits::kTranscriptBytesMax - to.size()));
}

void Transcript::exchange_over() {
  model_spoke_last_ = !model_.empty();
  add(/*by_person=*/true, person_);
  add(/*by_person=*/false, model_);
}

void Transcript::add(bool by_person, std::string& text) {
  if (text.empty()) return;
  bytes_ += text.size();
  lines_.push_back({by_person, std::exchange(text, {})});
  while (bytes_ > limits::kTranscriptBytesMax) {
    bytes_ -= lines_.front().text.size();
    lines_.pop_front();
    if (covered_ > 0) --covered_;
  }
}

void Transcript::model_was_heard(std::string_view words) {
  if (!model_.empty()) {
    model_ = words;
  } else if (model_spoke_last_ && !lines_.empty()) {
    bytes_ -= lines_.back().text.size();
    lines_.back().text = words;
    bytes_ += words.size();
  }
}

std::vector<proto::ContentLine> Transcript::lines(bool all) const {
  std::vector<proto::ContentLine> lines;
  for (std::size_t i = all ? 0 : covered_; i < lines_.size(); ++i) {
    if (lines_[i].text.empty()) continue;
    lines.push_back({lines_[i].by_person ? "user" : "model", lines_[i].text});
  }
  return lines;
}

}  // namespace livegate::session
