// What Prometheus expects to know of every process, under the names that all its clients use.
//
// Reads /proc/self at each scrape. Decides nothing; what cannot be read is left out.
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace livegate::obs {

// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds,
// process_start_time_seconds, and livegate_build_info{version}.
void append_process(std::vector<prometheus::MetricFamily>& families);

}  // namespace livegate::obs
