#include "speech/work_limit.h"

#include <ctime>

#include "audio/pcm.h"

namespace livegate::speech {
namespace {

// Processor time, not the clock on the wall: what is slow because others work costs nobody more.
Millis worked() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return Millis(time.tv_sec * 1000 + time.tv_nsec / 1'000'000);
}

}  // namespace

WorkLimit::WorkLimit(const WorkOptions& options, std::size_t samples, const WorkStops& stops)
    : stops_(stops),
      ends_at_(worked() + options.each +
               options.per_second * static_cast<int>(samples) / audio::kUplinkRateHz) {}

bool WorkLimit::goes_on() {
  if (stops_.stopping.load() || (stops_.cancelled != nullptr && stops_.cancelled->load())) {
    return false;
  }
  spent_ = spent_ || worked() >= ends_at_;
  return !spent_;
}

}  // namespace livegate::speech
