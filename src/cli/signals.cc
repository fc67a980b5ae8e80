#include "cli/signals.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace livegate::cli {
namespace {

Signals::What meaning_of(std::uint32_t number) {
  switch (number) {
    case SIGTERM:
      return Signals::What::stop;
    case SIGHUP:
      return Signals::What::reload;
    case SIGUSR2:
      return Signals::What::replace;
    default:
      return Signals::What::interrupt;
  }
}

int opened(int descriptor) {
  if (descriptor < 0) throw std::system_error(errno, std::system_category(), "signals");
  return descriptor;
}

}  // namespace

Signals::Signals() {
  sigemptyset(&set_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) sigaddset(&set_, number);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  signals_ = opened(::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
  woken_ = opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

Signals::~Signals() {
  ::close(signals_);
  ::close(woken_);
}

Signals::What Signals::wait(std::optional<Millis> time_max, int other) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + time_max.value_or(Millis(0));
  for (;;) {
    signalfd_siginfo signal{};
    if (::read(signals_, &signal, sizeof signal) == sizeof signal) {
      return meaning_of(signal.ssi_signo);
    }
    std::uint64_t count = 0;
    if (::read(woken_, &count, sizeof count) == sizeof count) return What::woken;
    int wait_ms = -1;
    if (time_max) {
      const auto left = std::chrono::ceil<Millis>(until - Clock::now());
      if (left <= Millis(0)) return What::timeout;
      wait_ms = static_cast<int>(left.count());
    }
    std::array<pollfd, 3> all{{{signals_, POLLIN, 0}, {woken_, POLLIN, 0}, {other, POLLIN, 0}}};
    ::poll(all.data(), all.size(), wait_ms);
    if (all[2].revents != 0) return What::readable;
  }
}

void Signals::wait_for_stop() {
  for (What what = wait(); what != What::stop && what != What::interrupt; what = wait()) {
  }
}

void Signals::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(woken_, &one, sizeof one);
}

}  // namespace livegate::cli
