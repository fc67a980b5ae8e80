#include "cli/probe_cases.h"

#include <array>

#include "proto/model_profile.h"

namespace livegate::cli {
namespace {

// The slowest reply that was recorded began after 6.3 s.
constexpr Millis kReplyTimeMax = 8s;
// A close for what a message said has always come within half a second.
constexpr Millis kRefusalTimeMax = 2s;
constexpr Millis kTurnTimeMax = 10s;
// Pauses in a reply last 0.75 s.
constexpr Millis kQuiet = 1500ms;

constexpr std::string_view kAudio = R"("generationConfig":{"responseModalities":["AUDIO"]})";
constexpr std::string_view kManual =
    R"(,"realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}})";
constexpr std::string_view kWords =
    R"(,"inputAudioTranscription":{},"outputAudioTranscription":{})";
constexpr std::string_view kActivityStart = R"({"realtimeInput":{"activityStart":{}}})";
constexpr std::string_view kActivityEnd = R"({"realtimeInput":{"activityEnd":{}}})";
constexpr std::string_view kStreamEnd = R"({"realtimeInput":{"audioStreamEnd":true}})";
constexpr std::string_view kHello = "Hello.";
constexpr std::string_view kCommand = "Turn on the kitchen light.";

// One pixel.
constexpr std::string_view kPicture =
    R"({"realtimeInput":{"video":{"mimeType":"image/png","data":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABC)"
    R"(AYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}}})";

std::string with(std::initializer_list<std::string_view> members) {
  std::string all(kAudio);
  for (const std::string_view each : members) all += each;
  return all;
}

std::string tools(std::string_view more_of_function = "", std::string_view more_of_room = "") {
  return std::string(R"(,"tools":[{"functionDeclarations":[{"name":"set_light","description":)"
                     R"("Switches the light of a room on or off.","parameters":{"type":"OBJECT",)"
                     R"("properties":{"room":{"type":"STRING")") +
         std::string(more_of_room) + R"(},"on":{"type":"BOOLEAN"}},"required":["room","on"]})" +
         std::string(more_of_function) + "}]}]";
}

// ---- whose turn it is

void run_stream_end(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!talk.begin(kAudio)) return;
  talk.say(world.question);
  const double asked = talk.now_ms();
  talk.send(Sign::stream_end, kStreamEnd);
  if (!talk.wait_reply(kReplyTimeMax, asked)) {
    talk.silence(kReplyTimeMax, [&] { return talk.replied(asked); });
  }
  talk.close();
}

void run_stop(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!talk.begin(kAudio)) return;
  talk.say(world.question);
  talk.wait_reply(kReplyTimeMax, talk.now_ms());
  talk.close();
}

void wait_in_silence(const ProbeWorld& world, ProbeRecord& record, std::string_view detection) {
  ProbeTalk talk(world, record);
  if (!talk.begin(with({detection}))) return;
  talk.say(world.question);
  const double asked = talk.now_ms();
  talk.silence(kReplyTimeMax + 3500ms, [&] { return talk.replied(asked); });
  talk.close();
}

void run_silence(const ProbeWorld& world, ProbeRecord& record) {
  wait_in_silence(world, record, "");
}

void run_silence_duration(const ProbeWorld& world, ProbeRecord& record) {
  wait_in_silence(
      world, record,
      R"(,"realtimeInputConfig":{"automaticActivityDetection":{"silenceDurationMs":3500}})");
}

// The long one: its reply shows pace, pauses and where the words stand.
void run_marks(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!talk.begin(with({kManual, kWords}))) return;
  talk.ping();
  talk.send(Sign::activity_start, kActivityStart);
  talk.say(world.long_answer);
  talk.send(Sign::activity_end, kActivityEnd);
  const double asked = talk.now_ms();
  if (talk.wait_reply(kReplyTimeMax, asked)) talk.ping();
  talk.wait_turn(ProbeTalk::kCaseTimeMax, asked);
  talk.close();
}

void run_auto_mark(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!talk.begin(kAudio)) return;
  talk.send(Sign::activity_start, kActivityStart);
  talk.pass(kRefusalTimeMax);
  talk.close();
}

// ---- resumption

void run_resume(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!talk.begin(with({R"(,"sessionResumption":{})"}))) return;
  const double asked = talk.now_ms();
  talk.type(kHello);
  talk.wait_turn(kTurnTimeMax, asked);
  talk.wait(kRefusalTimeMax, [&] { return !talk.handle().empty(); });
  if (talk.handle().empty()) {
    record.failure = "no handle was given";
    return talk.close();
  }
  ProbeRecord second;
  ProbeTalk another(world, second);
  std::string resumption = R"(,"sessionResumption":{"handle":)";
  proto::append_json_string(resumption, talk.handle());
  const double opened = talk.now_ms();
  if (another.begin(with({resumption, "}"}))) another.pass(500ms);
  another.close();
  for (ProbeEvent& event : second.events) {
    event.ms += opened;
    record.events.push_back(std::move(event));
  }
  record.failure = second.failure;
  talk.close();
}

// ---- what a setup may say

void only_set_up(const ProbeWorld& world, ProbeRecord& record, std::string_view members) {
  ProbeTalk talk(world, record);
  if (talk.begin(members)) talk.pass(500ms);
  talk.close();
}

void run_thinking(const ProbeWorld& world, ProbeRecord& record) {
  const bool budget = proto::profile_of(world.model).thinking == proto::Thinking::budget;
  only_set_up(world, record,
              budget ? R"("generationConfig":{"responseModalities":["AUDIO"],)"
                       R"("thinkingConfig":{"thinkingBudget":128}})"
                     : R"("generationConfig":{"responseModalities":["AUDIO"],)"
                       R"("thinkingConfig":{"thinkingLevel":"LOW"}})");
}

void run_text_modality(const ProbeWorld& world, ProbeRecord& record) {
  only_set_up(world, record, R"("generationConfig":{"responseModalities":["TEXT"]})");
}

void run_proactive(const ProbeWorld& world, ProbeRecord& record) {
  only_set_up(world, record, with({R"(,"proactivity":{"proactiveAudio":false})"}));
}

void run_blocking(const ProbeWorld& world, ProbeRecord& record) {
  only_set_up(world, record, with({tools(R"(,"behavior":"BLOCKING")")}));
}

constexpr std::array<std::string_view, 12> kSchemaKeys = {"$schema", "additionalProperties",
                                                          "$ref",    "$defs",
                                                          "anyOf",   "oneOf",
                                                          "allOf",   "const",
                                                          "default", "maxLength",
                                                          "pattern", "examples"};
constexpr std::array<std::string_view, 12> kSchemaValues = {
    R"("https://json-schema.org/draft/2020-12/schema")",
    "false",
    R"("#/$defs/room")",
    R"({"room":{"type":"STRING"}})",
    R"([{"type":"STRING"},{"type":"NULL"}])",
    R"([{"type":"STRING"},{"type":"INTEGER"}])",
    R"([{"type":"STRING"}])",
    R"("kitchen")",
    R"("kitchen")",
    "40",
    R"("^[a-z]+$")",
    R"(["kitchen"])"};

// A connection for each key: a setup that is refused ends its connection.
void run_schema(const ProbeWorld& world, ProbeRecord& record) {
  const Instant began = steady_now();
  for (std::size_t i = 0; i < kSchemaKeys.size(); ++i) {
    ProbeRecord one;
    const double at = ms_between(began, steady_now());
    if (at > std::chrono::duration<double, std::milli>(ProbeTalk::kCaseTimeMax).count()) return;
    const std::string key =
        ",\"" + std::string(kSchemaKeys[i]) + "\":" + std::string(kSchemaValues[i]);
    ProbeTalk talk(world, one);
    if (talk.begin(with({tools("", key)}))) talk.pass(100ms);
    talk.close();
    for (ProbeEvent& event : one.events) {
      event.ms += at;
      record.events.push_back(std::move(event));
    }
    if (!one.failure.empty()) {
      record.failure = one.failure;
      return;
    }
  }
}

// ---- tools

// Asks for a call. True once it has come.
bool ask_for_call(ProbeTalk& talk) {
  if (!talk.begin(with({tools()}))) return false;
  const double asked = talk.now_ms();
  talk.type(kCommand);
  return talk.wait(kTurnTimeMax, [&] { return talk.came(Sign::tool_call, asked); });
}

void run_call(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!ask_for_call(talk)) return talk.close();
  talk.pass(2500ms);  // does the turn end by itself?
  const double answered = talk.now_ms();
  talk.respond("");
  talk.wait(kReplyTimeMax, [&] { return talk.came(Sign::audio, answered); });
  talk.close();
}

void run_scheduling(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!ask_for_call(talk)) return talk.close();
  talk.respond(R"(,"scheduling":"WHEN_IDLE")");
  talk.pass(kRefusalTimeMax);
  talk.close();
}

void run_will_continue(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!ask_for_call(talk)) return talk.close();
  talk.wait_quiet(kQuiet, kReplyTimeMax);  // what it says about the call itself
  talk.respond(R"(,"willContinue":true)");
  talk.wait_quiet(kQuiet, kReplyTimeMax);  // ... and about what is not yet the answer
  const double answered = talk.now_ms();
  talk.respond("");
  talk.wait(kReplyTimeMax, [&] { return talk.came(Sign::audio, answered); });
  talk.close();
}

// ---- input

// A first turn, so that what follows is in mid-session. False: there was none.
bool first_turn(ProbeTalk& talk) {
  if (!talk.begin(kAudio)) return false;
  const double asked = talk.now_ms();
  talk.type(kHello);
  return talk.wait_turn(kTurnTimeMax, asked);
}

void run_blank(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!first_turn(talk)) return talk.close();
  const double asked = talk.now_ms();
  talk.send(Sign::blank, R"({"realtimeInput":{"text":" "}})");
  talk.wait_reply(kReplyTimeMax, asked);
  talk.close();
}

void run_empty_content(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!first_turn(talk)) return talk.close();
  const double asked = talk.now_ms();
  talk.send(Sign::empty_content, R"({"clientContent":{"turnComplete":true}})");
  talk.wait_reply(kReplyTimeMax, asked);
  talk.close();
}

void run_content(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!first_turn(talk)) return talk.close();
  const double asked = talk.now_ms();
  talk.send(Sign::content,
            R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"Hello again."}]}],)"
            R"("turnComplete":true}})");
  talk.wait_reply(kReplyTimeMax, asked);
  talk.close();
}

void run_media_chunks(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!talk.begin(kAudio)) return;
  // 20 ms of silence.
  talk.send(Sign::media_chunks,
            R"({"realtimeInput":{"mediaChunks":[{"mimeType":"audio/pcm;rate=16000","data":")" +
                std::string(852, 'A') + R"(AA=="}]}})");
  talk.pass(kRefusalTimeMax);
  talk.close();
}

void run_picture(const ProbeWorld& world, ProbeRecord& record) {
  ProbeTalk talk(world, record);
  if (!talk.begin(kAudio)) return;
  talk.send(Sign::picture, kPicture);
  talk.pass(kRefusalTimeMax);
  talk.close();
}

// The longest first, so that several at a time are done soonest.
constexpr std::array<ProbeCase, 20> kCases = {{
    {"stream_end", "does audioStreamEnd end a turn", 10, 4, 20, run_stream_end},
    {"silence_duration", "does silenceDurationMs count", 13, 4, 20, run_silence_duration},
    {"marks", "activity marks, and the pace of a long reply", 2, 12, 20, run_marks},
    {"will_continue", "is willContinue taken", 0, 6, 400, run_will_continue},
    {"call", "does a call end its turn", 0, 6, 300, run_call},
    {"blank", "does a blank text ask again", 0, 6, 60, run_blank},
    {"empty_content", "does an empty clientContent ask again", 0, 6, 60, run_empty_content},
    {"content", "is clientContent taken in mid-session", 0, 6, 60, run_content},
    {"silence", "does streamed silence end a turn", 13, 4, 20, run_silence},
    {"stop", "does audio that stops end a turn", 2, 2, 20, run_stop},
    {"schema", "which schema keys are refused", 0, 0, 0, run_schema},
    {"resume", "is a resume refused while the old socket is open", 0, 3, 40, run_resume},
    {"scheduling", "is scheduling taken", 0, 6, 300, run_scheduling},
    {"auto_mark", "are marks refused under automatic detection", 0, 0, 20, run_auto_mark},
    {"media_chunks", "is mediaChunks taken", 0.1, 0, 20, run_media_chunks},
    {"picture", "are pictures taken", 0, 0, 280, run_picture},
    {"thinking", "is thinkingConfig taken", 0, 0, 0, run_thinking},
    {"text_modality", "is TEXT refused", 0, 0, 0, run_text_modality},
    {"proactive", "can proactiveAudio be switched off", 0, 0, 0, run_proactive},
    {"blocking", "may a function be BLOCKING", 0, 0, 0, run_blocking},
}};

// ai.google.dev, the paid tier of 3.8, its thinking variant and 3.1; the per-second figures follow
// from its prices for a minute ($0.005 in, $0.018 out), rounded up.
constexpr ProbePrices kPrices = {.as_of = "2026-10-06",
                                 .text_in = 0.75,
                                 .audio_in = 3.00,
                                 .audio_out = 12.00,
                                 .tokens_per_second_in = 32,
                                 .tokens_per_second_out = 25};

}  // namespace

std::span<const ProbeCase> probe_cases() { return kCases; }
std::span<const std::string_view> schema_keys() { return kSchemaKeys; }
const ProbePrices& probe_prices() { return kPrices; }

double planned_cost(std::span<const ProbeCase> cases, const ProbePrices& prices) {
  double dollars = 0;
  for (const ProbeCase& each : cases) {
    dollars += each.audio_in_seconds * prices.tokens_per_second_in * prices.audio_in / 1e6;
    dollars += each.audio_out_seconds * prices.tokens_per_second_out * prices.audio_out / 1e6;
    dollars += each.text_tokens * prices.text_in / 1e6;
  }
  return dollars;
}

}  // namespace livegate::cli
