// How one client of the Live API's wire wants to be spoken to, and messages cut to its measure.
//
// The service sends binary frames and takes no notice of who reads them. Two kinds of clients do
// better with a little care: JavaScript's SDK, which awaits each binary frame in a browser and may
// so swap two of them, and Python's, which ends at a frame of which it knows no member and at one
// above 1 MiB. Decides from the upgrade which care is due, and what a message must look like then.
// Leaves sending to the face.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proto/gemini.h"

namespace livegate::session {

struct LiveWire {
  bool text_frames = false;           // else binary, as the service has it
  bool known_only = false;            // nothing is sent of which the client knows no member
  std::size_t message_bytes_max = 0;  // larger ones are sent as several; 0: as they come
};

// From the upgrade's path and its headers User-Agent and x-goog-api-client; empty where absent.
// JavaScript's SDK is known by the slash that it doubles in every release ("//ws/..."): a page
// sends no header of its own, and pages without the SDK read binary frames alone, as the service
// sends nothing else. Python is known by its name in either header, as its SDK and its WebSocket
// library give it. Everybody else is spoken to as by the service.
[[nodiscard]] LiveWire live_wire_of(std::string_view path, std::string_view user_agent,
                                    std::string_view api_client);

// Whether Python's SDK knows a member of the message, or there is none (`{}` is fine). What its
// older releases do not know counts as unknown: voiceActivity.
[[nodiscard]] bool is_known_to_python(const proto::ServerMessage& message);

// Whether the message holds a reply's media and nothing that would be missed with it.
[[nodiscard]] bool is_media_only(const proto::ServerMessage& message);

struct SplitMessages {
  std::vector<std::string> wires;  // whole messages, in order
  std::vector<bool> media_only;    // of each of them
  std::size_t parts_left_out = 0;  // what no cut makes small enough
};
// `message`, which is too large for Python, as several, none above `bytes_max`: what comes before
// its content, each piece of its audio, the rest. Audio is cut between samples; only PCM can be
// cut. `bytes_max`: at least 4 KiB.
[[nodiscard]] SplitMessages split_message(const proto::ServerMessage& message,
                                          std::size_t bytes_max);

}  // namespace livegate::session
