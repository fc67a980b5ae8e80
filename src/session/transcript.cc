#include "session/transcript.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace livegate::session {

void Transcript::append(std::string& to, std::string_view fragment) {
  to.append(fragment.substr(0, limits::kTranscriptBytesMax - to.size()));
}

void Transcript::line(bool by_person, std::string_view text) {
  text = text.substr(0, limits::kTranscriptBytesMax);
  if (text.empty()) return;
  waiting_.push_back({by_person, std::string(text)});
  waiting_bytes_ += text.size();
  while (waiting_bytes_ > limits::kTranscriptBytesMax) {
    waiting_bytes_ -= waiting_.front().text.size();
    waiting_.pop_front();
    if (asked_ > 0) --asked_;
  }
}

void Transcript::exchange_over() {
  for (; asked_ > 0; --asked_) {
    Line line = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= line.text.size();
    add(line.by_person, std::move(line.text));
  }
  model_spoke_last_ = !model_.empty();
  add(/*by_person=*/true, std::exchange(person_, {}));
  add(/*by_person=*/false, std::exchange(model_, {}));
}

void Transcript::unanswered_refused() {
  reply_lost();
  person_.clear();
  waiting_.clear();
  waiting_bytes_ = 0;
}

void Transcript::add(bool by_person, std::string text) {
  if (text.empty()) return;
  bytes_ += text.size();
  lines_.push_back({by_person, std::move(text)});
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
