#include "session/retransmit_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/give_back.h"

namespace livegate::session {
namespace {

// A third of a second of a reply: what a queue takes and gives back at a time.
constexpr std::size_t kBlockBytes = 16 * 1024;

}  // namespace

void RetransmitQueue::add(std::string_view bytes, bool binary, bool revocable) {
  place(bytes, binary, revocable, next_mark_++);
}

void RetransmitQueue::place(std::string_view bytes, bool binary, bool revocable, Mark mark) {
  if (blocks_.empty() || blocks_.back().size() + bytes.size() > blocks_.back().capacity()) {
    blocks_.push_back(std::exchange(spare_, {}));
    blocks_.back().reserve(std::max(kBlockBytes, bytes.size()));
  }
  std::string& block = blocks_.back();
  entries_.push_back({first_block_ + blocks_.size() - 1, static_cast<std::uint32_t>(block.size()),
                      static_cast<std::uint32_t>(bytes.size()), mark, binary, revocable});
  block.append(bytes);
  message_bytes_ += bytes.size();
}

void RetransmitQueue::confirm(std::uint64_t received) {
  if (received <= forgotten_) return;
  forget(static_cast<std::size_t>(std::min<std::uint64_t>(received - forgotten_, size())));
}

std::size_t RetransmitQueue::trim(std::size_t bytes_max) {
  std::size_t count = 0;
  std::size_t left = bytes();
  while (left > bytes_max) {
    left -= entries_[first_ + count].size + sizeof(Entry);
    ++count;
  }
  forget(count);
  return count;
}

void RetransmitQueue::revoke(std::size_t count, Mark before) {
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

std::size_t RetransmitQueue::take_back_from(Mark from) {
  return take_out([from](const Entry& entry) { return entry.revocable && entry.mark >= from; });
}

RetransmitQueue::Mark RetransmitQueue::mark_before(std::size_t count) const {
  return count == 0 || size() == 0 ? next_mark_
                                   : entries_[entries_.size() - std::min(count, size())].mark;
}

std::size_t RetransmitQueue::count_from(Mark from) const {
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first_);
  return static_cast<std::size_t>(std::count_if(
      begin, entries_.end(), [from](const Entry& entry) { return entry.mark >= from; }));
}

RetransmitQueue::Message RetransmitQueue::at(std::size_t index) const {
  LIVEGATE_CHECK(index < size());
  const Entry& entry = entries_[first_ + index];
  return {bytes_of(entry), entry.binary, entry.revocable};
}

std::string_view RetransmitQueue::bytes_of(const Entry& entry) const {
  return std::string_view(blocks_[entry.block - first_block_]).substr(entry.begin, entry.size);
}

std::size_t RetransmitQueue::capacity_bytes() const {
  std::size_t bytes = spare_.capacity() + entries_.capacity() * sizeof(Entry);
  for (const std::string& block : blocks_) bytes += block.capacity();
  return bytes;
}

void RetransmitQueue::forget(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) message_bytes_ -= entries_[first_ + i].size;
  first_ += count;
  forgotten_ += count;
  free_blocks(size() > 0 ? entries_[first_].block - first_block_ : blocks_.size());
  // Moved down only when that frees more than it moves.
  if (size() > 0 && first_ <= entries_.size() / 2) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  if (entries_.empty() && entries_.capacity() * sizeof(Entry) > kBlockBytes) give_back(entries_);
}

// The oldest `count` of them hold nothing any more.
void RetransmitQueue::free_blocks(std::size_t count) {
  if (count == 0) return;
  std::string& newest = blocks_[count - 1];
  newest.clear();
  if (newest.capacity() < 2 * kBlockBytes) spare_ = std::move(newest);
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(count));
  first_block_ += count;
}

// What stays is laid down anew, so that no block is kept for what is gone.
template <class Unwanted>
std::size_t RetransmitQueue::take_out(Unwanted unwanted) {
  const std::size_t before = size();
  RetransmitQueue rest;
  for (std::size_t i = first_; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (unwanted(entry)) continue;
    rest.place(bytes_of(entry), entry.binary, entry.revocable, entry.mark);
  }
  rest.forgotten_ = forgotten_;
  rest.next_mark_ = next_mark_;
  *this = std::move(rest);
  return before - size();
}

}  // namespace livegate::session
