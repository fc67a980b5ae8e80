// What the offline assistant remembers of conversations whose connection may come back: resumption
// handles, and behind each the state to go on from. Shared by all sessions of one thread.
//
// Decides how long a handle counts (two hours after its session ended) and which ones are forgotten
// when there are too many (limits.h). Leaves to the session what is remembered and when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "assistant/brain.h"
#include "base/instant.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/rng.h"
#include "offline/conversation_book.h"
#include "offline/scenario.h"

namespace livegate::offline {

struct Remembered {
  assistant::Brain brain;
  std::string tools_json;        // what the brain was made of
  bool tools_updated = false;    // by contextUpdate: outlives the setup of the next connection
  bool picture_noticed = false;  // the first picture has been spoken of
  std::int64_t context_tokens = 0;
  std::int64_t context_audio_tokens = 0;
  ScenarioPlace place;
  std::shared_ptr<ConversationCounts> conversation;  // goes on being counted
};

enum class HandleFault : std::uint8_t {
  unknown,  // never given out, too old, or forgotten
  in_use,   // its session's connection is still open: the service answers that with an error, too
};

class HandleStore {
 public:
  void opened(std::uint64_t session);
  void set_time_max(Millis time_max) { time_max_ = time_max; }
  void closed(std::uint64_t session, Instant now);

  void keep(std::uint64_t session, std::string handle, std::shared_ptr<const Remembered> state,
            Instant now);

  // A handle may be used again and again, as long as it counts.
  [[nodiscard]] Result<std::shared_ptr<const Remembered>, HandleFault> find(
      const std::string& handle, Instant now);

  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::uint64_t session;
    std::string handle;
    std::shared_ptr<const Remembered> state;
  };
  struct Session {
    std::size_t handles = 0;
    std::optional<Instant> closed_at;  // nothing: its connection is open
  };
  void forget_expired(Instant now);
  void forget(std::deque<Kept>::iterator kept);

  Millis time_max_ = limits::kOfflineHandleTimeMax;
  std::deque<Kept> kept_;  // oldest first; searched from the front, it is short (limits.h)
  std::unordered_map<std::uint64_t, Session> sessions_;
};

// A version 4 UUID (RFC 9562 section 5.4). As hard to guess as `rng` is: give each session one of
// its own, seeded from the system, so that no client sees two numbers of another's.
[[nodiscard]] std::string make_uuid(Rng& rng);

}  // namespace livegate::offline
