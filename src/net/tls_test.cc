#include "net/tls.h"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/test_certificates.h"
#include "net/tls_impl.h"

namespace livegate::net {
namespace {

struct Pair {
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
  ~Pair() {
    for (const int end : ends) ::close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  std::array<int, 2> ends{};
};

class Tls : public testing::Test {
 protected:
  Tls() {
    const auto files = authority_.issue("tls_test", "IP:127.0.0.1");
    server_ = TlsContext::server(files.certificate, files.key).value();
    client_ = TlsContext::client(authority_.ca_file()).value();
  }

  // What a client that speaks `version` at most, with these suites of 1.2, agrees on; empty:
  // nothing.
  std::string agreed(int version, const char* suites) {
    const Pair pair;
    const SslPtr accepting = make_accepting_ssl(*server_, pair.ends[0]);
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_max_proto_version(context, version);
    EXPECT_EQ(SSL_CTX_set_cipher_list(context, suites), 1);
    const SslPtr connecting(SSL_new(context));
    SSL_CTX_free(context);
    SSL_set_fd(connecting.get(), pair.ends[1]);
    SSL_set_connect_state(connecting.get());
    constexpr int kFlightsMax = 8;
    for (int i = 0; i < kFlightsMax; ++i) {
      const int theirs = SSL_do_handshake(connecting.get());
      const int ours = SSL_do_handshake(accepting.get());
      if (theirs == 1 && ours == 1) return SSL_get_version(connecting.get());
    }
    last_tls_error();
    return {};
  }

  test::Authority authority_{"tls"};
  std::shared_ptr<TlsContext> server_;
  std::shared_ptr<TlsContext> client_;
};

TEST_F(Tls, has_only_suites_with_forward_secrecy_and_authenticated_encryption) {
  const Pair pair;
  const SslPtr both[] = {make_accepting_ssl(*server_, pair.ends[0]),
                         make_connecting_ssl(*client_, pair.ends[1], "127.0.0.1")};
  for (const SslPtr& ssl : both) {
    STACK_OF(SSL_CIPHER)* const suites = SSL_get_ciphers(ssl.get());
    EXPECT_GT(sk_SSL_CIPHER_num(suites), 3);
    for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i) {
      const SSL_CIPHER* const suite = sk_SSL_CIPHER_value(suites, i);
      const int exchange = SSL_CIPHER_get_kx_nid(suite);
      EXPECT_TRUE(exchange == NID_kx_ecdhe || exchange == NID_kx_any) << SSL_CIPHER_get_name(suite);
      EXPECT_EQ(SSL_CIPHER_is_aead(suite), 1) << SSL_CIPHER_get_name(suite);
    }
  }
}

TEST_F(Tls, speaks_1_3_and_1_2_with_those_suites) {
  EXPECT_EQ(agreed(TLS1_3_VERSION, "ALL"), "TLSv1.3");
  EXPECT_EQ(agreed(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"), "TLSv1.2");
  EXPECT_EQ(agreed(TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"), "TLSv1.2");
}

TEST_F(Tls, refuses_older_versions_and_weaker_suites) {
  EXPECT_EQ(agreed(TLS1_1_VERSION, "ALL"), "");
  EXPECT_EQ(agreed(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256"), "");  // CBC
  EXPECT_EQ(agreed(TLS1_2_VERSION, "AES128-GCM-SHA256"), "");          // no forward secrecy
}

}  // namespace
}  // namespace livegate::net
