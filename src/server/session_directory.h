// The sessions that a client may ask for, of all shards: where each lives, and under which handle
// the model still knows one that is over.
//
// Asked when a client begins or comes back, and never for a frame. Decides nothing about who may
// resume: the session itself does, on its own loop, for it holds the secret. What a token shows
// openly is the session's id, by which it is found.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/instant.h"

namespace livegate::net {
class Loop;
}

namespace livegate::server {

class Front;

// A new way back to `session`: its id and 128 bits of the system's randomness, URL-safe.
[[nodiscard]] std::string new_resume_token(std::string_view session);

class SessionDirectory {
 public:
  struct Place {
    net::Loop* loop = nullptr;
    Front* front = nullptr;    // to be called on that loop
    std::uint64_t number = 0;  // of the session there
  };

  // ---- sessions that live. Each is removed by the one that added it.
  void add(const std::string& session, const Place& place);
  void remove(const std::string& session);
  [[nodiscard]] std::optional<Place> find(std::string_view token) const;

  // ---- sessions of the Live API's wire that are over, for limits::kResumeHandleTimeMax; of more
  // than limits::kResumeHandlesMax the oldest are forgotten
  void remember(const std::string& token, const std::string& user, std::string upstream_handle,
                Instant now);
  // The model's handle, if this is the user's own token.
  [[nodiscard]] std::optional<std::string> recall(std::string_view token, std::string_view user,
                                                  Instant now) const;

 private:
  struct Memory {
    std::string token;
    std::string user;
    std::string upstream_handle;
    Instant until;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Place> sessions_;   // by session
  std::unordered_map<std::string, Memory> memories_;  // by session
  std::deque<std::string> oldest_;                    // sessions of memories_
};

}  // namespace livegate::server
