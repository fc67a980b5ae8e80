#include "server/upstream_watch.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace livegate::server {
namespace {

bool names_key(const net::FetchedPage& page) {
  return page.body.find("API_KEY") != std::string::npos ||
         page.body.find("API key") != std::string::npos;
}

// Where the Live API's own path is asked for, the Developer API's page about the model, which it
// gives to a good key alone; elsewhere the path itself, for nothing else is known to be there.
std::string page_about(std::string_view model, const std::string& path) {
  if (path.find("google.ai.generativelanguage") == std::string::npos) return path;
  constexpr std::string_view kModels = "/v1beta/models/";
  const std::string_view id = model.substr(model.rfind('/') + 1);
  const bool plain = std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
  return std::string(kModels).append(plain ? id : std::string_view());
}

}  // namespace

UpstreamVerdict verdict_of(const net::Fetch::Outcome& outcome) {
  if (!outcome) return {UpstreamState::unreachable, outcome.error().told, outcome.error().message};
  const int status = outcome->status;
  const std::string answer = "HTTP status " + std::to_string(status);
  if (status == 401 || status == 403 || (status == 400 && names_key(*outcome))) {
    return {UpstreamState::refused, "The service refuses the key (" + answer +
                                        "): check GEMINI_API_KEY or upstream.key_file."};
  }
  if (status >= 500) return {UpstreamState::unreachable, "The service answers " + answer + "."};
  return {UpstreamState::good, "ready"};  // not every server that speaks the Live API has the page
}

void UpstreamWatch::begin(net::Loop& loop, std::string model) {
  loop_ = &loop;
  model_ = std::move(model);
  loop.post([this] {
    again_.emplace(*loop_, [this] { ask(); });
    ask();
  });
}

void UpstreamWatch::end() {
  fetch_.reset();
  again_.reset();
}

void UpstreamWatch::opened() {
  if (state_ == UpstreamState::good || loop_ == nullptr) return;
  set({UpstreamState::good, "ready"});
}

void UpstreamWatch::not_opened() {
  // One question at a time, however many sessions fail.
  if (loop_ == nullptr || asking_.exchange(true)) return;
  loop_->post([this] { ask(); });
}

std::string UpstreamWatch::sentence() const {
  const std::lock_guard lock(mutex_);
  return sentence_;
}

void UpstreamWatch::ask() {
  if (!again_) return;
  again_->disarm();
  asking_ = true;
  net::Connector::Request request = dialer_.request();
  request.url.path = page_about(model_, request.url.path);
  fetch_ = net::Fetch::open(*loop_, std::move(request),
                            [this](net::Fetch::Outcome outcome) { answered(outcome); });
}

void UpstreamWatch::answered(const net::Fetch::Outcome& outcome) {
  asking_ = false;
  set(verdict_of(outcome));
  if (again_ && state_ != UpstreamState::good) again_->arm(loop_->now() + kAskAgainAfter);
}

void UpstreamWatch::set(UpstreamVerdict verdict) {
  const UpstreamState before = state_.exchange(verdict.state);
  if (verdict.state == UpstreamState::good) {
    if (before != UpstreamState::good && before != UpstreamState::unasked)
      log_.info("the model's side answers again");
  } else if (before != verdict.state) {
    log_.warn("not ready: {}", verdict.detail.empty() ? verdict.sentence : verdict.detail);
  }
  const std::lock_guard lock(mutex_);
  sentence_ = std::move(verdict.sentence);
}

}  // namespace livegate::server
