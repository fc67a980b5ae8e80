// The configuration in force, with what was made of it: an immutable whole that is replaced at
// once when the configuration is read again.
//
// Decides nothing. What begins (a session, the answer to a request) takes the settings
// once and keeps them as long as it likes; what was begun before a change keeps the old ones.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "config/config.h"
#include "policy/access.h"
#include "server/hearing.h"
#include "server/web_assets.h"

namespace livegate::server {

struct Settings {
  config::Config config;  // without the text of tokens
  Hearing hearing;
  WebAssets web;
  std::vector<policy::KnownToken> tokens = {};
  std::optional<policy::SecretHash> admin_token = {};
};

class LiveSettings {
 public:
  explicit LiveSettings(std::shared_ptr<const Settings> first) : current_(std::move(first)) {}

  // Any thread. Once for each session or request, never per frame.
  [[nodiscard]] std::shared_ptr<const Settings> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  // The configuration alone: settings->sessions_max. It lives to the end of the expression.
  std::shared_ptr<const config::Config> operator->() const { return config(); }
  [[nodiscard]] std::shared_ptr<const config::Config> config() const {
    auto settings = get();
    const config::Config* const config = &settings->config;
    return {std::move(settings), config};
  }

  void set(std::shared_ptr<const Settings> next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;  // held for a copy of the pointer
  std::shared_ptr<const Settings> current_;
};

}  // namespace livegate::server
