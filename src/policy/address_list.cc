#include "policy/address_list.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace livegate::policy {
namespace {

constexpr int kV4PrefixBits = 96;
constexpr int kBits = 128;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// As proxies write it: "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]", "[2001:db8::1]:4711".
std::optional<std::string_view> without_port(std::string_view entry) {
  if (entry.starts_with('[')) {
    const std::size_t end = entry.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    return entry.substr(1, end - 1);
  }
  const std::size_t colon = entry.find(':');
  const bool one_colon = colon != std::string_view::npos && colon == entry.rfind(':');
  return one_colon ? entry.substr(0, colon) : entry;
}

}  // namespace

Result<AddressList, std::string> AddressList::parse(const std::vector<std::string>& entries) {
  AddressList list;
  for (const std::string& entry : entries) {
    const std::string refusal =
        "'" + entry + "' is no address or network, as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32.";
    const std::size_t slash = entry.find('/');
    const auto address = IpAddress::parse(std::string_view(entry).substr(0, slash));
    if (!address) return Unexpected{refusal};
    Network network{.address = *address, .bits = kBits};
    if (slash != std::string::npos) {
      const bool v4 = entry.find(':') == std::string::npos;
      const char* const end = entry.data() + entry.size();
      int bits = 0;
      const auto read = std::from_chars(entry.data() + slash + 1, end, bits);
      if (read.ec != std::errc{} || read.ptr != end || bits < 0 || bits > (v4 ? 32 : kBits)) {
        return Unexpected{refusal};
      }
      network.bits = v4 ? kV4PrefixBits + bits : bits;
    }
    list.networks_.push_back(network);
  }
  return list;
}

bool AddressList::contains(const IpAddress& address) const {
  return std::ranges::any_of(networks_, [&](const Network& network) {
    for (int bit = 0; bit < network.bits; bit += 8) {
      const auto byte = static_cast<std::size_t>(bit / 8);
      const int left = network.bits - bit;
      const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xff : 0xff << (8 - left));
      if (((address.bytes[byte] ^ network.address.bytes[byte]) & mask) != 0) return false;
    }
    return true;
  });
}

std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const AddressList& proxies) {
  std::string client(peer);
  if (proxies.empty()) return client;
  while (true) {
    const auto address = IpAddress::parse(client);
    if (!address || !proxies.contains(*address) || forwarded_for.empty()) return client;
    const std::size_t comma = forwarded_for.rfind(',');
    const bool last = comma == std::string_view::npos;
    const auto entry =
        without_port(trimmed(last ? forwarded_for : forwarded_for.substr(comma + 1)));
    if (!entry || !IpAddress::parse(*entry)) return client;
    client = *entry;
    forwarded_for = last ? std::string_view{} : forwarded_for.substr(0, comma);
  }
}

}  // namespace livegate::policy
