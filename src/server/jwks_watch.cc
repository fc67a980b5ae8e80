#include "server/jwks_watch.h"

#include <algorithm>
#include <utility>

namespace livegate::server {
namespace {

// A question that failed is asked again sooner than the next is due.
constexpr Millis kRetry = 15s;

// http(s)://, as the connector knows it.
std::string as_socket_url(std::string_view url) {
  constexpr std::string_view kScheme = "http";
  return "ws" + std::string(url.substr(kScheme.size()));
}

}  // namespace

Result<std::optional<JwksWatch::Source>, std::string> JwksWatch::source_of(
    const config::Config& config) {
  const config::Identity& identity = config.identity;
  if (identity.jwks_url.empty()) return std::optional<Source>();
  const auto url = net::Url::parse(as_socket_url(identity.jwks_url));
  if (!url) return Unexpected{"auth.jwt.jwks_url: " + url.error()};
  Source source{.url = identity.jwks_url,
                .request = {},
                .refresh = identity.jwks_refresh,
                .refetch = identity.jwks_refetch};
  source.request.url = *url;
  source.request.headers = {{"Accept", "application/json"}};
  source.request.time_max = kTimeMax;
  if (url->tls) {
    auto tls = net::TlsContext::client(config.ca_file);
    if (!tls) return Unexpected{tls.error()};
    source.request.tls = *tls;
  }
  return std::optional(std::move(source));
}

void JwksWatch::begin(net::Loop& loop) {
  loop_ = &loop;
  loop.post([this, &loop] { again_.emplace(loop, [this] { ask(); }); });
}

void JwksWatch::use(std::optional<Source> source) {
  net::Loop* const loop = loop_;
  if (loop == nullptr) return;
  loop->post([this, next = std::move(source)]() mutable {
    if (!source_ || !next || source_->url != next->url) {
      const std::lock_guard lock(mutex_);
      keys_ = nullptr;
    }
    source_ = std::move(next);
    fetch_.reset();
    wanted_ = false;
    if (source_) ask();
  });
}

void JwksWatch::end() {
  fetch_.reset();
  again_.reset();
  loop_ = nullptr;
}

std::shared_ptr<const policy::JwtKeys> JwksWatch::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void JwksWatch::want_newer() {
  net::Loop* const loop = loop_;
  // One wish at a time, however many tokens name keys that do not exist.
  if (loop == nullptr || wanted_.exchange(true)) return;
  loop->post([this, loop] {
    if (!again_ || !source_ || fetch_) return;  // its answer is the newest
    const Instant earliest = asked_at_ ? *asked_at_ + source_->refetch : loop->now();
    again_->disarm();
    again_->arm(std::max(earliest, loop->now()));
  });
}

void JwksWatch::ask() {
  net::Loop* const loop = loop_;
  if (!again_ || !source_ || loop == nullptr) return;
  again_->disarm();
  asked_at_ = loop->now();
  fetch_ = net::Fetch::open(*loop, source_->request,
                            [this](net::Fetch::Outcome outcome) { answered(outcome); });
}

void JwksWatch::answered(const net::Fetch::Outcome& outcome) {
  net::Loop* const loop = loop_;
  const auto done = std::move(fetch_);
  wanted_ = false;
  if (!again_ || !source_ || loop == nullptr) return;
  again_->arm(loop->now() + std::min(kRetry, source_->refresh));
  if (!outcome) return keep_old(outcome.error().message);
  if (outcome->status != 200) {
    return keep_old("the answer has HTTP status " + std::to_string(outcome->status) + ".");
  }
  auto read = policy::JwtKeys::from_json(outcome->body, policy::JwtKeys::Source::url);
  if (!read) return keep_old(read.error());
  again_->disarm();
  again_->arm(loop->now() + source_->refresh);
  const auto next = std::make_shared<const policy::JwtKeys>(std::move(*read));
  log_.info("auth.jwt.jwks_url: {} keys", next->size());
  const std::lock_guard lock(mutex_);
  keys_ = next;
}

void JwksWatch::keep_old(const std::string& why) {
  const auto before = keys();
  log_.warn("auth.jwt.jwks_url: {} keys stay in force: {}", before ? before->size() : 0, why);
}

}  // namespace livegate::server
