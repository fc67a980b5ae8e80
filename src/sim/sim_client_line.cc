#include "sim/sim_client_line.h"

#include <algorithm>
#include <utility>

#include "sim/json_peek.h"

namespace livegate::sim {
namespace {

// As the page's own library has it (web/lib/retransmit_queue.js): 5 s of audio, and of the rest.
constexpr std::size_t kAudioBytesMax = 160'000;
constexpr std::size_t kOthersMax = 32;

bool is_of_connection(std::string_view text) {
  const std::string_view type = peek_type(text);
  return type == "start" || type == "ping";
}

}  // namespace

void SimClientLine::send(std::string_view bytes, Part part) {
  const bool is_text = !native_ || part != Part::audio;
  if (native_ && is_text && is_of_connection(bytes)) {
    if (!away_) out_.send_text(bytes);
    return;
  }
  ++sent_;
  if (native_ ? may_return() : away_ && part == Part::event) keep(bytes, part);
  if (away_) return;
  is_text ? out_.send_text(bytes) : out_.send_binary(bytes);
}

void SimClientLine::keep(std::string_view bytes, Part part) {
  if (part == Part::picture) return;
  kept_.push_back({sent_, part, std::string(bytes)});
  part == Part::audio ? audio_bytes_ += bytes.size() : ++others_;
  // The oldest goes: while the connection is sound it has long arrived.
  while (audio_bytes_ > kAudioBytesMax || others_ > kOthersMax) {
    const Part full = audio_bytes_ > kAudioBytesMax ? Part::audio : Part::event;
    const auto oldest = std::ranges::find(kept_, full, &Kept::part);
    full == Part::audio ? audio_bytes_ -= oldest->bytes.size() : --others_;
    kept_.erase(oldest);
  }
}

bool SimClientLine::arrived(std::string_view text) {
  if (!native_) {
    if (const auto handle = peek_text(text, "newHandle"); !handle.empty()) token_ = handle;
    if (!away_ || text.find("\"setupComplete\"") == std::string_view::npos) return false;
    resumed(0);
    return true;
  }
  const std::string_view type = peek_type(text);
  if (type == "pong") return false;
  if (type != "ready") {
    received_ += may_return() ? 1 : 0;
    return false;
  }
  token_ = peek_text(text, "token");
  if (text.find("\"resumed\":true") == std::string_view::npos) {
    sent_ = received_ = 0;
    return false;
  }
  resumed(static_cast<std::uint64_t>(peek_number(text, "received").value_or(0)));
  return true;
}

// What the gateway has is forgotten, the rest is numbered anew.
void SimClientLine::resumed(std::uint64_t received) {
  away_ = false;
  audio_bytes_ = others_ = 0;
  const auto again = std::exchange(kept_, {});
  if (native_) sent_ = received;
  for (const Kept& kept : again) {
    if (!native_ || kept.number > received) send(kept.bytes, kept.part);
  }
}

std::string SimClientLine::confirmation() const {
  if (!native_ || !confirms_ || !may_return()) return {};
  return ",\"received\":" + std::to_string(received_);
}

}  // namespace livegate::sim
