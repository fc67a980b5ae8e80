// What one session costs: which report of the model belongs to which turn, and what a turn comes to
// that was never reported.
//
// The service reports a turn with its end, in a message behind it, or not at all; per turn and
// never as a running total, on every model that has been recorded. So a report that comes while a
// turn runs, or with its end, is that turn's; one that comes after the end and before new content
// is the last turn's, and replaces the estimate that stands for it. Two reports of one turn are
// merged, not added. Whatever is told over another connection (a hand-over, a resumption, a fresh
// session) belongs to turns of that connection.
//
// An estimate counts what the service would: the whole context again (what it reported last, and
// all that was sent since), and the reply as far as it came. It is marked as such.
//
// Leaves to the session when to ask, and to budget.h what users and the gateway may spend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "meter/budget.h"
#include "meter/price_table.h"
#include "meter/tokens.h"
#include "proto/gemini.h"

namespace livegate::meter {

// How the service counts, as documented: audio in both directions, text, one picture.
inline constexpr std::int64_t kAudioTokensPerSecond = 25;
inline constexpr std::int64_t kBytesPerTextToken = 4;
inline constexpr std::int64_t kTokensPerPicture = 258;

// What has changed. In a correction numbers may be negative.
struct Spend {
  Tokens tokens;
  MicroUsd cost = 0;
  Tokens estimated;  // part of `tokens`
  MicroUsd estimated_cost = 0;
  int turns = 0;
  int estimated_turns = 0;
  [[nodiscard]] bool empty() const {
    return turns == 0 && estimated_turns == 0 && cost == 0 && tokens == Tokens{};
  }
  Spend& operator+=(const Spend& other);
};

class SessionMeter {
 public:
  // Once the model is known.
  void open(const Prices& prices) { prices_ = prices; }

  // What the model's side is sent.
  void sent_sound(std::size_t samples) { input_.samples += samples; }  // 16 kHz
  void sent_text(std::size_t bytes) { input_.bytes += bytes; }
  void sent_picture() { ++input_.pictures; }

  // Another connection is ready. `remembers`: the model has the context of the last one.
  void connected(bool remembers);
  // ... is over, or the session is: a turn that had begun will never be reported.
  void connection_over();
  // A message of the model as it arrives, before any of it is held back or dropped. Each once.
  void received(const proto::ServerMessage& message);

  [[nodiscard]] const Spend& session() const { return session_; }
  // Since this was asked last: for the books, and for the client.
  Spend take() { return std::exchange(untaken_, {}); }
  Spend take_untold() { return std::exchange(untold_, {}); }

 private:
  struct Input {
    std::size_t samples = 0, bytes = 0, pictures = 0;
    [[nodiscard]] bool any() const { return samples > 0 || bytes > 0 || pictures > 0; }
  };
  struct Turn {
    Tokens tokens;
    bool estimated = false;
  };
  void end_turn();
  void late(const Tokens& report);
  void count(const Turn& turn, int sign);
  void put(const Spend& change);
  [[nodiscard]] Tokens estimate() const;
  void remember(const Tokens& turn);

  Prices prices_;
  Tokens context_;                                   // of its prompt, before what was sent since
  Input input_;                                      // since the last turn ended
  std::size_t reply_samples_ = 0, reply_bytes_ = 0;  // of the running turn; samples at 24 kHz
  bool running_ = false;                             // some of its reply has arrived
  std::optional<Tokens> report_;                     // of the running turn
  std::optional<Turn> last_;                         // that a late report may be of
  Spend session_, untaken_, untold_;
};

}  // namespace livegate::meter
