#include "base/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace livegate {
namespace {

constexpr std::size_t kV4At = 12;
constexpr std::array<std::uint8_t, kV4At> kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

template <class T>
bool read(std::string_view text, int base, std::size_t digits_max, T& value) {
  if (text.empty() || text.size() > digits_max) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

// "192.0.2.1" into four bytes at `to`.
bool read_v4(std::string_view text, std::uint8_t* to) {
  for (int i = 0; i < 4; ++i) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return false;
    const std::string_view part = text.substr(0, dot);
    if (part.size() > 1 && part.front() == '0') return false;  // some read it as octal
    if (!read(part, 10, 3, to[i])) return false;
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  }
  return true;
}

// Groups of four digits, the last two perhaps as IPv4. Nothing if it is malformed.
std::optional<std::size_t> read_groups(std::string_view text, std::array<std::uint8_t, 16>& to) {
  std::size_t size = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (colon == std::string_view::npos && part.find('.') != std::string_view::npos) {
      if (size > to.size() - 4 || !read_v4(part, to.data() + size)) return std::nullopt;
      return size + 4;
    }
    std::uint16_t group = 0;
    if (size > to.size() - 2 || !read(part, 16, 4, group)) return std::nullopt;
    to[size++] = static_cast<std::uint8_t>(group >> 8);
    to[size++] = static_cast<std::uint8_t>(group & 0xff);
    if (colon == std::string_view::npos) return size;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // ends in one colon
  }
  return size;
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), bytes.begin());
}

IpAddress IpAddress::block() const {
  if (is_v4()) return *this;
  IpAddress block = *this;
  std::fill(block.bytes.begin() + 8, block.bytes.end(), std::uint8_t{0});
  return block;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress address;
  if (text.find(':') == std::string_view::npos) {
    std::copy(kV4Prefix.begin(), kV4Prefix.end(), address.bytes.begin());
    if (!read_v4(text, address.bytes.data() + kV4At)) return std::nullopt;
    return address;
  }
  text = text.substr(0, text.find('%'));
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (read_groups(text, address.bytes) != address.bytes.size()) return std::nullopt;
    return address;
  }
  std::array<std::uint8_t, 16> tail{};
  const auto before = read_groups(text.substr(0, gap), address.bytes);
  const auto after = read_groups(text.substr(gap + 2), tail);
  if (!before || !after || *before + *after > address.bytes.size() - 2) return std::nullopt;
  if (text.substr(0, gap).find('.') != std::string_view::npos) return std::nullopt;
  std::copy_n(tail.begin(), *after, address.bytes.end() - static_cast<std::ptrdiff_t>(*after));
  return address;
}

}  // namespace livegate

std::size_t std::hash<livegate::IpAddress>::operator()(
    const livegate::IpAddress& address) const noexcept {
  return std::hash<std::string_view>{}(
      {reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()});
}
