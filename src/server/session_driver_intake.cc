// How fast what the client sends is taken: never more at a time than a loop can bear, and over a
// limit not before it is kept again. Nothing is dropped: what is not taken yet stays at the client.
#include <algorithm>
#include <utility>

#include "server/session_driver.h"

namespace livegate::server {
namespace {

obs::Metric metric_of(policy::Limit limit) {
  switch (limit) {
    case policy::Limit::audio:
      return obs::Metric::limited_audio;
    case policy::Limit::messages:
      return obs::Metric::limited_messages;
    case policy::Limit::bytes:
      return obs::Metric::limited_bytes;
    case policy::Limit::texts:
      return obs::Metric::limited_texts;
    case policy::Limit::text_bytes:
      return obs::Metric::limited_text_bytes;
    case policy::Limit::tool_bytes:
      return obs::Metric::limited_tool_bytes;
    case policy::Limit::pictures:
    case policy::Limit::count_:
      break;
  }
  return obs::Metric::limited_pictures;
}

}  // namespace

void SessionDriver::on_message(ws::Opcode opcode, PaddedText payload) {
  guard_.client_spoke();
  if (is_live() && pieces_.begin(payload, tools_.codecs.gemini, tools_.codecs.client_message)) {
    client_->pause();
    if (!took(1, payload.size())) take_pieces();
    return;
  }
  if (opcode == ws::Opcode::text) {
    pump(session::ClientText{payload});
  } else {
    pump(session::ClientBinary{payload});
  }
  took(1, payload.size());
}

void SessionDriver::on_piece(PaddedText payload) {
  pump(session::ClientAudioPiece{payload});
  took(0, payload.size());
}

// The client's next message waits for the last piece of this one.
void SessionDriver::take_pieces() {
  while (pieces_.has_more() && client_ && !session_.finished()) {
    pump(session::ClientText{pieces_.next()});
    if (took(0, 0)) return;
    if (tools_.loop.is_late()) return intake_timer_.arm(tools_.loop.now());
  }
  pieces_.clear();
  if (client_) client_->resume();
}

// True if the client is paused for it.
bool SessionDriver::took(std::size_t messages, std::size_t bytes) {
  if (!client_ || session_.finished()) return false;
  const auto pause = intake_.took(session_.counters(), messages, bytes, tools_.loop.now());
  if (pause) pause_client(*pause);
  return pause.has_value();
}

void SessionDriver::pause_client(const ClientIntake::Pause& pause) {
  client_->pause();
  const Instant now = tools_.loop.now();
  keep_alive_.paused(now);
  arm();
  intake_timer_.arm(pause.until);
  if (!pause.is_new) return;
  tools_.counters.add(metric_of(pause.limit));
  std::string sentence = intake_.sentence(pause, now);
  tools_.log.info("session {} is over a limit: {}", id_, sentence);
  // Sound that comes faster than it was spoken is a file, and no mistake.
  if (pause.limit != policy::Limit::audio) pump(session::ClientLimited{std::move(sentence)});
}

void SessionDriver::resume_reading() {
  keep_alive_.resumed(tools_.loop.now());
  take_pieces();
}

// What it has sent and nobody has taken goes with it.
void SessionDriver::detach_client() {
  client_.reset();
  pieces_.clear();
  intake_timer_.disarm();
}

}  // namespace livegate::server
