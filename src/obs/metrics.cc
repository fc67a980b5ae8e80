#include "obs/metrics.h"

#include <limits>

#include <prometheus/collectable.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "obs/process_metrics.h"

namespace livegate::obs {
namespace {

struct Row {
  Metric metric;
  const char* family;
  const char* label;  // name of the one label, or null
  const char* value;
  const char* help;
  prometheus::MetricType type = prometheus::MetricType::Counter;
};

constexpr auto kGauge = prometheus::MetricType::Gauge;

// Rows of one family stand together.
constexpr Row kRows[] = {
    {Metric::sessions_open, "livegate_sessions_open", nullptr, nullptr, "Sessions open now",
     kGauge},
    {Metric::sessions_waiting, "livegate_sessions_waiting", nullptr, nullptr,
     "Of these, sessions whose client is away", kGauge},
    {Metric::sessions_native, "livegate_sessions_total", "client", "native", "Sessions begun"},
    {Metric::sessions_live, "livegate_sessions_total", "client", "live", ""},
    {Metric::refused_origin, "livegate_refused_total", "reason", "origin", "Clients turned away"},
    {Metric::refused_unauthorized, "livegate_refused_total", "reason", "unauthorized", ""},
    {Metric::refused_full, "livegate_refused_total", "reason", "server_full", ""},
    {Metric::refused_user_sessions, "livegate_refused_total", "reason", "sessions_per_user", ""},
    {Metric::refused_address_sessions, "livegate_refused_total", "reason", "sessions_per_address",
     ""},
    {Metric::refused_new_sessions, "livegate_refused_total", "reason", "new_sessions", ""},
    {Metric::refused_connects, "livegate_refused_total", "reason", "connects", ""},
    {Metric::refused_failed_logins, "livegate_refused_total", "reason", "failed_logins", ""},
    {Metric::refused_tokens, "livegate_refused_total", "reason", "tokens", ""},
    {Metric::refused_metrics, "livegate_refused_total", "reason", "metrics", ""},
    {Metric::gave_way, "livegate_gave_way_total", nullptr, nullptr,
     "Clients and sessions without their client that made way for others"},
    {Metric::connections_closed, "livegate_connections_closed_total", nullptr, nullptr,
     "Connections that were no sessions and were closed to make room"},
    {Metric::limited_audio, "livegate_limited_total", "limit", "audio",
     "Times that a session went over a limit, and was not read for a while or ended"},
    {Metric::limited_messages, "livegate_limited_total", "limit", "messages", ""},
    {Metric::limited_bytes, "livegate_limited_total", "limit", "bytes", ""},
    {Metric::limited_texts, "livegate_limited_total", "limit", "texts", ""},
    {Metric::limited_text_bytes, "livegate_limited_total", "limit", "text_bytes", ""},
    {Metric::limited_tool_bytes, "livegate_limited_total", "limit", "tool_bytes", ""},
    {Metric::limited_pictures, "livegate_limited_total", "limit", "pictures", ""},
    {Metric::limited_time, "livegate_limited_total", "limit", "session_minutes", ""},
    {Metric::limited_idle, "livegate_limited_total", "limit", "idle_minutes", ""},
    {Metric::ended_normally, "livegate_sessions_ended_total", "how", "normally", "Sessions ended"},
    {Metric::ended_failed, "livegate_sessions_ended_total", "how", "failed", ""},
    {Metric::ended_internal, "livegate_sessions_ended_total", "how", "internal", ""},
    {Metric::ended_too_slow, "livegate_sessions_ended_total", "how", "too_slow", ""},
    {Metric::resumes_accepted, "livegate_resumes_total", "result", "accepted",
     "Clients that wanted to go on with a session"},
    {Metric::resumes_remembered, "livegate_resumes_total", "result", "remembered", ""},
    {Metric::resumes_refused, "livegate_resumes_total", "result", "refused", ""},
    {Metric::resumes_across_shards, "livegate_resumes_across_shards_total", nullptr, nullptr,
     "Of those accepted, clients that had arrived at another shard"},
    {Metric::messages_sent_again, "livegate_messages_sent_again_total", nullptr, nullptr,
     "Messages sent again to clients that came back"},
    {Metric::client_audio_messages, "livegate_client_audio_messages_total", nullptr, nullptr,
     "Audio messages from clients"},
    {Metric::client_messages_refused, "livegate_client_messages_refused_total", nullptr, nullptr,
     "Messages from clients that were refused"},
    {Metric::forwarded_samples, "livegate_forwarded_samples_total", nullptr, nullptr,
     "Samples of speech sent to the model, at 16 kHz"},
    {Metric::repeated_samples, "livegate_repeated_samples_total", nullptr, nullptr,
     "Samples of speech sent to the model again, over another connection"},
    {Metric::dropped_samples, "livegate_dropped_total", "what", "speech_samples",
     "What did not fit or was out of date"},
    {Metric::dropped_pictures, "livegate_dropped_total", "what", "pictures", ""},
    {Metric::dropped_echo_frames, "livegate_dropped_total", "what", "echo_frames", ""},
    {Metric::dropped_stale, "livegate_dropped_total", "what", "stale_reply_messages", ""},
    {Metric::dropped_unsent, "livegate_dropped_total", "what", "unsent_reply_messages", ""},
    {Metric::dropped_unconfirmed, "livegate_dropped_total", "what", "unconfirmed_messages", ""},
    {Metric::dropped_unreadable, "livegate_dropped_total", "what", "unreadable_parts", ""},
    {Metric::dropped_log_lines, "livegate_dropped_total", "what", "log_lines", ""},
    {Metric::recordings_begun, "livegate_recordings_total", "what", "begun",
     "Recordings of sessions: begun, ended before their session, removed to make room"},
    {Metric::recordings_cut_short, "livegate_recordings_total", "what", "cut_short", ""},
    {Metric::recordings_removed, "livegate_recordings_total", "what", "removed", ""},
    {Metric::upstream_messages_sent, "livegate_upstream_messages_total", "direction", "sent",
     "Messages to and from the model"},
    {Metric::upstream_messages_received, "livegate_upstream_messages_total", "direction",
     "received", ""},
    {Metric::upstream_connects, "livegate_upstream_connects_total", nullptr, nullptr,
     "Connections to the model that were opened"},
    {Metric::upstream_losses, "livegate_upstream_losses_total", nullptr, nullptr,
     "Connections to the model that were lost"},
    {Metric::upstream_moves, "livegate_upstream_moves_total", nullptr, nullptr,
     "Connections to the model that were left for another before they were lost"},
    {Metric::remedy_nudge, "livegate_remedies_total", "remedy", "nudge",
     "What was tried with a model or a tool that did not answer"},
    {Metric::remedy_resend, "livegate_remedies_total", "remedy", "resend", ""},
    {Metric::remedy_resume, "livegate_remedies_total", "remedy", "resume", ""},
    {Metric::remedy_fresh, "livegate_remedies_total", "remedy", "fresh", ""},
    {Metric::remedy_give_up, "livegate_remedies_total", "remedy", "give_up", ""},
    {Metric::remedy_answer_tool, "livegate_remedies_total", "remedy", "answer_tool", ""},
    {Metric::facts_corrected, "livegate_model_facts_corrected_total", nullptr, nullptr,
     "Facts of a model that an answer has shown to be otherwise"},
    {Metric::no_answer_no_speech, "livegate_replies_without_answer_total", "kind", "no_speech",
     "Replies of the model that answer nothing"},
    {Metric::no_answer_rejected, "livegate_replies_without_answer_total", "kind", "rejected", ""},
    {Metric::no_answer_text_only, "livegate_replies_without_answer_total", "kind", "text_only", ""},
    {Metric::no_answer_inaudible, "livegate_replies_without_answer_total", "kind", "inaudible", ""},
    {Metric::no_answer_holding, "livegate_replies_without_answer_total", "kind", "holding_line",
     ""},
    {Metric::turns, "livegate_turns_total", nullptr, nullptr, "Replies of the model"},
    {Metric::turns_cut_off, "livegate_turns_cut_off_total", nullptr, nullptr,
     "Replies that did not come to their end"},
    {Metric::interruptions, "livegate_interruptions_total", nullptr, nullptr,
     "Barge-ins and requests for quiet"},
    {Metric::ends_retracted, "livegate_ends_taken_back_total", nullptr, nullptr,
     "Ends of speech that the model was told of too early; the replies were in vain"},
    {Metric::tool_calls, "livegate_tool_calls_total", nullptr, nullptr, "Tool calls of the model"},
};
static_assert(std::size(kRows) == static_cast<std::size_t>(Metric::count_),
              "every metric has its row");

double in_seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

prometheus::ClientMetric histogram_of(const HandlerTimes& from, std::size_t shard) {
  prometheus::ClientMetric metric;
  metric.label.push_back({"shard", std::to_string(shard)});
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= HandlerTimes::kBounds.size(); ++i) {
    count += from.bucket(i);
    const double bound = i < HandlerTimes::kBounds.size() ? in_seconds(HandlerTimes::kBounds[i])
                                                          : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = in_seconds(from.sum());
  return metric;
}

void append_lags(std::vector<prometheus::MetricFamily>& families,
                 const std::vector<std::unique_ptr<HandlerTimes>>& shards) {
  prometheus::MetricFamily lags{"livegate_loop_lag_seconds",
                                "How long a connection with something to read waited for its turn",
                                prometheus::MetricType::Histogram,
                                {}};
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    if (shards[shard]->longest() == HandlerTimes::Nanos::zero()) continue;  // nobody waited
    lags.metric.push_back(histogram_of(*shards[shard], shard));
  }
  families.push_back(std::move(lags));
}

void append_handlers(std::vector<prometheus::MetricFamily>& families,
                     const std::vector<std::unique_ptr<HandlerTimes>>& shards) {
  prometheus::MetricFamily times{"livegate_handler_seconds",
                                 "How long each piece of work held the loop of its shard",
                                 prometheus::MetricType::Histogram,
                                 {}};
  prometheus::MetricFamily longest{"livegate_handler_longest_seconds",
                                   "The longest of these since the start",
                                   prometheus::MetricType::Gauge,
                                   {}};
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    const HandlerTimes& from = *shards[shard];
    if (from.longest() == HandlerTimes::Nanos::zero()) continue;  // it has no loop
    prometheus::ClientMetric metric = histogram_of(from, shard);
    metric.gauge.value = in_seconds(from.longest());
    times.metric.push_back(metric);
    longest.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(times));
  families.push_back(std::move(longest));
}

const prometheus::Histogram::BucketBoundaries kTurnBuckets = {0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5,
                                                              0.75, 1.0,  1.5, 2.0, 3.0, 5.0, 10.0};

}  // namespace

struct Metrics::Histograms {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Histogram>& family =
      prometheus::BuildHistogram()
          .Name("livegate_turn_seconds")
          .Help("Where the time of a turn went, measured at the gateway")
          .Register(registry);
  prometheus::Histogram& first_packet = family.Add({{"stage", "first_packet"}}, kTurnBuckets);
  prometheus::Histogram& end_to_end = family.Add({{"stage", "end_to_end"}}, kTurnBuckets);
  prometheus::Histogram& continuous = family.Add({{"stage", "continuous"}}, kTurnBuckets);
  prometheus::Histogram& decision = family.Add({{"stage", "decision"}}, kTurnBuckets);
};

Metrics::Metrics(std::size_t shards) : histograms_(std::make_unique<Histograms>()) {
  for (std::size_t i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<ShardMetrics>());
    handlers_.push_back(std::make_unique<HandlerTimes>());
    lags_.push_back(std::make_unique<HandlerTimes>());
  }
}
Metrics::~Metrics() = default;

std::int64_t Metrics::sum(Metric metric) const {
  std::int64_t total = 0;
  for (const auto& shard : shards_) total += shard->get(metric);
  for (const auto& [counted, read] : elsewhere_) {
    if (counted == metric) total += read();
  }
  return total;
}

void Metrics::read_from(Metric metric, std::function<std::int64_t()> read) {
  elsewhere_.emplace_back(metric, std::move(read));
}

void Metrics::observe(const TurnTimes& times) {
  const auto observe_one = [](prometheus::Histogram& histogram, std::optional<Millis> time) {
    if (time) histogram.Observe(static_cast<double>(time->count()) / 1000.0);
  };
  observe_one(histograms_->first_packet, times.first_packet);
  observe_one(histograms_->end_to_end, times.end_to_end);
  observe_one(histograms_->continuous, times.continuous);
  observe_one(histograms_->decision, times.decision);
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families;
  for (const Row& row : kRows) {
    if (families.empty() || families.back().name != row.family) {
      families.push_back({row.family, row.help, row.type, {}});
    }
    prometheus::ClientMetric metric;
    if (row.label != nullptr) metric.label.push_back({row.label, row.value});
    const auto value = static_cast<double>(sum(row.metric));
    metric.counter.value = value;
    metric.gauge.value = value;
    families.back().metric.push_back(std::move(metric));
  }
  append_handlers(families, handlers_);
  append_lags(families, lags_);
  append_process(families);
  for (auto& family : histograms_->registry.Collect()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace livegate::obs
