// The app's end of a line that may break: what it has sent and received over all its connections,
// and what of it is sent again (docs/wire-browser.md, "Coming back").
//
// Decides what is kept, and what goes out at once. Leaves to the client when it comes back and with
// which words, to the network when a connection breaks. An app on the Live API's wire counts
// nothing: it keeps what it would say while it is away, but for audio.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace livegate::sim {

class SimClientLine {
 public:
  class Out {
   public:
    virtual ~Out() = default;
    virtual void send_text(std::string_view text) = 0;
    virtual void send_binary(std::string_view bytes) = 0;
    virtual void come_back() = 0;  // another connection: what is sent from now on goes over it
    virtual void vanish() = 0;     // the connection breaks, and nobody comes back
    virtual void drain() = 0;      // the gateway is told to go down
  };
  enum class Part : std::uint8_t { event, audio, picture };

  // `confirms`: says now and then what has arrived.
  SimClientLine(bool native, bool confirms, Out& out)
      : native_(native), confirms_(confirms), out_(out) {}

  void send(std::string_view bytes, Part part);
  // Its first message over a connection: counted by nobody, and kept by nobody.
  void greet(std::string_view text) { out_.send_text(text); }

  // True if the session goes on: what the gateway lacks was sent.
  bool arrived(std::string_view text);
  void arrived_audio() { received_ += may_return() ? 1 : 0; }

  // The connection is dead.
  void lost() { away_ = true; }
  [[nodiscard]] bool is_away() const { return away_; }
  [[nodiscard]] bool may_return() const { return !token_.empty(); }
  [[nodiscard]] const std::string& token() const { return token_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }
  // For a ping or a report: `,"received":N`, or nothing.
  [[nodiscard]] std::string confirmation() const;

 private:
  struct Kept {
    std::uint64_t number;
    Part part;
    std::string bytes;
  };
  void keep(std::string_view bytes, Part part);
  void resumed(std::uint64_t received);

  const bool native_, confirms_;
  Out& out_;
  bool away_ = false;
  std::string token_;
  std::uint64_t received_ = 0, sent_ = 0;  // messages of the session
  std::deque<Kept> kept_;                  // oldest first
  std::size_t audio_bytes_ = 0, others_ = 0;
};

}  // namespace livegate::sim
