// Work of many sessions for a few workers: first come, first served among the sessions, each of
// which has one piece in hand at a time and the rest in its own line.
//
// Decides whose turn it is. Leaves locks, threads and what the work is to others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace livegate::speech {

template <class Job>
class FairQueue {
 public:
  struct Taken {
    std::uint64_t session;
    Job job;
  };

  void push(std::uint64_t session, Job job) {
    Line& line = lines_[session];
    if (line.waiting.empty() && !line.in_hand) turns_.push_back(session);
    line.waiting.push_back(std::move(job));
    ++size_;
  }

  // The next piece; its session gets no other until finished(). Nothing if nobody waits for a turn.
  std::optional<Taken> take() {
    if (turns_.empty()) return std::nullopt;
    const std::uint64_t session = turns_.front();
    turns_.pop_front();
    Line& line = lines_[session];
    Taken taken{session, std::move(line.waiting.front())};
    line.waiting.pop_front();
    line.in_hand = true;
    --size_;
    return taken;
  }

  void finished(std::uint64_t session) {
    Line& line = lines_[session];
    line.in_hand = false;
    if (line.waiting.empty()) {
      lines_.erase(session);
    } else {
      turns_.push_back(session);
    }
  }

  // Drops what waits and `unwanted` says so of; returns how many.
  template <class Unwanted>
  std::size_t drop(const Unwanted& unwanted) {
    const std::size_t before = size_;
    for (auto at = lines_.begin(); at != lines_.end();) {
      Line& line = at->second;
      size_ -= std::erase_if(line.waiting, unwanted);
      const bool gone = line.waiting.empty() && !line.in_hand;
      if (gone) std::erase(turns_, at->first);
      at = gone ? lines_.erase(at) : std::next(at);
    }
    return before - size_;
  }

  [[nodiscard]] std::size_t size() const { return size_; }  // that wait

 private:
  struct Line {
    std::deque<Job> waiting;
    bool in_hand = false;
  };
  std::map<std::uint64_t, Line> lines_;
  std::deque<std::uint64_t> turns_;  // sessions that wait and have nothing in hand
  std::size_t size_ = 0;
};

}  // namespace livegate::speech
