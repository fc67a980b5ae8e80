// Whole calls: a random row of events, some of them well-formed, with a clock that jumps. Whatever
// happens, the invariants hold: nothing follows Finish, nothing is sent over a dead connection,
// payloads lie inside the arena, a tick leaves no deadline behind it, and what is kept stays within
// its limits.
#include <array>
#include <optional>
#include <string>

#include <fuzzer/FuzzedDataProvider.h>

#include "base/limits.h"
#include "input.h"
#include "session/session.h"

using namespace livegate;
using namespace livegate::session;

namespace {

constexpr std::array kClientLines = {
    R"({"type":"start"})",
    R"({"type":"start","rate":48000,"tools":[{"name":"f"}]})",
    R"({"type":"text","text":"hello"})",
    R"({"type":"mute"})",
    R"({"type":"unmute"})",
    R"({"type":"interrupt"})",
    R"({"type":"tool_result","id":"c1","result":{"ok":true}})",
    R"({"type":"image","mime_type":"image/jpeg","data":"AAAA"})",
    R"({"type":"playback","samples":480})",
    R"({"type":"playback","samples":960,"received":2})",
    R"({"type":"ping","id":1,"received":5})",
    R"({"type":"start","resume":"elsewhere","received":3})",
    R"({"type":"stop"})",
    R"({"setup":{"model":"models/m","sessionResumption":{}}})",
    R"({"setup":{"model":"models/m","sessionResumption":{"handle":"elsewhere"}}})",
    R"({"setup":{"model":"models/m"}})",
    R"({"setup":{"model":"models/m","realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}}}})",
    R"({"realtimeInput":{"audio":{"data":"AQACAAMABAA=","mimeType":"audio/pcm;rate=16000"}}})",
    R"({"realtimeInput":{"activityStart":{}}})",
    R"({"realtimeInput":{"audioStreamEnd":true}})",
    R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{}}]}})",
};
constexpr std::array kModelLines = {
    R"({"setupComplete":{}})",
    R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"AQACAAMA"}}]}}})",
    R"({"serverContent":{"interrupted":true}})",
    R"({"serverContent":{"generationComplete":true}})",
    R"({"serverContent":{"turnComplete":true},"usageMetadata":{"totalTokenCount":3}})",
    R"({"serverContent":{"inputTranscription":{"text":"a"},"outputTranscription":{"text":"b"}}})",
    R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})",
    R"({"toolCallCancellation":{"ids":["c1"]}})",
    R"({"sessionResumptionUpdate":{"newHandle":"h","resumable":true}})",
    R"({"goAway":{"timeLeft":"9.500s"}})",
};

class Call {
 public:
  explicit Call(FuzzedDataProvider& data)
      : data_(data),
        session_(some_config(data), codecs_, Rng(data.ConsumeIntegral<std::uint64_t>()), now_) {}

  void run() {
    for (int i = 0; i < 2000 && data_.remaining_bytes() > 0; ++i) step();
  }

 private:
  static SessionConfig some_config(FuzzedDataProvider& data) {
    SessionConfig config{.id = "fuzz",
                         .client = data.ConsumeBool() ? ClientKind::native : ClientKind::live};
    config.uplink.mode =
        data.PickValueInArray({UplinkMode::gate, UplinkMode::turns, UplinkMode::open});
    if (data.ConsumeBool()) config.uplink.ear.kind = audio::EarKind::energy;
    config.uplink.endpointer.early_end = data.ConsumeBool() ? 100ms : 0ms;
    config.tell_heard = data.ConsumeBool();
    if (data.ConsumeBool()) config.resume_grace = 30s;
    config.resume_token = "token";
    return config;
  }

  void step() {
    now_ += Millis(data_.ConsumeIntegralInRange<int>(0, data_.ConsumeBool() ? 40 : 20'000));
    switch (data_.ConsumeIntegralInRange<int>(0, 9)) {
      case 0:
        return happens(ClientText{keep(pick(kClientLines)).text()});
      case 1:
        return happens(ClientText{keep(data_.ConsumeRandomLengthString(200)).text()});
      case 2:
        return happens(ClientBinary{keep(data_.ConsumeRandomLengthString(2000)).text()});
      case 3:
        return happens(UpstreamOpened{some_epoch()});
      case 4:
        return happens(UpstreamMessage{some_epoch(), keep(pick(kModelLines)).text()});
      case 5:
        return happens(
            UpstreamMessage{some_epoch(), keep(data_.ConsumeRandomLengthString(200)).text()});
      case 6: {
        const auto code = data_.PickValueInArray<std::uint16_t>({1000, 1006, 1007, 1008, 1011});
        return happens(UpstreamGone{some_epoch(), data_.ConsumeBool(), code,
                                    data_.ConsumeRandomLengthString(40)});
      }
      case 7:
        return happens(Tick{});
      case 8:
        return way_back();
      default:
        return happens(data_.ConsumeBool() ? Event(ClientGone{}) : Event(DrainRequested{}));
    }
  }

  // A client that comes back, with whatever it says that it has, or goes elsewhere in vain.
  void way_back() {
    std::optional<std::uint64_t> received;
    if (data_.ConsumeBool()) received = data_.ConsumeIntegralInRange<std::uint64_t>(0, 20);
    switch (data_.ConsumeIntegralInRange<int>(0, 3)) {
      case 0:
        return happens(ResumeRefused{});
      case 1:
        return happens(ResumeRemembered{"h"});
      case 2:
        return happens(TakenBack{data_.ConsumeIntegralInRange<std::uint64_t>(0, 20),
                                 data_.ConsumeIntegralInRange<std::size_t>(0, 20)});
      default:
        return happens(ClientReturned{received, "next token"});
    }
  }

  void happens(const Event& event) {
    actions_.clear();
    const bool was_away = session_.is_client_away();
    session_.handle(event, now_, actions_);
    if (was_away && session_.is_client_away()) {
      for (const Action& action : actions_.list()) {
        fuzz::require(!std::holds_alternative<SendClient>(action));
        fuzz::require(!std::holds_alternative<CloseClient>(action));
      }
    }
    for (const Action& action : actions_.list()) look_at(action);
    const auto deadline = session_.next_deadline();
    // A tick may begin what is due at once (a retry without a wait), but never for ever.
    if (std::holds_alternative<Tick>(event) && deadline && deadline->at <= now_) {
      fuzz::require(++ticks_in_a_row_ < 4);
      return happens(Tick{});
    }
    ticks_in_a_row_ = 0;
    fuzz::require(!(finished_ && deadline));
  }

  void look_at(const Action& action) {
    fuzz::require(!finished_);
    if (const auto* send = std::get_if<SendClient>(&action)) {
      fuzz::require(actions_.bytes(send->payload).size() <= 64 * 1024);
    } else if (const auto* up = std::get_if<SendUpstream>(&action)) {
      fuzz::require(up->epoch == epoch_);
      fuzz::require(!actions_.bytes(up->payload).empty());
    } else if (const auto* open = std::get_if<OpenUpstream>(&action)) {
      fuzz::require(open->epoch > epoch_);
      epoch_ = open->epoch;
    } else if (std::holds_alternative<Finish>(action)) {
      finished_ = true;
    }
  }

  std::uint32_t some_epoch() {
    return data_.ConsumeIntegralInRange<int>(0, 9) == 0 ? epoch_ + 1 : epoch_;
  }
  template <class Lines>
  std::string pick(const Lines& lines) {
    return lines[data_.ConsumeIntegralInRange<std::size_t>(0, lines.size() - 1)];
  }
  const PaddedString& keep(std::string_view text) {
    kept_.assign(text);
    return kept_;
  }

  FuzzedDataProvider& data_;
  Codecs codecs_;
  Actions actions_;
  Instant now_{};
  std::uint32_t epoch_ = 0;
  bool finished_ = false;
  int ticks_in_a_row_ = 0;
  PaddedString kept_;
  Session session_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider provider(data, size);
  Call(provider).run();
  return 0;
}
