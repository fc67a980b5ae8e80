#include "config/fixed_keys.h"

#include <utility>

namespace livegate::config {
namespace {

class Keeper {
 public:
  template <class T>
  void keep(const char* key, const T& running, T& next) {
    if (running == next) return;
    changed_.emplace_back(key);
    next = running;
  }
  void keep(const char* key, const Redacted& running, Redacted& next) {
    if (running.reveal() == next.reveal()) return;
    changed_.emplace_back(key);
    next = running;
  }
  [[nodiscard]] std::vector<std::string> changed() && { return std::move(changed_); }

 private:
  std::vector<std::string> changed_;
};

}  // namespace

std::vector<std::string> keep_fixed_keys(const Config& running, Config& next) {
  Keeper keeper;
  if (running.listen.host != next.listen.host || running.listen.port != next.listen.port) {
    std::string listen;
    keeper.keep("server.listen", std::string("running"), listen);
    next.listen = running.listen;
  }
  keeper.keep("server.threads", running.threads, next.threads);
  keeper.keep("server.tick_us", running.tick_us, next.tick_us);
  // Certificates may be others. Whether there is one is part of the address.
  if (running.tls_cert_file.empty() != next.tls_cert_file.empty()) {
    keeper.keep("server.tls_cert_file", running.tls_cert_file, next.tls_cert_file);
    next.tls_key_file = running.tls_key_file;
  }
  keeper.keep("upstream.url", running.upstream_url, next.upstream_url);
  keeper.keep("upstream.key_file", running.key, next.key);
  keeper.keep("upstream.ca_file", running.ca_file, next.ca_file);
  keeper.keep("recorder.dir", running.recorder_dir, next.recorder_dir);
  keeper.keep("recorder.bytes_max", running.recorder_bytes_max, next.recorder_bytes_max);
  keeper.keep("meter.file", running.metering.file, next.metering.file);
  keeper.keep("meter.keep_days", running.metering.keep_days, next.metering.keep_days);
  keeper.keep("offline.recognizer_threads", running.recognizer_threads, next.recognizer_threads);
  const Admission& now = running.admission;
  keeper.keep("server.trusted_proxies", now.trusted_proxies, next.admission.trusted_proxies);
  keeper.keep("metrics.token", now.metrics_token, next.admission.metrics_token);
  keeper.keep("metrics.allow", now.metrics_allow, next.admission.metrics_allow);
  keeper.keep("limits.connections", now.connections, next.admission.connections);
  keeper.keep("limits.connections_per_address", now.connections_per_address,
              next.admission.connections_per_address);
  return std::move(keeper).changed();
}

}  // namespace livegate::config
