// TLS contexts (OpenSSL): certificates are checked on the way out, presented on the way in.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"

namespace livegate::net {

// What a finished handshake agreed on.
struct TlsFacts {
  std::string version;  // "TLSv1.3"
  std::string issuer;   // of the peer's certificate: its organisation, or its common name
  std::chrono::sys_seconds valid_until{};
};

// Safe to share between loops. Making the first one sets SIGPIPE to be ignored in the whole
// process: OpenSSL writes to sockets with write(), which has no other way to report a peer that is
// gone.
class TlsContext {
 public:
  // Both: TLS 1.3, and of 1.2 the suites with forward secrecy and authenticated encryption.
  // For connecting: the system's trust store plus `ca_file` (PEM) if not empty, the
  // peer's certificate and host name checked.
  static Result<std::shared_ptr<TlsContext>, std::string> client(const std::string& ca_file);
  // For listening. Errors name the file.
  static Result<std::shared_ptr<TlsContext>, std::string> server(const std::string& cert_file,
                                                                 const std::string& key_file);
  virtual ~TlsContext() = default;
};

}  // namespace livegate::net
