#include "server/recording_store.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

namespace livegate::server {
namespace {

constexpr const char* kSuffix = ".flight";
// Whoever may read it may read what was said.
constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOwnersFolder = 0700;

std::string reason_of(int error) { return std::strerror(error); }

class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, bool is_new)
      : fd_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | (is_new ? O_CREAT | O_EXCL : 0),
                   kOwnerOnly)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  // All of it or nothing; errno says why.
  bool append(const std::string& bytes, std::uintmax_t size_before) {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t written = ::write(fd_, bytes.data() + at, bytes.size() - at);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        const int error = written < 0 ? errno : EIO;
        (void)::ftruncate(fd_, static_cast<off_t>(size_before));
        errno = error;
        return false;
      }
      at += static_cast<std::size_t>(written);
    }
    return true;
  }

 private:
  int fd_;
};

}  // namespace

Result<Done, std::string> RecordingStore::try_folder(const std::string& dir) {
  std::string name = (std::filesystem::path(dir) / "tried-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) {
    return Unexpected{"recorder.dir: no file can be made in the folder " + dir + ": " +
                      reason_of(errno) + "."};
  }
  ::close(fd);
  ::unlink(name.c_str());
  return Done{};
}

Result<Done, std::string> RecordingStore::prepare(const std::string& dir) {
  std::error_code failed;
  std::filesystem::path path = std::filesystem::absolute(dir, failed).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "flights/"
  std::filesystem::create_directories(path.parent_path(), failed);
  if (!failed && ::mkdir(path.c_str(), kOwnersFolder) != 0 && errno != EEXIST) {
    failed = std::error_code(errno, std::system_category());
  }
  if (failed || !std::filesystem::is_directory(dir, failed)) {
    return Unexpected{"recorder.dir: the folder " + dir + " cannot be made."};
  }
  return try_folder(dir);
}

RecordingStore::RecordingStore(std::filesystem::path dir, std::size_t bytes_max, obs::Log& log,
                               obs::ShardMetrics& counters)
    : dir_(std::move(dir)), bytes_max_(bytes_max), log_(log), counters_(counters), thread_([this] {
        work();
      }) {}

RecordingStore::~RecordingStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::unique_ptr<RecordingStore::Recording> RecordingStore::begin(const std::string& session) {
  auto file = std::make_shared<File>();
  file->path = dir_ / (session + kSuffix);
  return std::make_unique<Recording>(*this, std::move(file));
}

bool RecordingStore::append(const std::shared_ptr<File>& file, std::string bytes) {
  if (file->over) return false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + bytes.size() > limits::kRecordingQueueBytesMax) {
      file->over = true;  // what waits of it is written, and no more
      ++not_taken_;
      return false;
    }
    waiting_bytes_ += bytes.size();
    waiting_.push_back({file, std::move(bytes)});
  }
  wake_.notify_one();
  return true;
}

void RecordingStore::complete(std::shared_ptr<File> file) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(file), {}, /*last=*/true});
  }
  wake_.notify_one();
}

void RecordingStore::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Chunk chunk = std::move(waiting_.front());
    waiting_.pop_front();
    counters_.add(obs::Metric::recordings_cut_short, std::exchange(not_taken_, 0));
    lock.unlock();
    take(chunk);
    lock.lock();
    waiting_bytes_ -= chunk.bytes.size();
  }
}

void RecordingStore::take(const Chunk& chunk) {
  File& file = *chunk.file;
  if (chunk.last) {
    running_.erase(file.path);
    return;
  }
  if (file.failed) return;
  const std::string failure = write(file, chunk.bytes);
  if (failure.empty()) return;
  file.failed = true;
  if (!file.over.exchange(true)) counters_.add(obs::Metric::recordings_cut_short);
  log_.warn("recording {} ends early: {}", file.path.filename().string(), failure);
}

// Empty, or why not.
std::string RecordingStore::write(File& file, const std::string& bytes) {
  if (!make_room(bytes.size())) return "no more room for the running ones (recorder.bytes_max)";
  const bool is_new = file.bytes == 0;
  OpenFile out(file.path, is_new);
  if (!out.is_open()) return reason_of(errno);
  if (!out.append(bytes, file.bytes)) {
    std::string reason = reason_of(errno);
    if (is_new) ::unlink(file.path.c_str());
    return reason;
  }
  file.bytes += bytes.size();
  running_.insert(file.path);
  return {};
}

bool RecordingStore::make_room(std::size_t bytes) {
  struct Found {
    std::filesystem::path path;
    std::filesystem::file_time_type written;
    std::uintmax_t bytes;
  };
  std::vector<Found> files;
  std::uintmax_t total = bytes;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(dir_, failed)) {
    if (entry.path().extension() != kSuffix || !entry.is_regular_file(failed)) continue;
    const std::uintmax_t size = entry.file_size(failed);
    if (failed) continue;  // gone meanwhile
    total += size;
    if (running_.contains(entry.path())) continue;
    files.push_back({entry.path(), entry.last_write_time(failed), size});
  }
  std::ranges::sort(files, {}, &Found::written);
  for (const Found& file : files) {
    if (total <= bytes_max_) return true;
    if (!std::filesystem::remove(file.path, failed)) continue;
    total -= file.bytes;
    counters_.add(obs::Metric::recordings_removed);
    log_.info("recording {} made room for newer ones", file.path.filename().string());
  }
  return total <= bytes_max_;
}

}  // namespace livegate::server
