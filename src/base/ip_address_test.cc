#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace livegate {
namespace {

TEST(IpAddressTest, reads_every_form_of_an_address) {
  const auto same = [](std::string_view a, std::string_view b) {
    const auto first = IpAddress::parse(a);
    return first && first == IpAddress::parse(b);
  };
  EXPECT_TRUE(same("192.0.2.1", "::ffff:192.0.2.1"));
  EXPECT_TRUE(same("192.0.2.1", "::FFFF:c000:201"));
  EXPECT_TRUE(same("2001:db8::1", "2001:db8:0:0:0:0:0:1"));
  EXPECT_TRUE(same("fe80::1%eth0", "fe80::1"));
  EXPECT_TRUE(same("::", "0:0:0:0:0:0:0:0"));
  EXPECT_TRUE(same("1::", "1:0:0:0:0:0:0:0"));
  EXPECT_FALSE(same("192.0.2.1", "192.0.2.2"));
}

TEST(IpAddressTest, refuses_what_is_none) {
  for (const char* text :
       {"",         "1.2.3",   "1.2.3.4.5", "1.2.3.256",         "1.2.3.04",          "1.2.3.4 ",
        "a.b.c.d",  "1:2:3",   ":1:2:3",    "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::2",
        ":::",      "12345::", "1:2:",      "::1.2.3",           "1.2.3.4::",         "::g",
        "-1.2.3.4", "+1.2.3.4"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddressTest, counts_a_subscriber_of_ipv6_by_its_64_and_of_ipv4_by_its_address) {
  const auto block = [](std::string_view text) { return IpAddress::parse(text)->block(); };
  EXPECT_EQ(block("2001:db8:1:2::1"), block("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(block("2001:db8:1:2::1"), block("2001:db8:1:3::1"));
  EXPECT_NE(block("192.0.2.1"), block("192.0.2.2"));
  EXPECT_TRUE(block("::ffff:192.0.2.1").is_v4());
}

}  // namespace
}  // namespace livegate
