// Private to this room: names that both directions of the Live API codec spell, as paths of
// UnknownMember.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace livegate::proto::names {

inline constexpr std::string_view kSetupComplete = "setupComplete";
inline constexpr std::string_view kServerContent = "serverContent";
inline constexpr std::string_view kModelTurn = "serverContent.modelTurn";
inline constexpr std::string_view kParts =
    "serverContent.modelTurn.parts";  // each member its own part
inline constexpr std::string_view kInputTranscription = "serverContent.inputTranscription";
inline constexpr std::string_view kInterimTranscription = "serverContent.interimInputTranscription";
inline constexpr std::string_view kOutputTranscription = "serverContent.outputTranscription";
inline constexpr std::string_view kToolCall = "toolCall";
inline constexpr std::string_view kCancellation = "toolCallCancellation";
inline constexpr std::string_view kUsage = "usageMetadata";
inline constexpr std::string_view kGoAway = "goAway";
inline constexpr std::string_view kResumption = "sessionResumptionUpdate";
inline constexpr std::string_view kVoiceActivity = "voiceActivity";

inline std::string function_call_path(std::size_t index) {
  return "toolCall.functionCalls[" + std::to_string(index) + "]";
}

// Enums in the order of their numbers, which proto3 JSON accepts too.
inline constexpr std::array<std::string_view, 4> kModalities = {"MODALITY_UNSPECIFIED", "TEXT",
                                                                "IMAGE", "AUDIO"};
inline constexpr std::array<std::string_view, 3> kActivityHandlings = {
    "ACTIVITY_HANDLING_UNSPECIFIED", "START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"};
inline constexpr std::array<std::string_view, 3> kStartSensitivities = {
    "START_SENSITIVITY_UNSPECIFIED", "START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW"};
inline constexpr std::array<std::string_view, 3> kEndSensitivities = {
    "END_SENSITIVITY_UNSPECIFIED", "END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW"};
inline constexpr std::array<std::string_view, 4> kTurnCoverages = {
    "TURN_COVERAGE_UNSPECIFIED", "TURN_INCLUDES_ONLY_ACTIVITY", "TURN_INCLUDES_ALL_INPUT",
    "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO"};
inline constexpr std::array<std::string_view, 4> kSchedulings = {"SCHEDULING_UNSPECIFIED", "SILENT",
                                                                 "WHEN_IDLE", "INTERRUPT"};

}  // namespace livegate::proto::names
