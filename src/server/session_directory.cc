#include "server/session_directory.h"

#include <array>
#include <utility>

#include <sys/random.h>

#include "base/check.h"
#include "base/limits.h"
#include "policy/access.h"

namespace livegate::server {
namespace {

constexpr char kSeparator = '.';

std::string session_of(std::string_view token) {
  return std::string(token.substr(0, token.find(kSeparator)));
}

}  // namespace

std::string new_resume_token(std::string_view session) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<std::uint8_t, 22> random;  // six bits of each are used: 132
  LIVEGATE_CHECK(::getrandom(random.data(), random.size(), 0) ==
                 static_cast<ssize_t>(random.size()));
  std::string token(session);
  token += kSeparator;
  for (const std::uint8_t byte : random) token += kAlphabet[byte % kAlphabet.size()];
  return token;
}

void SessionDirectory::add(const std::string& session, const Place& place) {
  const std::lock_guard lock(mutex_);
  sessions_.emplace(session, place);
}

void SessionDirectory::remove(const std::string& session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(session);
}

std::optional<SessionDirectory::Place> SessionDirectory::find(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session_of(token));
  if (found == sessions_.end()) return std::nullopt;
  return found->second;
}

void SessionDirectory::remember(const std::string& token, const std::string& user,
                                std::string upstream_handle, Instant now) {
  const std::string session = session_of(token);
  const std::lock_guard lock(mutex_);
  Memory memory{token, user, std::move(upstream_handle), now + limits::kResumeHandleTimeMax};
  if (!memories_.insert_or_assign(session, std::move(memory)).second) return;
  oldest_.push_back(session);
  while (oldest_.size() > limits::kResumeHandlesMax || memories_.at(oldest_.front()).until <= now) {
    memories_.erase(oldest_.front());
    oldest_.pop_front();
  }
}

std::optional<std::string> SessionDirectory::recall(std::string_view token, std::string_view user,
                                                    Instant now) const {
  const std::lock_guard lock(mutex_);
  const auto found = memories_.find(session_of(token));
  if (found == memories_.end()) return std::nullopt;
  const Memory& memory = found->second;
  const bool opens = policy::equal_in_constant_time(token, memory.token);
  if (!opens || memory.user != user || memory.until <= now) return std::nullopt;
  return memory.upstream_handle;
}

}  // namespace livegate::server
