// What the gateway counts, and how it is shown: Prometheus text at /metrics.
//
// Counters are written by one shard each and summed when read: a frame costs one plain store, no
// shared cache line and no lock. Latencies are histograms of prometheus-cpp, observed once per
// turn.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "obs/handler_times.h"

namespace livegate::obs {

// One row of the table in metrics.cc each; docs/operations.md explains them.
enum class Metric : std::uint8_t {
  sessions_open,
  sessions_waiting,
  sessions_native,
  sessions_live,
  refused_origin,
  refused_unauthorized,
  refused_full,
  refused_user_sessions,
  refused_address_sessions,
  refused_new_sessions,
  refused_connects,
  refused_failed_logins,
  refused_tokens,
  refused_metrics,
  gave_way,
  connections_closed,
  limited_audio,
  limited_messages,
  limited_bytes,
  limited_texts,
  limited_text_bytes,
  limited_tool_bytes,
  limited_pictures,
  limited_time,
  limited_idle,
  ended_normally,
  ended_failed,
  ended_internal,
  ended_too_slow,
  resumes_accepted,
  resumes_remembered,
  resumes_refused,
  resumes_across_shards,
  messages_sent_again,
  client_audio_messages,
  client_messages_refused,
  forwarded_samples,
  repeated_samples,
  dropped_samples,
  dropped_pictures,
  dropped_echo_frames,
  dropped_stale,
  dropped_unsent,
  recordings_begun,
  recordings_cut_short,
  recordings_removed,
  dropped_unconfirmed,
  dropped_unreadable,
  dropped_log_lines,
  upstream_messages_sent,
  upstream_messages_received,
  upstream_connects,
  upstream_losses,
  upstream_moves,
  remedy_nudge,
  remedy_resend,
  remedy_resume,
  remedy_fresh,
  remedy_give_up,
  remedy_answer_tool,
  facts_corrected,
  no_answer_no_speech,
  no_answer_rejected,
  no_answer_text_only,
  no_answer_inaudible,
  no_answer_holding,
  turns,
  turns_cut_off,
  interruptions,
  ends_retracted,
  tool_calls,
  count_,
};

// Written by one thread, read by any.
class ShardMetrics {
 public:
  void add(Metric metric, std::int64_t amount = 1) {
    auto& value = values_[static_cast<std::size_t>(metric)];
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t get(Metric metric) const {
    return values_[static_cast<std::size_t>(metric)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::int64_t>, static_cast<std::size_t>(Metric::count_)> values_{};
};

struct TurnTimes {
  std::optional<Millis> first_packet;
  std::optional<Millis> end_to_end;
  std::optional<Millis> continuous;
  std::optional<Millis> decision;
};

class Metrics {
 public:
  explicit Metrics(std::size_t shards);
  ~Metrics();
  [[nodiscard]] ShardMetrics& shard(std::size_t index) { return *shards_[index]; }
  [[nodiscard]] std::int64_t sum(Metric metric) const;
  // `metric` is counted elsewhere too: `read` is asked whenever it is wanted, on any thread, for as
  // long as this lives. Before others use this.
  void read_from(Metric metric, std::function<std::int64_t()> read);
  // Of the loop that this shard runs on.
  [[nodiscard]] HandlerTimes& handlers(std::size_t shard) { return *handlers_[shard]; }
  [[nodiscard]] HandlerTimes& lag(std::size_t shard) { return *lags_[shard]; }
  void observe(const TurnTimes& times);    // any thread
  [[nodiscard]] std::string text() const;  // any thread

 private:
  struct Histograms;
  std::vector<std::unique_ptr<ShardMetrics>> shards_;
  std::vector<std::pair<Metric, std::function<std::int64_t()>>> elsewhere_;
  std::vector<std::unique_ptr<HandlerTimes>> handlers_;
  std::vector<std::unique_ptr<HandlerTimes>> lags_;  // of each shard's loop
  std::unique_ptr<Histograms> histograms_;
};

}  // namespace livegate::obs
