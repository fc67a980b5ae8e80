// Recordings of sessions on disk (docs/flight-recorder.md): one file each, written by a thread of
// its own, so that no loop waits for the disk.
//
// Decides which file goes when they take too much room: the one that was written to the longest
// ago. Leaves what stands in them to flight/recorder.h.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "obs/log.h"

namespace livegate::server {

class FlightStore {
 public:
  // `dir` is made if it is not there; `bytes_max` is for all files in it that end in .flight.
  static Result<std::unique_ptr<FlightStore>, std::string> open(const std::string& dir,
                                                                std::size_t bytes_max,
                                                                obs::Log& log);
  // Writes what is waiting first.
  ~FlightStore();

  // Any thread. False: too much is waiting for the disk (limits::kFlightQueueBytesMax), and these
  // bytes are lost: the recording ends before them.
  [[nodiscard]] bool append(const std::string& session, std::string bytes);

  // Files that had to go, since the last call.
  [[nodiscard]] std::size_t take_removed() { return removed_.exchange(0); }

 private:
  FlightStore(std::filesystem::path dir, std::size_t bytes_max, obs::Log& log);
  void work();
  void write(const std::string& session, const std::string& bytes);
  void make_room(const std::filesystem::path& kept);

  struct Chunk {
    std::string session;
    std::string bytes;
  };
  std::filesystem::path dir_;
  std::size_t bytes_max_;
  obs::Log& log_;
  std::atomic<std::size_t> removed_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Chunk> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace livegate::server
