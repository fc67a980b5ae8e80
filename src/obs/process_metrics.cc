#include "obs/process_metrics.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace livegate::obs {
namespace {

using prometheus::MetricType;

void add(std::vector<prometheus::MetricFamily>& families, const char* name, const char* help,
         MetricType type, double value, std::vector<prometheus::ClientMetric::Label> labels = {}) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;
  metric.gauge.value = value;
  families.push_back({name, help, type, {std::move(metric)}});
}

// Field `number` of /proc/self/stat, counted from 3, the first behind the program's name.
std::optional<double> stat_field(int number) {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int i = 3; i <= number; ++i) rest >> field;
  return rest ? std::optional(std::stod(field)) : std::nullopt;
}

// When the machine was started, in seconds since 1970.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  std::error_code failed;
  double count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    ++count;
  }
  return failed ? std::nullopt : std::optional(count - 1);  // one is for looking
}

}  // namespace

void append_process(std::vector<prometheus::MetricFamily>& families) {
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  add(families, "livegate_build_info", "1, with the version that runs", MetricType::Gauge, 1,
      {{"version", LIVEGATE_VERSION}});
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    add(families, "process_cpu_seconds_total", "Processor time of the process, in seconds",
        MetricType::Counter, seconds(usage.ru_utime) + seconds(usage.ru_stime));
  }
  constexpr int kStarted = 22, kResidentPages = 24;
  if (const auto pages = stat_field(kResidentPages)) {
    add(families, "process_resident_memory_bytes", "Memory of the process that is in RAM",
        MetricType::Gauge, *pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
  if (const auto open = open_descriptors()) {
    add(families, "process_open_fds", "Open file descriptors", MetricType::Gauge, *open);
  }
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    add(families, "process_max_fds", "File descriptors that the process may have",
        MetricType::Gauge, static_cast<double>(descriptors.rlim_cur));
  }
  static const auto booted = boot_time();  // a long file, and always the same
  const auto started = stat_field(kStarted);
  if (started && booted) {
    add(families, "process_start_time_seconds", "When the process began, in seconds since 1970",
        MetricType::Gauge, *booted + *started / ticks);
  }
}

}  // namespace livegate::obs
