#include "cli/live_line.h"

#include <chrono>
#include <utility>

namespace livegate::cli {

Instant steady_now() {
  return Instant(std::chrono::duration_cast<SessionClock::duration>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

double ms_between(Instant from, Instant to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

LiveLine::LiveLine(net::Loop& loop, Listener listener)
    : loop_(loop), listener_(std::move(listener)) {}

LiveLine::~LiveLine() = default;

std::optional<net::ConnectError> LiveLine::open(net::Connector::Request request) {
  std::optional<net::ConnectError> failed;
  const auto connector =
      net::Connector::open(loop_, std::move(request), [&](net::Connector::Outcome outcome) {
        if (outcome) {
          socket_ = std::move(outcome).value();
        } else {
          failed = outcome.error();
        }
        loop_.stop();
      });
  loop_.run();
  if (socket_) socket_->start(*this);
  return failed;
}

bool LiveLine::wait(Millis time_max, const std::function<bool()>& done) {
  if (done()) return true;
  if (closed_) return false;
  net::Timer limit(loop_, [this] { loop_.stop(); });
  limit.arm(steady_now() + time_max);
  done_ = &done;
  loop_.run();
  done_ = nullptr;
  return done();
}

void LiveLine::pass(Millis time) {
  if (time > Millis(0)) wait(time, [] { return false; });
}

void LiveLine::send_text(std::string_view text) {
  if (socket_ && !closed_) socket_->send_text(text);
}

void LiveLine::send_binary(std::span<const std::uint8_t> bytes) {
  if (socket_ && !closed_) socket_->send(ws::Opcode::binary, bytes);
}

std::optional<double> LiveLine::ping(Millis time_max) {
  if (!socket_ || closed_) return std::nullopt;
  const std::size_t before = pongs_;
  const Instant sent = steady_now();
  socket_->ping();
  if (!wait(time_max, [&] { return pongs_ > before; })) return std::nullopt;
  return ms_between(sent, last_pong_);
}

void LiveLine::close() {
  if (!socket_ || closed_) return;
  socket_->close(1000, "");
  wait(limits::kUpstreamCloseTimeMax, [&] { return closed_.has_value(); });
}

void LiveLine::on_message(ws::Opcode opcode, PaddedText payload) {
  listener_(opcode, payload, steady_now());
  look();
}

void LiveLine::on_closed(const net::Closed& closed) {
  closed_ = closed;
  loop_.stop();
}

void LiveLine::on_pong() {
  ++pongs_;
  last_pong_ = steady_now();
  look();
}

void LiveLine::look() {
  if (done_ != nullptr && (*done_)()) loop_.stop();
}

net::Fetch::Outcome fetch_page(net::Loop& loop, net::Connector::Request request) {
  std::optional<net::Fetch::Outcome> outcome;
  const auto fetch = net::Fetch::open(loop, std::move(request), [&](net::Fetch::Outcome came) {
    outcome.emplace(std::move(came));
    loop.stop();
  });
  loop.run();
  return std::move(*outcome);
}

}  // namespace livegate::cli
