#include "session/live_wire.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "proto/server_facts.h"

namespace livegate::session {
namespace {

bool names_python(std::string_view text) {
  constexpr std::string_view kName = "python";
  const auto found = std::search(
      text.begin(), text.end(), kName.begin(), kName.end(),
      [](unsigned char a, unsigned char b) { return std::tolower(a) == static_cast<int>(b); });
  return found != text.end();
}

// Everything around one piece of audio: {"serverContent":{"modelTurn":{...}}}, indented.
constexpr std::size_t kEnvelopeBytes = 512;
// Eight characters of base64 are six bytes are three samples: no cut splits one.
constexpr std::size_t kCutEvery = 8;

// Facts of which Python's SDK knows no member. An unknown member inside of what it knows is left
// out by it.
constexpr proto::FactSet kUnknownToPython = {
    proto::Fact::activity, proto::Fact::unknown_in_activity, proto::Fact::unknown_on_top};

class Splitter {
 public:
  explicit Splitter(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void add(const proto::ServerMessage& message) {
    if (proto::facts_of(message).is_within(kUnknownToPython)) return;
    std::string wire;
    proto::append_server_message(wire, message);
    if (wire.size() > bytes_max_) {
      ++out_.parts_left_out;
      return;
    }
    out_.wires.push_back(std::move(wire));
    out_.media_only.push_back(is_media_only(message));
  }

  void add(const proto::InlineData& media) {
    proto::ServerMessage message;
    const std::size_t room = bytes_max_ - kEnvelopeBytes;
    const bool can_be_cut = proto::pcm_rate_hz(media.mime_type, 1) > 0;
    const std::size_t piece =
        can_be_cut ? room / kCutEvery * kCutEvery : std::max<std::size_t>(media.base64.size(), 1);
    for (std::size_t at = 0; at < media.base64.size(); at += piece) {
      message.media = {{.mime_type = media.mime_type, .base64 = media.base64.substr(at, piece)}};
      add(message);
    }
  }

  SplitMessages take() { return std::move(out_); }

 private:
  std::size_t bytes_max_;
  SplitMessages out_;
};

}  // namespace

LiveWire live_wire_of(std::string_view path, std::string_view user_agent,
                      std::string_view api_client) {
  LiveWire wire;
  wire.text_frames = path.find("//ws/") != std::string_view::npos;
  if (names_python(user_agent) || names_python(api_client)) {
    wire.known_only = true;
    wire.message_bytes_max = limits::kPythonMessageBytesMax;
  }
  return wire;
}

bool is_known_to_python(const proto::ServerMessage& message) {
  const proto::FactSet facts = proto::facts_of(message);
  return facts.empty() || !facts.is_within(kUnknownToPython);
}

bool is_media_only(const proto::ServerMessage& message) {
  const proto::FactSet facts = proto::facts_of(message);
  return facts.has(proto::Fact::media) && facts.is_within(proto::kReplyContent);
}

SplitMessages split_message(const proto::ServerMessage& message, std::size_t bytes_max) {
  LIVEGATE_CHECK(bytes_max >= 8 * kEnvelopeBytes);
  Splitter splitter(bytes_max);
  proto::ServerMessage before;
  before.setup_complete = message.setup_complete;
  before.session_id = message.session_id;
  before.resumption = message.resumption;
  before.activity = message.activity;
  before.input_transcription = message.input_transcription;
  before.interim_input_transcription = message.interim_input_transcription;
  before.interrupted = message.interrupted;
  splitter.add(before);

  for (const proto::InlineData& media : message.media) splitter.add(media);

  proto::ServerMessage after = message;
  after.setup_complete = after.interrupted = false;
  after.session_id = {};
  after.resumption.reset();
  after.activity.reset();
  after.input_transcription.reset();
  after.interim_input_transcription.reset();
  after.media.clear();
  splitter.add(after);
  return splitter.take();
}

}  // namespace livegate::session
