// Private to net: one TLS connection as OpenSSL sees it.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "net/tls.h"

namespace livegate::net {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;

// A connection that accepts, on a non-blocking socket that outlives it. Null if OpenSSL has no
// memory.
SslPtr make_accepting_ssl(const TlsContext& context, int socket);

// One that connects and insists on a certificate for `host`, a name or an address.
SslPtr make_connecting_ssl(const TlsContext& context, int socket, const std::string& host);

// Of a connection whose handshake is done.
TlsFacts facts_of(SSL* ssl);

// Why OpenSSL's last call on this thread failed, in its words; empties its queue of errors.
std::string last_tls_error();

}  // namespace livegate::net
