// Whole calls: a random row of all events that there are, some of them well-formed, with a clock
// that jumps. Whatever
// happens, the invariants hold: nothing follows Finish, nothing is sent over a dead connection,
// payloads lie inside the arena, a tick leaves no deadline behind it, and what is kept stays within
// its limits.
#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

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
    if (data.ConsumeBool()) config.uplink.speculative_share_max = 1;
    if (data.ConsumeBool()) config.time_max = 10min;
    if (data.ConsumeBool()) config.idle_max = 1min;
    if (data.ConsumeBool()) config.budgets.session = 100;
    if (data.ConsumeBool()) config.watchdog.tool = 5s;
    if (data.ConsumeBool()) {
      config.token_setup = R"({"systemInstruction":{"parts":[{"text":"pinned"}]}})";
      config.expires_at = Instant{} + 15min;
      config.only_resume = data.ConsumeBool();
    }
    return config;
  }

  void step() {
    now_ += Millis(data_.ConsumeIntegralInRange<int>(0, data_.ConsumeBool() ? 40 : 20'000));
    happens(some_event());
  }

  // Any of the variant's kinds: a new one does not compile here until some() has a word for it.
  Event some_event() { return some_event(std::make_index_sequence<std::variant_size_v<Event>>()); }
  template <std::size_t... Kinds>
  Event some_event(std::index_sequence<Kinds...>) {
    using Make = Event (*)(Call&);
    static constexpr std::array<Make, sizeof...(Kinds)> kMakers = {[](Call& call) -> Event {
      return call.some(std::type_identity<std::variant_alternative_t<Kinds, Event>>());
    }...};
    return kMakers[data_.ConsumeIntegralInRange<std::size_t>(0, sizeof...(Kinds) - 1)](*this);
  }

  ClientText some(std::type_identity<ClientText>) { return {words(kClientLines, 200)}; }
  ClientBinary some(std::type_identity<ClientBinary>) { return {sound()}; }
  ClientAudioPiece some(std::type_identity<ClientAudioPiece>) { return {sound()}; }
  ClientLimited some(std::type_identity<ClientLimited>) { return {"Too much of it."}; }
  ClientGone some(std::type_identity<ClientGone>) {
    return {data_.ConsumeBool(), data_.ConsumeIntegralInRange<std::size_t>(0, 20)};
  }
  // With whatever the client says that it has.
  ClientReturned some(std::type_identity<ClientReturned>) {
    std::optional<std::uint64_t> received;
    if (data_.ConsumeBool()) received = data_.ConsumeIntegralInRange<std::uint64_t>(0, 20);
    return {received, "next token"};
  }
  ResumeRefused some(std::type_identity<ResumeRefused>) { return {}; }
  ResumeRemembered some(std::type_identity<ResumeRemembered>) { return {"h"}; }
  Revoked some(std::type_identity<Revoked>) {
    return {data_.ConsumeIntegralInRange<std::uint64_t>(0, 20),
            data_.ConsumeIntegralInRange<std::size_t>(0, 20)};
  }
  UpstreamOpened some(std::type_identity<UpstreamOpened>) { return {some_epoch()}; }
  UpstreamMessage some(std::type_identity<UpstreamMessage>) {
    return {some_epoch(), words(kModelLines, 200)};
  }
  UpstreamGone some(std::type_identity<UpstreamGone>) {
    const auto code = data_.PickValueInArray<std::uint16_t>({1000, 1006, 1007, 1008, 1011});
    return {some_epoch(), data_.ConsumeBool(), code, data_.ConsumeRandomLengthString(40)};
  }
  Tick some(std::type_identity<Tick>) { return {}; }
  DrainRequested some(std::type_identity<DrainRequested>) { return {}; }
  DrainAnnounced some(std::type_identity<DrainAnnounced>) {
    return {Millis(data_.ConsumeIntegralInRange<int>(0, 60'000))};
  }
  Measured some(std::type_identity<Measured>) {
    return {std::chrono::microseconds(data_.ConsumeIntegralInRange<int>(0, 100'000)),
            data_.ConsumeIntegralInRange<std::size_t>(0, limits::kClientOutboxBytesMax)};
  }
  BudgetReached some(std::type_identity<BudgetReached>) {
    meter::Verdict verdict;
    verdict.level =
        data_.PickValueInArray({meter::Level::within, meter::Level::soft, meter::Level::hard});
    verdict.limit = data_.PickValueInArray(
        {meter::Limit::session, meter::Limit::user_day, meter::Limit::gateway_day});
    verdict.allowed = data_.ConsumeIntegralInRange<meter::MicroUsd>(0, meter::kMicroUsdMax);
    if (data_.ConsumeBool()) {
      verdict.renews_in = std::chrono::seconds(data_.ConsumeIntegralInRange<int>(0, 86'400));
    }
    return {verdict};
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
  // One of the lines, or anything.
  template <class Lines>
  PaddedText words(const Lines& lines, std::size_t bytes_max) {
    const auto line = data_.ConsumeIntegralInRange<std::size_t>(0, lines.size());
    kept_.assign(line < lines.size() ? std::string(lines[line])
                                     : data_.ConsumeRandomLengthString(bytes_max));
    return kept_.text();
  }
  PaddedText sound() {
    kept_.assign(data_.ConsumeRandomLengthString(2000));
    return kept_.text();
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
