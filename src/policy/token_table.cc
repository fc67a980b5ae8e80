#include "policy/token_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "policy/access.h"

namespace livegate::policy {
namespace {

// The end of a name finds its row; the rest of it is the secret. 64 bits are enough to tell rows
// apart.
constexpr std::size_t kPublicChars = 16;

std::string public_part(std::string_view name) {
  return std::string(name.substr(name.size() - std::min(name.size(), kPublicChars)));
}

}  // namespace

bool TokenTable::add(const std::string& name, TokenGrant grant, Instant now) {
  if (rows_.size() >= limits::kTokensMax || bytes_ + grant.setup.size() > limits::kTokenBytesMax) {
    forget_expired(now);
  }
  if (rows_.size() >= limits::kTokensMax || bytes_ + grant.setup.size() > limits::kTokenBytesMax) {
    return false;
  }
  bytes_ += grant.setup.size();
  const int uses = grant.uses;
  grant.row = public_part(name);
  Row& row = rows_[grant.row];
  row = {name, std::make_shared<const TokenGrant>(std::move(grant)), uses};
  return true;
}

void TokenTable::give_back(const TokenGrant& grant) {
  const auto found = rows_.find(grant.row);
  if (found == rows_.end() || found->second.grant.get() != &grant) return;
  if (found->second.uses_left < grant.uses) ++found->second.uses_left;
}

TokenTable::Ticket TokenTable::present(std::string_view name, Instant now) {
  const auto found = rows_.find(public_part(name));
  if (found == rows_.end() || !equal_in_constant_time(name, found->second.name)) return {};
  Row& row = found->second;
  if (now >= row.grant->expires_at) return {TokenState::expired, nullptr};
  const bool spent = row.grant->uses > 0 && row.uses_left == 0;
  if (spent || now >= row.grant->begin_until) return {TokenState::only_resume, row.grant};
  if (row.uses_left > 0) --row.uses_left;
  return {TokenState::good, row.grant};
}

void TokenTable::forget_expired(Instant now) {
  for (auto row = rows_.begin(); row != rows_.end();) {
    const bool over = now >= row->second.grant->expires_at;
    if (over) bytes_ -= row->second.grant->setup.size();
    row = over ? rows_.erase(row) : std::next(row);
  }
}

}  // namespace livegate::policy
