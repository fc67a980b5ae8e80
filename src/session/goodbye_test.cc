#include "session/goodbye.h"

#include <array>

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

constexpr std::array kBoth = {ClientKind::native, ClientKind::live};

bool returns(ClientKind client, int code, bool by_peer = true) {
  return may_return(client, {.code = static_cast<std::uint16_t>(code), .by_peer = by_peer});
}

TEST(ConnectionEnd, a_client_that_closes_with_a_code_of_the_standard_has_left) {
  for (const ClientKind client : kBoth) {
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011}) {
      EXPECT_FALSE(returns(client, code)) << code;
    }
  }
}

TEST(ConnectionEnd, a_broken_connection_is_no_goodbye) {
  for (const ClientKind client : kBoth) {
    EXPECT_TRUE(returns(client, 1006));
    EXPECT_TRUE(returns(client, 1006, /*by_peer=*/false)) << "we gave up on a silent peer";
  }
}

TEST(ConnectionEnd, a_close_without_a_code_is_the_goodbye_of_sdks_alone) {
  EXPECT_FALSE(returns(ClientKind::live, 1005));
  EXPECT_TRUE(returns(ClientKind::native, 1005));
}

TEST(ConnectionEnd, a_close_with_a_code_of_an_application_or_a_proxy_is_no_goodbye) {
  for (const ClientKind client : kBoth) {
    for (const int code : {1012, 1013, 1014, 3000, 4999}) {
      EXPECT_TRUE(returns(client, code)) << code;
    }
  }
}

TEST(ConnectionEnd, a_client_that_broke_the_rules_of_the_wire_does_not_return) {
  for (const ClientKind client : kBoth) {
    for (const int code : {1002, 1005, 1007, 1009}) {
      EXPECT_FALSE(returns(client, code, /*by_peer=*/false)) << code;
    }
  }
}

TEST(Goodbye, a_native_client_is_told_the_error_before_the_close) {
  const Goodbye said = goodbye(ClientKind::native, {1013, 1011}, "some_code", "Some words.");
  EXPECT_EQ(said.message,
            R"({"type":"error","code":"some_code","message":"Some words.","fatal":true})");
  EXPECT_EQ(said.close_code, 1013);
  EXPECT_EQ(said.close_reason, "Some words.");
}

TEST(Goodbye, a_client_of_the_live_api_is_told_by_the_close_alone) {
  const Goodbye said = goodbye(ClientKind::live, {1013, 1011}, "some_code", "Some words.");
  EXPECT_EQ(said.message, "");
  EXPECT_EQ(said.close_code, 1011);
  EXPECT_EQ(said.close_reason, "Some words.");
}

TEST(Goodbye, a_slow_reader_and_a_fault_close_alike_on_both_wires) {
  for (const ClientKind client : kBoth) {
    EXPECT_EQ(goodbye_too_slow(client).close_code, 1008);
    EXPECT_EQ(goodbye_after_fault(client).close_code, 1011);
  }
}

TEST(Goodbye, a_full_gateway_names_the_limit_to_native_clients_and_the_status_to_others) {
  const auto native =
      goodbye_over_limit(ClientKind::native, "server_full", "limits.sessions", true);
  EXPECT_EQ(native.close_code, 1013);
  EXPECT_EQ(native.close_reason, "limits.sessions");
  const auto full = goodbye_over_limit(ClientKind::live, "server_full", "limits.sessions", true);
  EXPECT_EQ(full.close_code, 1011);
  EXPECT_EQ(full.close_reason, "RESOURCE_EXHAUSTED: every session of this gateway is taken.");
  const auto user = goodbye_over_limit(ClientKind::live, "user_full", "limits.user", false);
  EXPECT_EQ(user.close_reason, "RESOURCE_EXHAUSTED: limits.user");
  EXPECT_EQ(goodbye_without_place(ClientKind::native).close_code, 1013);
  EXPECT_EQ(goodbye_without_place(ClientKind::live).close_code, 1011);
}

TEST(Goodbye, a_replaced_connection_is_closed_in_peace_or_dropped) {
  EXPECT_FALSE(goodbye_to_replaced(ClientKind::native));
  const auto live = goodbye_to_replaced(ClientKind::live);
  ASSERT_TRUE(live);
  EXPECT_EQ(live->close_code, 1000);
  EXPECT_FALSE(may_return(ClientKind::live, {live->close_code, /*by_peer=*/false}));
}

}  // namespace
}  // namespace livegate::session
