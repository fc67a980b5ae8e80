#include "obs/log_writer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"

namespace livegate::obs {
namespace {

using Clock = std::chrono::steady_clock;

// A pipe that poll(2) calls writable takes so much without waiting, and in one piece (pipe(7)).
// O_NONBLOCK would not do: standard error is shared with the processes that started us.
constexpr std::size_t kWriteBytesMax = PIPE_BUF;

// The writer's own thread is allowed to be this late.
constexpr Millis kLate = 500ms;

void close_own(int descriptor) {
  if (descriptor >= 0 && descriptor != STDERR_FILENO) ::close(descriptor);
}

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

}  // namespace

struct LogWriter::State {
  State(int first_descriptor, std::size_t queue_bytes, LostLine tells_lost)
      : queue_bytes_max(queue_bytes),
        lost_line(std::move(tells_lost)),
        descriptor(first_descriptor),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (wake < 0) throw std::system_error(errno, std::system_category(), "eventfd");
    pending.reserve(queue_bytes_max);
  }
  ~State() {
    close_own(descriptor);
    close_own(next_descriptor);
    ::close(wake);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void rouse() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake, &one, sizeof one);
  }

  const std::size_t queue_bytes_max;
  const LostLine lost_line;
  int descriptor;  // of the writer's thread
  const int wake;  // an eventfd
  std::atomic<std::uint64_t> lost{0};

  std::mutex mutex;  // held for a copy at most, never for a system call
  std::string pending;
  std::uint64_t lost_now = 0;  // since something was dropped for the last time, and not yet said
  int next_descriptor = -1;
  bool stopping = false;
};

// What the thread does.
class LogWriter::Run {
 public:
  explicit Run(std::shared_ptr<State> state) : state_(std::move(state)) {
    batch_.reserve(state_->queue_bytes_max);
  }

  void operator()() {
    for (;;) {
      take();
      if (batch_.empty() && deadline_) return;
      std::array<pollfd, 2> wait{{{state_->wake, POLLIN, 0}, {state_->descriptor, POLLOUT, 0}}};
      ::poll(wait.data(), batch_.empty() ? 1 : 2, time_left_ms());
      if (deadline_ && Clock::now() >= *deadline_) return;
      if (wait[0].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto read = ::read(state_->wake, &count, sizeof count);
      }
      if (!batch_.empty() && wait[1].revents != 0) write_some();
    }
  }

 private:
  void take() {
    std::uint64_t lost = 0;
    int next = -1;
    {
      const std::lock_guard lock(state_->mutex);
      if (batch_.empty()) {
        std::swap(batch_, state_->pending);
        lost = std::exchange(state_->lost_now, 0);
      }
      next = std::exchange(state_->next_descriptor, -1);
      if (state_->stopping && !deadline_) deadline_ = Clock::now() + limits::kLogFlushTimeMax;
    }
    if (!batch_.empty() && written_ == 0) lost += std::exchange(unsaid_, 0);
    if (lost > 0) batch_ += state_->lost_line(lost);
    if (next < 0) return;
    close_own(std::exchange(state_->descriptor, next));
    if (written_ > 0 && batch_[written_ - 1] != '\n') {  // half of it stands elsewhere
      const std::size_t end = batch_.find('\n', written_);
      written_ = end == std::string::npos ? batch_.size() : end + 1;
      end_if_written();
    }
  }

  [[nodiscard]] int time_left_ms() const {
    if (!deadline_) return -1;
    const auto left = std::chrono::ceil<Millis>(*deadline_ - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
  }

  // Whole lines, where one fits.
  void write_some() {
    std::string_view piece = std::string_view(batch_).substr(written_, kWriteBytesMax);
    if (const std::size_t end = piece.rfind('\n'); end != std::string_view::npos) {
      piece = piece.substr(0, end + 1);
    }
    const auto taken = ::write(state_->descriptor, piece.data(), piece.size());
    if (taken >= 0) {
      written_ += static_cast<std::size_t>(taken);
    } else if (errno != EAGAIN && errno != EINTR) {  // the disk is full, the reader gone
      const std::uint64_t lines = lines_in(std::string_view(batch_).substr(written_));
      state_->lost += lines;
      unsaid_ += lines;
      written_ = batch_.size();
    }
    end_if_written();
  }

  void end_if_written() {
    if (written_ < batch_.size()) return;
    batch_.clear();
    written_ = 0;
  }

  std::shared_ptr<State> state_;
  std::string batch_;  // being written
  std::size_t written_ = 0;
  std::uint64_t unsaid_ = 0;  // lost lines that no line tells of yet; said with the next one
  std::optional<Clock::time_point> deadline_;
};

LogWriter::LogWriter(int descriptor, std::size_t queue_bytes_max, LostLine lost_line)
    : state_(std::make_shared<State>(descriptor, queue_bytes_max, std::move(lost_line))) {
  std::packaged_task<void()> task{Run(state_)};
  finished_ = task.get_future();
  thread_ = std::thread(std::move(task));
}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->rouse();
  // A write to a disk or a terminal that has gone away may not return at all.
  if (finished_.wait_for(limits::kLogFlushTimeMax + kLate) == std::future_status::ready) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LogWriter::add(std::string_view lines) {
  bool first = false;
  {
    const std::lock_guard lock(state_->mutex);
    // Once one is dropped all are, until the number of them can be written at their place.
    if (state_->lost_now > 0 || state_->pending.size() + lines.size() > state_->queue_bytes_max) {
      const std::uint64_t count = lines_in(lines);
      state_->lost_now += count;
      state_->lost += count;
      return;
    }
    first = state_->pending.empty();
    state_->pending += lines;
  }
  if (first) state_->rouse();
}

void LogWriter::change(int descriptor) {
  int unused = -1;
  {
    const std::lock_guard lock(state_->mutex);
    unused = std::exchange(state_->next_descriptor, descriptor);
  }
  close_own(unused);
  state_->rouse();
}

std::uint64_t LogWriter::lost_lines() const { return state_->lost; }

}  // namespace livegate::obs
