#include "policy/address_list.h"

#include <gtest/gtest.h>

namespace livegate::policy {
namespace {

AddressList list(const std::vector<std::string>& entries) {
  return AddressList::parse(entries).value();
}
bool contains(const AddressList& in, std::string_view address) {
  return in.contains(IpAddress::parse(address).value());
}

TEST(AddressListTest, knows_the_addresses_of_its_networks) {
  const AddressList some = list({"10.0.0.0/8", "192.0.2.1", "2001:db8::/33", "0.0.0.0/32"});
  for (const char* in : {"10.255.1.2", "192.0.2.1", "::ffff:10.1.1.1", "2001:db8:7fff::1"})
    EXPECT_TRUE(contains(some, in)) << in;
  for (const char* out : {"11.0.0.1", "192.0.2.2", "2001:db8:8000::1", "::10.0.0.1", "::1"})
    EXPECT_FALSE(contains(some, out)) << out;
  EXPECT_TRUE(contains(list({"0.0.0.0/0"}), "203.0.113.9"));
  EXPECT_FALSE(contains(list({"0.0.0.0/0"}), "2001:db8::1"));
  EXPECT_TRUE(contains(list({"::/0"}), "203.0.113.9"));
  EXPECT_FALSE(contains(list({}), "127.0.0.1"));
}

TEST(AddressListTest, refuses_by_name_what_is_no_network) {
  for (const char* bad : {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129",
                          "10.0.0/8", "10.0.0.0/-1"}) {
    const auto parsed = AddressList::parse({"10.0.0.0/8", bad});
    ASSERT_FALSE(parsed) << bad;
    EXPECT_NE(parsed.error().find("'" + std::string(bad) + "'"), std::string::npos);
  }
}

TEST(ClientAddressTest, only_a_trusted_proxy_may_say_who_the_client_is) {
  const AddressList proxies = list({"10.0.0.0/8", "::1"});
  EXPECT_EQ(client_address("198.51.100.7", "203.0.113.9", proxies), "198.51.100.7");
  EXPECT_EQ(client_address("10.0.0.1", "203.0.113.9", proxies), "203.0.113.9");
  EXPECT_EQ(client_address("10.0.0.1", "203.0.113.9", list({})), "10.0.0.1");
  EXPECT_EQ(client_address("10.0.0.1", "", proxies), "10.0.0.1");
}

TEST(ClientAddressTest, what_the_client_itself_wrote_is_not_believed) {
  const AddressList proxies = list({"10.0.0.0/8", "::1"});
  EXPECT_EQ(client_address("10.0.0.1", "127.0.0.1, 203.0.113.9", proxies), "203.0.113.9");
  EXPECT_EQ(client_address("10.0.0.1", "1.1.1.1, 203.0.113.9 , 10.0.0.2,10.0.0.3", proxies),
            "203.0.113.9");
  EXPECT_EQ(client_address("::1", "203.0.113.9, made up, 10.0.0.2", proxies), "10.0.0.2");
  EXPECT_EQ(client_address("::1", "203.0.113.9,", proxies), "::1");
}

TEST(ClientAddressTest, reads_entries_with_a_port) {
  const AddressList proxies = list({"10.0.0.0/8"});
  EXPECT_EQ(client_address("10.0.0.1", "203.0.113.9:4711", proxies), "203.0.113.9");
  EXPECT_EQ(client_address("10.0.0.1", "[2001:db8::1]:4711", proxies), "2001:db8::1");
  EXPECT_EQ(client_address("10.0.0.1", "2001:db8::1", proxies), "2001:db8::1");
}

}  // namespace
}  // namespace livegate::policy
