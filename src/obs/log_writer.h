// Writes lines to a descriptor from a thread of its own, so that whoever logs never waits for
// whoever reads: a pipe that nobody empties costs lines of the log and nothing else.
//
// Decides what becomes of lines that find no room (the newest are dropped, counted, and their
// number is written once there is room again) and how long the end of the process waits for them.
// Leaves to Log what a line is.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace livegate::obs {

class LogWriter {
 public:
  // The line, with its newline, that says how many were dropped. Called on the writer's thread.
  using LostLine = std::function<std::string(std::uint64_t lines)>;

  // `descriptor` is closed with the writer, unless it is standard error. At most
  // `queue_bytes_max` wait, and as much again is being written.
  LogWriter(int descriptor, std::size_t queue_bytes_max, LostLine lost_line);
  // Waits until all is written, for at most limits::kLogFlushTimeMax.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Any thread. `lines` end with a newline.
  void add(std::string_view lines);
  // Goes on with another descriptor; the one so far is closed. Lines that wait go to the new one.
  void change(int descriptor);
  // Since the start. Any thread.
  [[nodiscard]] std::uint64_t lost_lines() const;

 private:
  struct State;
  class Run;
  std::shared_ptr<State> state_;  // the thread's too: a write that never returns outlives us
  std::future<void> finished_;
  std::thread thread_;
};

}  // namespace livegate::obs
