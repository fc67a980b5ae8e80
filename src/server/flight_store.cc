#include "server/flight_store.h"

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace livegate::server {
namespace {

constexpr const char* kSuffix = ".flight";

}  // namespace

Result<std::unique_ptr<FlightStore>, std::string> FlightStore::open(const std::string& dir,
                                                                    std::size_t bytes_max,
                                                                    obs::Log& log) {
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed || !std::filesystem::is_directory(dir, failed)) {
    return Unexpected{"recorder.dir: the folder " + dir + " cannot be made."};
  }
  return std::unique_ptr<FlightStore>(new FlightStore(dir, bytes_max, log));
}

FlightStore::FlightStore(std::filesystem::path dir, std::size_t bytes_max, obs::Log& log)
    : dir_(std::move(dir)), bytes_max_(bytes_max), log_(log), thread_([this] { work(); }) {}

FlightStore::~FlightStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool FlightStore::append(const std::string& session, std::string bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + bytes.size() > limits::kFlightQueueBytesMax) return false;
    waiting_bytes_ += bytes.size();
    waiting_.push_back({session, std::move(bytes)});
  }
  wake_.notify_one();
  return true;
}

void FlightStore::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Chunk chunk = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    write(chunk.session, chunk.bytes);
    lock.lock();
    waiting_bytes_ -= chunk.bytes.size();
  }
}

void FlightStore::write(const std::string& session, const std::string& bytes) {
  const std::filesystem::path file = dir_ / (session + kSuffix);
  std::error_code missing;
  if (!std::filesystem::exists(file, missing)) {
    std::ofstream made(file, std::ios::binary);
    made.close();
    // Whoever may read it may read what was said.
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, missing);
  }
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) log_.warn("recording {} cannot be written", file.string());
  make_room(file);
}

void FlightStore::make_room(const std::filesystem::path& kept) {
  struct File {
    std::filesystem::path path;
    std::filesystem::file_time_type written;
    std::uintmax_t bytes;
  };
  std::vector<File> files;
  std::uintmax_t total = 0;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(dir_, failed)) {
    if (entry.path().extension() != kSuffix || !entry.is_regular_file(failed)) continue;
    files.push_back({entry.path(), entry.last_write_time(failed), entry.file_size(failed)});
    total += files.back().bytes;
  }
  std::ranges::sort(files, {}, &File::written);
  for (const File& file : files) {
    if (total <= bytes_max_) return;
    if (file.path == kept || !std::filesystem::remove(file.path, failed)) continue;
    total -= file.bytes;
    ++removed_;
    log_.info("recording {} made room for newer ones", file.path.filename().string());
  }
}

}  // namespace livegate::server
