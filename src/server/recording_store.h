// Recordings of sessions on disk (docs/resilience.md): one file each, written by a thread
// of its own, so that no loop waits for the disk.
//
// Decides who goes where they take too much room. Files that are complete go first, the one that
// was written to the longest ago before the others. Files of running sessions stay: where only
// those are left, the recording that wants to grow ends. A recording that has ended is good up to
// there, is counted as cut short, and nothing more is written to it: no file has a hole, or comes
// back without its beginning. Leaves what stands in them to recording/recorder.h.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/result.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace livegate::server {

class RecordingStore {
 public:
  class Recording;

  // Whether a file can be written in `dir`, by trying it; else one sentence.
  static Result<Done, std::string> try_folder(const std::string& dir);
  // Makes the folder if it is not there, and tries it.
  static Result<Done, std::string> prepare(const std::string& dir);

  // `dir` is prepared; `bytes_max` is for all files in it that end in .flight. `counters` is this
  // store's alone.
  RecordingStore(std::filesystem::path dir, std::size_t bytes_max, obs::Log& log,
                 obs::ShardMetrics& counters);
  // Writes what is waiting first.
  ~RecordingStore();
  RecordingStore(const RecordingStore&) = delete;
  RecordingStore& operator=(const RecordingStore&) = delete;

  // Any thread. The file of a session that no other file is of.
  [[nodiscard]] std::unique_ptr<Recording> begin(const std::string& session);

 private:
  struct File {
    std::filesystem::path path;
    std::atomic<bool> over{false};  // nothing more is taken for it
    std::uintmax_t bytes = 0;       // written; the writing thread's, as is the next
    bool failed = false;            // nothing more is written to it
  };
  struct Chunk {
    std::shared_ptr<File> file;
    std::string bytes;
    bool last = false;  // the session has ended
  };

  [[nodiscard]] bool append(const std::shared_ptr<File>& file, std::string bytes);
  void complete(std::shared_ptr<File> file);
  void work();
  void take(const Chunk& chunk);
  [[nodiscard]] std::string write(File& file, const std::string& bytes);
  [[nodiscard]] bool make_room(std::size_t bytes);

  std::filesystem::path dir_;
  std::size_t bytes_max_;
  obs::Log& log_;
  obs::ShardMetrics& counters_;
  std::set<std::filesystem::path> running_;  // the writing thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Chunk> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::int64_t not_taken_ = 0;  // recordings that have ended because too much was waiting
  bool stopping_ = false;
  std::thread thread_;
};

// The recording of one session, as long as it runs. The store outlives it.
class RecordingStore::Recording {
 public:
  Recording(RecordingStore& store, std::shared_ptr<File> file)
      : store_(store), file_(std::move(file)) {}
  ~Recording() { store_.complete(std::move(file_)); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // False: the recording is over, and that is counted. These bytes are lost, or others before them:
  // too much was waiting for the disk (limits::kRecordingQueueBytesMax), it is full, or the file is
  // gone.
  bool append(std::string bytes) { return store_.append(file_, std::move(bytes)); }

 private:
  RecordingStore& store_;
  std::shared_ptr<File> file_;
};

}  // namespace livegate::server
