#include "session/resume_guard.h"

#include <utility>

namespace livegate::session {

ResumeGuard::ResumeGuard(SessionOwner owner, std::string token)
    : owner_(std::move(owner)), token_(std::move(token)), tokens_(token_) {}

ResumeVerdict ResumeGuard::judge(const SessionOwner& client, std::string_view token,
                                 bool kept) const {
  // Programs on the Live API's wire have no page, and may move from one to another.
  const bool same_page = owner_.kind == ClientKind::live || client.origin == owner_.origin;
  if (client.kind != owner_.kind || client.user != owner_.user || !same_page)
    return ResumeVerdict::other_owner;
  if (!tokens_.open(token)) return ResumeVerdict::wrong_token;
  return kept ? ResumeVerdict::allowed : ResumeVerdict::not_kept;
}

}  // namespace livegate::session
