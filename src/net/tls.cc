#include "net/tls.h"

#include <csignal>
#include <ctime>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "net/tls_impl.h"

namespace livegate::net {
namespace {

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, ContextFree>;

class OpenSslContext final : public TlsContext {
 public:
  explicit OpenSslContext(ContextPtr context) : context_(std::move(context)) {}
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  ContextPtr context_;
};

SSL_CTX* native(const TlsContext& context) {
  return static_cast<const OpenSslContext&>(context).get();
}

ContextPtr make_context(const SSL_METHOD* method) {
  std::signal(SIGPIPE, SIG_IGN);
  ContextPtr context(SSL_CTX_new(method));
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  if (SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) return nullptr;
  // A peer that ends TCP without TLS's own goodbye has ended; what that means, WebSocket's close
  // frame says.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Idle connections give back their two record buffers of 17 KiB; the outbox may move between two
  // tries.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Without it every record costs two reads: five bytes of header, then the rest.
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

Unexpected<std::string> file_error(const char* what, const std::string& file) {
  return {std::string("cannot use the ") + what + " file " + file + ": " + last_tls_error()};
}

}  // namespace

std::string last_tls_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  if (ERR_SYSTEM_ERROR(code)) {
    return std::system_category().message(static_cast<int>(ERR_GET_REASON(code)));
  }
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
}

Result<std::shared_ptr<TlsContext>, std::string> TlsContext::client(const std::string& ca_file) {
  ERR_clear_error();
  auto context = make_context(TLS_client_method());
  if (!context) return Unexpected{"cannot set up TLS: " + last_tls_error()};
  if (SSL_CTX_set_default_verify_paths(context.get()) != 1) {
    return Unexpected{"cannot use the system's trust store: " + last_tls_error()};
  }
  if (!ca_file.empty() &&
      SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) != 1) {
    return file_error("CA", ca_file);
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return std::shared_ptr<TlsContext>(std::make_shared<OpenSslContext>(std::move(context)));
}

Result<std::shared_ptr<TlsContext>, std::string> TlsContext::server(const std::string& cert_file,
                                                                    const std::string& key_file) {
  ERR_clear_error();
  auto context = make_context(TLS_server_method());
  if (!context) return Unexpected{"cannot set up TLS: " + last_tls_error()};
  if (SSL_CTX_use_certificate_chain_file(context.get(), cert_file.c_str()) != 1) {
    return file_error("certificate", cert_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return file_error("key", key_file);
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return Unexpected{"the key in " + key_file + " does not belong to the certificate in " +
                      cert_file};
  }
  // Clients resume with tickets, which they keep themselves.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return std::shared_ptr<TlsContext>(std::make_shared<OpenSslContext>(std::move(context)));
}

TlsFacts facts_of(SSL* ssl) {
  TlsFacts facts;
  facts.version = SSL_get_version(ssl);
  X509* const certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return facts;
  char name[256];
  X509_NAME* const issuer = X509_get_issuer_name(certificate);
  for (const int part : {NID_organizationName, NID_commonName}) {
    if (!facts.issuer.empty()) break;
    const int length = X509_NAME_get_text_by_NID(issuer, part, name, sizeof name);
    if (length > 0) facts.issuer.assign(name, static_cast<std::size_t>(length));
  }
  std::tm ends{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &ends) == 1) {
    facts.valid_until = std::chrono::sys_seconds(std::chrono::seconds(timegm(&ends)));
  }
  return facts;
}

SslPtr make_accepting_ssl(const TlsContext& context, int socket) {
  SslPtr ssl(SSL_new(native(context)));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return ssl;
}

SslPtr make_connecting_ssl(const TlsContext& context, int socket, const std::string& host) {
  SslPtr ssl(SSL_new(native(context)));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  SSL_set_connect_state(ssl.get());
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl.get());
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  unsigned char address[sizeof(in6_addr)];
  const bool is_address = inet_pton(AF_INET, host.c_str(), address) == 1 ||
                          inet_pton(AF_INET6, host.c_str(), address) == 1;
  if (is_address) {
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) != 1) return nullptr;
  } else {
    if (X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) != 1) return nullptr;
    // A name only: RFC 6066 section 3 has no addresses in it.
    if (SSL_set_tlsext_host_name(ssl.get(), host.c_str()) != 1) return nullptr;
  }
  // WebSocket's upgrade is HTTP/1.1's; a server that would rather speak HTTP/2 is told so.
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_set_alpn_protos(ssl.get(), kHttp11, sizeof kHttp11 - 1);
  return ssl;
}

}  // namespace livegate::net
