// An address of IPv4 or IPv6, as limits and lists of trusted addresses compare it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace livegate {

struct IpAddress {
  // In network order; IPv4 as ::ffff:a.b.c.d, so that a client of a socket for both is one client.
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const IpAddress&) const = default;

  [[nodiscard]] bool is_v4() const;
  // What one subscriber has: an address of IPv4, the /64 of an address of IPv6.
  [[nodiscard]] IpAddress block() const;

  // "192.0.2.1", "2001:db8::1", "fe80::1%eth0" (without its zone), "::ffff:192.0.2.1".
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
};

}  // namespace livegate

template <>
struct std::hash<livegate::IpAddress> {
  std::size_t operator()(const livegate::IpAddress& address) const noexcept;
};
