// Whether the session's messages reach the client once each and in order, over however many
// connections: none left out, none twice, none that was taken back.
//
// Told what leaves for the client and what arrives there. Of a client that counts, everything that
// had not arrived must be sent again; of one that does not, everything that never left.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace livegate::sim {

class ClientWatch {
 public:
  using Verdict = std::string;

  explicit ClientWatch(bool counts) : counts_(counts) {}

  // The client was told a way back: messages are the session's from now on.
  void offered() { offered_ = true; }
  [[nodiscard]] bool is_offered() const { return offered_; }

  // ---- at the gateway, in order
  void sent(std::string_view bytes, bool revocable);
  void revoked(std::size_t messages);  // the newest revocable ones
  void lost(std::size_t unsent);       // the connection; so many never left
  // To a client that came back. `first`: it was never seen before, as nobody was there.
  struct Again {
    Verdict verdict;
    bool first;
  };
  Again sent_again(std::string_view bytes, bool revocable);
  // All of it was sent.
  Verdict returned();

  // ---- at the client
  Verdict arrived(std::string_view bytes);
  [[nodiscard]] std::uint64_t arrived_messages() const { return arrived_; }

 private:
  struct Message {
    std::uint64_t digest;
    bool revocable;
  };
  const bool counts_;
  bool offered_ = false;
  std::deque<Message> under_way_;  // not arrived, as far as they may still
  std::size_t again_ = 0;          // of these, sent over the present connection
  bool cut_off_ = false;           // what was taken out while nobody was there is owed a word
  std::uint64_t arrived_ = 0;
};

}  // namespace livegate::sim
