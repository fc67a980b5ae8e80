#include "base/base64.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace livegate::base64 {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Way {
  const char* name;
  std::size_t (*encode)(std::span<const std::uint8_t>, char*);
  std::optional<std::size_t> (*decode)(std::string_view, std::uint8_t*);
};

// Every way that this processor can run.
std::vector<Way> ways() {
  std::vector<Way> all = {{"dispatched", encode, decode},
                          {"scalar", internal::encode_scalar, internal::decode_scalar}};
  if (internal::has_avx2()) {
    all.push_back({"avx2", internal::encode_avx2, internal::decode_avx2});
  }
  return all;
}

// Buffers are exactly as large as the contract says: the address sanitizer sees one byte too many.
std::string encoded(const Way& way, const Bytes& bytes) {
  const auto in = std::make_unique<std::uint8_t[]>(bytes.size());
  std::ranges::copy(bytes, in.get());
  const auto out = std::make_unique<char[]>(encoded_size(bytes.size()));
  const std::size_t size = way.encode({in.get(), bytes.size()}, out.get());
  EXPECT_EQ(size, encoded_size(bytes.size()));
  return {out.get(), size};
}

std::optional<Bytes> decoded(const Way& way, std::string_view text) {
  const auto in = std::make_unique<char[]>(text.size());
  std::ranges::copy(text, in.get());
  const auto out = std::make_unique<std::uint8_t[]>(decoded_size_max(text.size()));
  const auto size = way.decode({in.get(), text.size()}, out.get());
  if (!size) return std::nullopt;
  EXPECT_LE(*size, decoded_size_max(text.size()));
  return Bytes(out.get(), out.get() + *size);
}

Bytes random_bytes(Rng& rng, std::size_t count) {
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
  return bytes;
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

bool in_either_alphabet(int c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '-' || c == '_';
}

TEST(Base64, gives_the_vectors_of_rfc_4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    for (const auto& [plain, text] : vectors) {
      EXPECT_EQ(encoded(way, bytes_of(plain)), text);
      EXPECT_EQ(decoded(way, text), bytes_of(plain));
    }
  }
}

TEST(Base64, every_length_comes_back_with_padding_and_without) {
  Rng rng(1);
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    for (std::size_t length = 0; length <= 300; ++length) {
      const Bytes bytes = random_bytes(rng, length);
      std::string text = encoded(way, bytes);
      ASSERT_EQ(decoded(way, text), bytes) << length;
      while (!text.empty() && text.back() == '=') text.pop_back();
      ASSERT_EQ(decoded(way, text), bytes) << length << " without padding";
    }
  }
}

TEST(Base64, both_ways_agree_on_random_bytes) {
  if (!internal::has_avx2()) return;  // one way only: nothing to compare
  Rng rng(2);
  for (std::size_t round = 0; round < 2000; ++round) {
    const Bytes bytes = random_bytes(rng, rng.next() % 1500);
    const std::string text = encoded(ways()[1], bytes);
    ASSERT_EQ(encoded(ways()[2], bytes), text);
    ASSERT_EQ(decoded(ways()[2], text), decoded(ways()[1], text));
  }
}

TEST(Base64, both_ways_agree_on_damaged_text) {
  if (!internal::has_avx2()) return;
  Rng rng(3);
  for (std::size_t round = 0; round < 5000; ++round) {
    std::string text = encoded(ways()[1], random_bytes(rng, 1 + rng.next() % 120));
    text[rng.next() % text.size()] = static_cast<char>(rng.next());
    ASSERT_EQ(decoded(ways()[2], text), decoded(ways()[1], text)) << text;
  }
}

TEST(Base64, the_url_safe_alphabet_means_the_same_in_every_place) {
  Rng rng(4);
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    for (std::size_t length = 0; length <= 120; ++length) {
      const Bytes bytes = random_bytes(rng, length);
      std::string text = encoded(way, bytes);
      std::ranges::replace(text, '+', '-');
      std::ranges::replace(text, '/', '_');
      ASSERT_EQ(decoded(way, text), bytes);
    }
    for (std::size_t place = 0; place < 80; ++place) {
      for (const auto& [standard, safe] : {std::pair{'+', '-'}, std::pair{'/', '_'}}) {
        std::string one(80, 'k'), other(80, 'k');
        one[place] = standard;
        other[place] = safe;
        ASSERT_TRUE(decoded(way, one).has_value());
        ASSERT_EQ(decoded(way, other), decoded(way, one)) << place << safe;
      }
    }
  }
}

TEST(Base64, every_byte_is_judged_in_every_place_of_a_block) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    // 71 characters: two AVX2 blocks, a whole group and three characters that are left.
    for (std::size_t place = 0; place < 71; ++place) {
      for (int c = 0; c < 256; ++c) {
        std::string text(71, 'Q');
        text[place] = static_cast<char>(c);
        ASSERT_EQ(decoded(way, text).has_value(), in_either_alphabet(c)) << place << " " << c;
      }
    }
  }
}

TEST(Base64, padding_stands_only_at_the_end_of_a_whole_group) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    for (const std::string& before : {std::string(), std::string(32, 'A'), std::string(64, 'z')}) {
      for (const char* bad :
           {"=",    "==",       "===",      "====",  "A",      "A=",       "A==",  "A===",
            "AA=",  "AA===",    "AAA==",    "AAAA=", "AAAA==", "AAAA====", "A=AA", "AA=A",
            "=AAA", "AA==AAAA", "AAA=AAAA", "AAA= ", "AA==\n", " AAA",     "AA A"}) {
        EXPECT_FALSE(decoded(way, before + bad).has_value()) << before << bad;
      }
      for (const char* good : {"", "AA", "AA==", "AAA", "AAA=", "AAAA"}) {
        EXPECT_TRUE(decoded(way, before + good).has_value()) << before << good;
      }
    }
  }
}

TEST(Base64, unused_bits_of_the_last_character_are_ignored) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    EXPECT_EQ(decoded(way, "Zh=="), bytes_of("f"));  // canonical: Zg==
    EXPECT_EQ(decoded(way, "Zv"), bytes_of("f"));
    EXPECT_EQ(decoded(way, "Zm9="), bytes_of("fo"));  // canonical: Zm8=
  }
}

TEST(Base64, sizes_are_computed_without_encoding) {
  static_assert(encoded_size(0) == 0 && encoded_size(1) == 4 && encoded_size(3) == 4);
  static_assert(encoded_size(640) == 856);  // 20 ms at 16 kHz
  for (std::size_t chars = 0; chars < 100; ++chars) {
    EXPECT_GE(decoded_size_max(chars), chars * 3 / 4);
  }
}

}  // namespace
}  // namespace livegate::base64
