#include "session/client_ledger.h"

#include <algorithm>

#include "base/check.h"

namespace livegate::session {
namespace {

// An empty ledger keeps this much room: some seconds of a client that confirms. More goes back to
// the heap.
constexpr std::size_t kCapacityKept = 128 * 1024;

}  // namespace

void ClientLedger::add(std::string_view bytes, bool binary, bool revocable) {
  entries_.push_back({bytes_.size(), bytes.size(), next_mark_++, binary, revocable});
  bytes_.append(bytes);
}

void ClientLedger::confirm(std::uint64_t received) {
  if (received <= forgotten_) return;
  forget(static_cast<std::size_t>(std::min<std::uint64_t>(received - forgotten_, size())));
}

std::size_t ClientLedger::trim(std::size_t bytes_max) {
  std::size_t count = 0;
  std::size_t left = bytes();
  while (left > bytes_max) {
    left -= entries_[first_ + count].size + sizeof(Entry);
    ++count;
  }
  forget(count);
  return count;
}

void ClientLedger::take_back(std::size_t count, Mark before) {
  // The newest of them decides where the taking begins: what is older stays.
  Mark from = before;
  std::size_t left = count;
  for (std::size_t i = entries_.size(); i > first_ && left > 0; --i) {
    const Entry& entry = entries_[i - 1];
    if (!entry.revocable || entry.mark >= before) continue;
    from = entry.mark;
    --left;
  }
  take_out([from, before](const Entry& entry) {
    return entry.revocable && entry.mark >= from && entry.mark < before;
  });
  forgotten_ -= std::min<std::uint64_t>(left, forgotten_);  // trimmed, and never sent either
}

std::size_t ClientLedger::take_back_from(Mark from) {
  return take_out([from](const Entry& entry) { return entry.revocable && entry.mark >= from; });
}

ClientLedger::Mark ClientLedger::mark_before(std::size_t count) const {
  return count == 0 || size() == 0 ? next_mark_
                                   : entries_[entries_.size() - std::min(count, size())].mark;
}

std::size_t ClientLedger::count_from(Mark from) const {
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first_);
  return static_cast<std::size_t>(std::count_if(
      begin, entries_.end(), [from](const Entry& entry) { return entry.mark >= from; }));
}

ClientLedger::Message ClientLedger::at(std::size_t index) const {
  LIVEGATE_CHECK(index < size());
  const Entry& entry = entries_[first_ + index];
  return {std::string_view(bytes_).substr(entry.begin, entry.size), entry.binary, entry.revocable};
}

std::size_t ClientLedger::bytes() const {
  if (size() == 0) return 0;
  return bytes_.size() - entries_[first_].begin + size() * sizeof(Entry);
}

void ClientLedger::forget(std::size_t count) {
  first_ += count;
  forgotten_ += count;
  if (first_ == entries_.size()) {
    if (bytes_.capacity() + entries_.capacity() * sizeof(Entry) > kCapacityKept) {
      bytes_ = {};
      entries_ = {};
    }
    bytes_.clear();
    entries_.clear();
    first_ = 0;
    return;
  }
  // Moved down only when that frees more than it moves.
  const std::size_t done = entries_[first_].begin;
  if (done <= bytes_.size() / 2 && first_ <= entries_.size() / 2) return;
  take_out([](const Entry&) { return false; });
}

// Moves what stays to the front.
template <class Unwanted>
std::size_t ClientLedger::take_out(Unwanted unwanted) {
  std::size_t kept = 0;
  std::size_t kept_end = 0;
  const std::size_t before = size();
  for (std::size_t i = first_; i < entries_.size(); ++i) {
    Entry entry = entries_[i];
    if (unwanted(entry)) continue;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(entry.begin), entry.size,
                bytes_.begin() + static_cast<std::ptrdiff_t>(kept_end));
    entry.begin = kept_end;
    kept_end += entry.size;
    entries_[kept++] = entry;
  }
  bytes_.resize(kept_end);
  entries_.resize(kept);
  first_ = 0;
  return before - kept;
}

}  // namespace livegate::session
