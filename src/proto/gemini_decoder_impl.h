// Private to this room: what a GeminiDecoder keeps between messages, shared by the two directions.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "proto/gemini.h"
#include "proto/json_reader.h"

namespace livegate::proto {

struct DecoderState {
  json::Reader reader;
  // Storage behind views that neither the message nor the parser's buffer holds; of the latest
  // message.
  std::deque<std::string> paths;
  std::string text;
  std::string tools;
  std::optional<std::string> instruction;
};

struct GeminiDecoder::Impl : DecoderState {};

}  // namespace livegate::proto
