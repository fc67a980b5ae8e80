// What is settled about one call before it begins.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.h"

namespace livegate::session {

enum class ClientKind : std::uint8_t {
  native,  // livegate.v1: docs/wire-browser.md
  live,    // the Live API's own wire: official SDKs
};

enum class VadKind : std::uint8_t {
  webrtc,  // the WebRTC detector
  energy,  // RMS energy
  none,    // everything is forwarded; the upstream alone listens for speech
};

struct UplinkOptions {
  VadKind vad = VadKind::webrtc;
  int aggressiveness = 3;           // 0..3, WebRTC: audio/vad_gate.h has the measurement
  double energy_threshold = 0.015;  // fraction of full scale, energy
  Millis frame = 20ms;              // 10, 20 or 30
  Millis preroll = 300ms;
  Millis hangover = 500ms;
  // Speech is sent upstream in pieces of this length; the first piece and the last never wait.
  // Longer pieces save little: 40 ms instead of 20 ms cost 3 % less CPU at 500 sessions and 20 ms
  // of delay.
  Millis packet = 20ms;
};

struct Backoff {
  Millis base = 1s;  // the n-th wait is drawn from [0, min(cap, base * 2^n))
  Millis cap = 30s;
  int tries_max = 8;        // after a connection was lost
  int first_tries_max = 3;  // before there ever was one: a person is waiting for an answer
};

struct SessionConfig {
  std::string id;  // for logs and support; no secret
  ClientKind client = ClientKind::native;
  std::string upstream_name = "gemini";  // what `ready` says
  std::string notice;                    // one sentence for the person, or empty
  std::string default_model = "models/gemini-3.8-live";
  // Pinned settings win over whatever a client asks for; empty leaves it to the client.
  std::string pinned_model;
  std::string pinned_voice;
  std::string pinned_system_instruction;
  std::string pinned_tools_json;
  UplinkOptions uplink;
  Backoff backoff;
};

}  // namespace livegate::session
