#include "policy/token_table.h"

#include <algorithm>
#include <utility>

#include "policy/access.h"

namespace livegate::policy {
namespace {

// The end of a name finds its row; the rest of it is the secret. 64 bits are enough to tell rows
// apart.
constexpr std::size_t kPublicChars = 16;
// Each time that one is added: the table shrinks, and nobody waits for a large one to be cleared.
constexpr int kForgottenAtOnce = 64;

std::string public_part(std::string_view name) {
  return std::string(name.substr(name.size() - std::min(name.size(), kPublicChars)));
}

}  // namespace

void TokenTable::add(const std::string& name, TokenGrant grant, Instant now) {
  forget_expired(now);
  const int uses = grant.uses;
  grant.row = public_part(name);
  ends_.push({grant.expires_at, grant.row});
  Row& row = rows_[grant.row];
  row = {name, std::make_shared<const TokenGrant>(std::move(grant)), uses, 0};
}

TokenTable::Row* TokenTable::row_of(const TokenGrant& grant) {
  const auto found = rows_.find(grant.row);
  const bool same = found != rows_.end() && found->second.grant.get() == &grant;
  return same ? &found->second : nullptr;
}

void TokenTable::give_back(const TokenGrant& grant) {
  Row* const row = row_of(grant);
  if (row == nullptr) return;
  if (row->uses_left < grant.uses) ++row->uses_left;
  if (row->open > 0) --row->open;
}

bool TokenTable::go_on(const TokenGrant& grant) {
  Row* const row = row_of(grant);
  if (row == nullptr) return false;
  const bool any_number = grant.uses == 0;
  if (!any_number && row->open >= grant.uses - row->uses_left) return false;
  ++row->open;
  return true;
}

void TokenTable::ended(const TokenGrant& grant) {
  if (Row* const row = row_of(grant); row != nullptr && row->open > 0) --row->open;
}

TokenTable::Ticket TokenTable::present(std::string_view name, Instant now) {
  const auto found = rows_.find(public_part(name));
  if (found == rows_.end() || !equal_in_constant_time(name, found->second.name)) return {};
  Row& row = found->second;
  if (now >= row.grant->expires_at) return {TokenState::expired, nullptr};
  const bool spent = row.grant->uses > 0 && row.uses_left == 0;
  if (spent || now >= row.grant->begin_until) return {TokenState::only_resume, row.grant};
  if (row.uses_left > 0) --row.uses_left;
  ++row.open;
  return {TokenState::good, row.grant};
}

void TokenTable::forget_expired(Instant now) {
  for (int left = kForgottenAtOnce; left > 0 && !ends_.empty() && ends_.top().at <= now; --left) {
    rows_.erase(ends_.top().row);
    ends_.pop();
  }
}

}  // namespace livegate::policy
