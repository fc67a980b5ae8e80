#include "offline/live_session_handles.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/limits.h"

namespace livegate::offline {

void HandleStore::opened(std::uint64_t session) { sessions_[session].closed_at.reset(); }

void HandleStore::closed(std::uint64_t session, Instant now) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  if (found->second.handles == 0) {
    sessions_.erase(found);
  } else {
    found->second.closed_at = now;
  }
}

void HandleStore::forget(std::deque<Kept>::iterator kept) {
  const auto session = sessions_.find(kept->session);
  if (--session->second.handles == 0 && session->second.closed_at) sessions_.erase(session);
  kept_.erase(kept);
}

void HandleStore::forget_expired(Instant now) {
  for (std::size_t i = kept_.size(); i-- > 0;) {
    const std::optional<Instant> closed_at = sessions_.at(kept_[i].session).closed_at;
    if (closed_at && now - *closed_at > time_max_) {
      forget(kept_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

void HandleStore::keep(std::uint64_t session, std::string handle,
                       std::shared_ptr<const Remembered> state, Instant now) {
  forget_expired(now);
  Session& owner = sessions_[session];
  if (owner.handles >= limits::kOfflineHandlesPerSessionMax) {
    forget(std::ranges::find(kept_, session, &Kept::session));
  } else if (kept_.size() >= limits::kOfflineHandlesMax) {
    forget(kept_.begin());
  }
  ++sessions_[session].handles;  // looked up again: forgetting may have dropped the entry
  kept_.push_back({.session = session, .handle = std::move(handle), .state = std::move(state)});
}

Result<std::shared_ptr<const Remembered>, HandleFault> HandleStore::find(const std::string& handle,
                                                                         Instant now) {
  forget_expired(now);
  const auto kept = std::ranges::find(kept_, handle, &Kept::handle);
  if (kept == kept_.end()) return Unexpected{HandleFault::unknown};
  if (!sessions_.at(kept->session).closed_at) return Unexpected{HandleFault::in_use};
  return kept->state;
}

std::string make_uuid(Rng& rng) {
  const std::uint64_t high = (rng.next() & ~0xf000ULL) | 0x4000ULL;       // version 4
  const std::uint64_t low = (rng.next() & ~(3ULL << 62)) | (2ULL << 62);  // variant 10
  char text[37];
  std::snprintf(text, sizeof text, "%08llx-%04llx-%04llx-%04llx-%012llx",
                static_cast<unsigned long long>(high >> 32),
                static_cast<unsigned long long>((high >> 16) & 0xffff),
                static_cast<unsigned long long>(high & 0xffff),
                static_cast<unsigned long long>(low >> 48),
                static_cast<unsigned long long>(low & 0xffff'ffff'ffffULL));
  return text;
}

}  // namespace livegate::offline
