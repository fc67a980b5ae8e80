// The embedded offline assistant as a Live API server: HTTP and WebSocket on one port, the wire of
// docs/wire-gemini.md, no key and no network. The gateway starts one inside itself when its
// upstream is `offline`; `livegate offline` starts one alone, for trying one's own app against.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/redacted.h"
#include "base/result.h"
#include "obs/log.h"
#include "offline/standin_settings.h"

namespace livegate::offline {

struct OfflineOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  Redacted key;            // required of clients if not empty (close 1007 "API key not valid. ...")
  int recognizer_threads = 0;  // 0: as many as the machine bears, see speech::default_threads()
  // End of speech unless setup.realtimeInputConfig sets silenceDurationMs; nothing: the model's
  // own.
  std::optional<int> silence_ms;
  std::string tls_cert_file;  // PEM; empty: plain
  std::string tls_key_file;
  StandinSettings settings;
  // Told of each connection's end, as one line of JSON without a newline, on the server's thread.
  std::function<void(const std::string&)> report;
};

class OfflineServer {
 public:
  // Loads the models, listens, and serves on a thread of its own until destroyed.
  static Result<std::unique_ptr<OfflineServer>, std::string> start(const OfflineOptions& options,
                                                                   obs::Log& log);
  virtual ~OfflineServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

}  // namespace livegate::offline
