#include "proto/gemini_schema.h"

#include <algorithm>

#include "base/limits.h"

namespace livegate::proto::schema {
namespace {

using enum Kind;
constexpr bool kRepeated = true;

constexpr Field one(std::string_view name, Kind kind) { return {name, kind}; }
constexpr Field many(std::string_view name, Kind kind) { return {name, kind, kRepeated}; }
constexpr Field one(std::string_view name, const Shape& shape) {
  return {name, message, !kRepeated, &shape};
}
constexpr Field many(std::string_view name, const Shape& shape) {
  return {name, message, kRepeated, &shape};
}

// ---- content
constexpr Field kBlobFields[] = {one("mimeType", string), one("data", string),
                                 one("displayName", string)};
constexpr Shape kBlob{kBlobFields};

constexpr Field kFunctionCallFields[] = {one("id", string), one("name", string),
                                         one("args", object), many("partialArgs", object),
                                         one("willContinue", boolean)};
constexpr Shape kFunctionCall{kFunctionCallFields};

constexpr Field kFunctionResponseFields[] = {
    one("id", string),       one("name", string),          one("response", object),
    one("scheduling", name), one("willContinue", boolean), many("parts", object)};
constexpr Shape kFunctionResponse{kFunctionResponseFields};

constexpr Field kPartFields[] = {one("text", string),
                                 one("inlineData", kBlob),
                                 one("fileData", object),
                                 one("functionCall", kFunctionCall),
                                 one("functionResponse", kFunctionResponse),
                                 one("executableCode", object),
                                 one("codeExecutionResult", object),
                                 one("toolCall", object),
                                 one("toolResponse", object),
                                 one("thought", boolean),
                                 one("thoughtSignature", string),
                                 one("videoMetadata", object),
                                 one("mediaResolution", anything),
                                 one("partMetadata", object)};
constexpr Shape kPart{kPartFields};

constexpr Field kContentFields[] = {many("parts", kPart), one("role", string)};
constexpr Shape kContent{kContentFields};

// ---- tools. Schemas of parameters belong to the application: their keys are its property names.
constexpr Field kDeclarationFields[] = {
    one("name", string),       one("description", string),
    one("parameters", object), one("parametersJsonSchema", anything),
    one("response", object),   one("responseJsonSchema", anything),
    one("behavior", name)};
constexpr Shape kDeclaration{kDeclarationFields};

constexpr Field kToolFields[] = {many("functionDeclarations", kDeclaration),
                                 one("googleSearch", object),
                                 one("googleSearchRetrieval", object),
                                 one("codeExecution", object),
                                 one("urlContext", object),
                                 one("googleMaps", object),
                                 one("fileSearch", object),
                                 many("mcpServers", object),
                                 one("computerUse", object),
                                 one("retrieval", object),
                                 one("enterpriseWebSearch", object),
                                 one("exaAiSearch", object),
                                 one("parallelAiSearch", object)};
constexpr Shape kTool{kToolFields};

// ---- generationConfig
constexpr Field kPrebuiltVoiceFields[] = {one("voiceName", string)};
constexpr Shape kPrebuiltVoice{kPrebuiltVoiceFields};
constexpr Field kVoiceFields[] = {one("prebuiltVoiceConfig", kPrebuiltVoice),
                                  one("replicatedVoiceConfig", object), one("voice", string)};
constexpr Shape kVoice{kVoiceFields};
constexpr Field kSpeechFields[] = {one("voiceConfig", kVoice), one("languageCode", string),
                                   one("multiSpeakerVoiceConfig", object)};
constexpr Shape kSpeech{kSpeechFields};

constexpr Field kThinkingFields[] = {one("thinkingBudget", int32), one("thinkingLevel", name),
                                     one("includeThoughts", boolean)};
constexpr Shape kThinking{kThinkingFields};

constexpr Field kTranslationFields[] = {one("targetLanguageCode", string),
                                        one("echoTargetLanguage", boolean)};
constexpr Shape kTranslation{kTranslationFields};

constexpr Field kGenerationFields[] = {
    one("candidateCount", int32), one("temperature", number), one("topP", number),
    one("topK", number), one("maxOutputTokens", int32), one("presencePenalty", number),
    one("frequencyPenalty", number), one("seed", int32), many("responseModalities", name),
    one("speechConfig", kSpeech), one("mediaResolution", name), one("thinkingConfig", kThinking),
    one("enableAffectiveDialog", boolean), one("translationConfig", kTranslation),
    one("responseFormat", anything), one("audioTranscriptionConfig", object),
    one("modelSelectionConfig", object), one("modelConfig", object),
    // Known to the service, refused by it in a Live session in words of its own.
    one("responseLogprobs", boolean), one("logprobs", int32), one("responseMimeType", string),
    one("responseSchema", object), one("responseJsonSchema", anything),
    many("stopSequences", string), one("routingConfig", object), one("audioTimestamp", boolean)};
constexpr Shape kGeneration{kGenerationFields};

// ---- the rest of setup
constexpr Field kDetectionFields[] = {
    one("disabled", boolean), one("startOfSpeechSensitivity", name),
    one("endOfSpeechSensitivity", name), one("prefixPaddingMs", int32),
    one("silenceDurationMs", int32)};
constexpr Shape kDetection{kDetectionFields};
constexpr Field kRealtimeFields[] = {one("automaticActivityDetection", kDetection),
                                     one("activityHandling", name), one("turnCoverage", name),
                                     one("interimTranscriptTimestampEnabled", boolean)};
constexpr Shape kRealtime{kRealtimeFields};

constexpr Field kResumptionFields[] = {one("handle", string), one("transparent", boolean)};
constexpr Shape kResumption{kResumptionFields};

constexpr Field kWindowFields[] = {one("targetTokens", int64)};
constexpr Shape kWindow{kWindowFields};
constexpr Field kCompressionFields[] = {one("triggerTokens", int64), one("slidingWindow", kWindow)};
constexpr Shape kCompression{kCompressionFields};

constexpr Field kHintFields[] = {many("languageCodes", string)};
constexpr Shape kHints{kHintFields};
constexpr Field kTranscriptionFields[] = {many("languageCodes", string),
                                          many("customVocabulary", string),
                                          one("mode", name),
                                          one("wordTimestamp", boolean),
                                          one("diarization", boolean),
                                          one("sourceText", string),
                                          one("languageAuto", object),
                                          one("languageHints", kHints),
                                          many("adaptationPhrases", string)};
constexpr Shape kTranscription{kTranscriptionFields};

constexpr Field kProactivityFields[] = {one("proactiveAudio", boolean),
                                        one("proactiveVideo", boolean)};
constexpr Shape kProactivity{kProactivityFields};

constexpr Field kHistoryFields[] = {one("initialHistoryInClientContent", boolean)};
constexpr Shape kHistory{kHistoryFields};

constexpr Field kFaceFields[] = {one("imageMimeType", string), one("imageData", string)};
constexpr Shape kFace{kFaceFields};
constexpr Field kAvatarFields[] = {one("avatarName", string), one("customizedAvatar", kFace),
                                   one("audioBitrateBps", int32), one("videoBitrateBps", int32)};
constexpr Shape kAvatar{kAvatarFields};

constexpr Field kSafetyFields[] = {one("category", name), one("threshold", name),
                                   one("method", name)};
constexpr Shape kSafety{kSafetyFields};

constexpr Field kSetupFields[] = {one("model", string),
                                  one("generationConfig", kGeneration),
                                  one("systemInstruction", kContent),
                                  many("tools", kTool),
                                  one("realtimeInputConfig", kRealtime),
                                  one("sessionResumption", kResumption),
                                  one("contextWindowCompression", kCompression),
                                  one("inputAudioTranscription", kTranscription),
                                  one("outputAudioTranscription", kTranscription),
                                  one("proactivity", kProactivity),
                                  one("historyConfig", kHistory),
                                  one("explicitVadSignal", boolean),
                                  one("avatarConfig", kAvatar),
                                  many("safetySettings", kSafety),
                                  one("labels", object)};

// ---- the other messages
constexpr Field kClientContentFields[] = {many("turns", kContent), one("turnComplete", boolean)};
constexpr Field kToolResponseFields[] = {many("functionResponses", kFunctionResponse)};
constexpr Field kNewToolsFields[] = {many("tools", kTool)};
constexpr Shape kNewTools{kNewToolsFields};
constexpr Field kContextUpdateFields[] = {one("systemInstruction", kContent),
                                          one("tools", kNewTools)};

// Checks a leaf of `kind`; its text, as it stands, is the caller's to take.
bool check_leaf(json::Reader& in, json::Value& value, Kind kind) {
  std::string_view text;
  std::int64_t whole = 0;
  int narrow = 0;
  bool flag = false;
  switch (kind) {
    case string:
      return in.string(value, text);
    case boolean:
      return in.boolean(value, flag);
    case int32:
      return in.int32(value, narrow);
    case int64:
      return in.int64(value, whole);
    case number:
      return in.number(value);
    default:
      return in.name(value, {}, text);
  }
}

bool normalise(json::Reader& in, json::Value& value, const Field& field, std::string& out,
               std::size_t& items) {
  std::string_view text;
  switch (field.kind) {
    case message: {
      Normaliser normaliser(in, *field.shape, out, items);
      if (!in.object(value, normaliser)) return false;
      normaliser.finish();
      return true;
    }
    case object:
      if (!in.raw_object(value, text)) return false;
      break;
    case anything:
      if (!in.raw(value, text)) return false;
      break;
    default:
      text = in.token(value);
      if (!check_leaf(in, value, field.kind)) return false;
  }
  out += text;
  return true;
}

}  // namespace

constinit const Shape kSetup{kSetupFields};
constinit const Shape kClientContent{kClientContentFields};
constinit const Shape kToolResponse{kToolResponseFields};
constinit const Shape kContextUpdate{kContextUpdateFields};

Normaliser::Normaliser(json::Reader& in, const Shape& shape, std::string& out, std::size_t& items)
    : in_(in), shape_(shape), out_(out), items_(items) {
  out_ += '{';
}

bool Normaliser::operator()(std::string_view key, json::Value& value) {
  const auto field = std::ranges::find_if(
      shape_.fields, [&](const Field& known) { return json::same_name(key, known.name); });
  if (field == shape_.fields.end()) return in_.unknown_name(key);
  if (!first_) out_ += ',';
  first_ = false;
  out_.append("\"").append(field->name).append("\":");
  const json::At at(in_, field->name);
  if (!field->repeated) return normalise(in_, value, *field, out_, items_);
  out_ += '[';
  const bool read = in_.array(value, [&](std::size_t index, json::Value& element) {
    if (++items_ > limits::kMessageItemsMax) {
      return in_.refuse("The lists of a message hold at most " +
                        std::to_string(limits::kMessageItemsMax) + " items together.");
    }
    if (index > 0) out_ += ',';
    return normalise(in_, element, *field, out_, items_);
  });
  out_ += ']';
  return read;
}

void Normaliser::finish() { out_ += '}'; }

}  // namespace livegate::proto::schema
