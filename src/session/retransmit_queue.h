// The messages of one session that its client may not have, in order, so that another connection
// can go on exactly where the last one broke.
//
// Decides how they lie in memory and what number each one has: both sides count, nothing carries a
// number, and a message that never left its queue never had one. Leaves to ClientLine how much is
// kept and when it is sent again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace livegate::session {

class RetransmitQueue {
 public:
  // A place between two messages. It stays what it is when messages before it are taken out.
  using Mark = std::uint64_t;

  struct Message {
    std::string_view bytes;  // until the next change
    bool binary;
    bool revocable;
  };

  // `revocable`: a socket's queue may give it back.
  void add(std::string_view bytes, bool binary, bool revocable);

  // The first `received` messages of the session have arrived: they are forgotten. More than were
  // sent counts as all of them.
  void confirm(std::uint64_t received);
  // Forgets the oldest until the rest costs at most `bytes_max`. Returns how many.
  std::size_t trim(std::size_t bytes_max);
  // The newest `count` revocable messages before `before` were taken out of the socket's queue
  // unsent, or what there are of them.
  void revoke(std::size_t count, Mark before);
  // Takes out the revocable messages from `from` on: no socket ever had them. Returns how many.
  std::size_t take_back_from(Mark from);

  [[nodiscard]] Mark mark() const { return next_mark_; }
  // Before the newest `count` messages, of either kind.
  [[nodiscard]] Mark mark_before(std::size_t count) const;
  [[nodiscard]] std::size_t count_from(Mark from) const;  // messages that are kept
  // Of the session so far, those taken back apart.
  [[nodiscard]] std::uint64_t sent() const { return forgotten_ + size(); }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
  [[nodiscard]] std::size_t size() const { return entries_.size() - first_; }
  [[nodiscard]] Message at(std::size_t index) const;  // 0: the oldest that is kept
  // What the kept messages cost, bookkeeping included.
  [[nodiscard]] std::size_t bytes() const { return message_bytes_ + size() * sizeof(Entry); }
  // What is taken from the heap for them.
  [[nodiscard]] std::size_t capacity_bytes() const;

 private:
  struct Entry {
    std::uint64_t block;  // its number, counted from the first there ever was
    std::uint32_t begin;  // in its block
    std::uint32_t size;
    Mark mark;
    bool binary;
    bool revocable;
  };

  void place(std::string_view bytes, bool binary, bool revocable, Mark mark);
  void forget(std::size_t count);
  void free_blocks(std::size_t count);
  template <class Unwanted>
  std::size_t take_out(Unwanted unwanted);
  [[nodiscard]] std::string_view bytes_of(const Entry& entry) const;

  // Whole messages, one after the other. A block never grows, and goes with its last message.
  std::vector<std::string> blocks_;
  std::uint64_t first_block_ = 0;  // the number of blocks_.front()
  std::string spare_;              // a block that became empty: the next one to be filled
  std::vector<Entry> entries_;
  std::size_t first_ =
      0;  // of entries_ that is kept; what lies before goes in one sweep, now and then
  std::size_t message_bytes_ = 0;
  std::uint64_t forgotten_ = 0;
  Mark next_mark_ = 0;
};

}  // namespace livegate::session
