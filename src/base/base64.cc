#include "base/base64.h"

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#define LIVEGATE_BASE64_AVX2 1
#endif

namespace livegate::base64 {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kIllegal = 0x80;  // outside the 6 bits of a value

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kIllegal);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  values['-'] = 62;
  values['_'] = 63;
  return values;
}();

std::uint32_t value_of(char c) { return kValues[static_cast<std::uint8_t>(c)]; }
char char_of(std::uint32_t value) { return kAlphabet[value & 63]; }

// RFC 4648 section 4: padding fills the last group to four characters, so it is legal only in a
// text whose length is a multiple of four. What is left must be of the alphabet throughout; '=' is
// not.
std::string_view without_padding(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.back() != '=') return text;
  text.remove_suffix(1);
  if (text.back() == '=') text.remove_suffix(1);
  return text;
}

// `text` carries no padding. Writes text.size() * 3 / 4 bytes.
std::optional<std::size_t> decode_body(std::string_view text, std::uint8_t* out) {
  if (text.size() % 4 == 1) return std::nullopt;  // 6 bits are not a byte
  const std::uint8_t* const begin = out;
  std::uint32_t seen = 0;
  while (text.size() >= 4) {
    const std::uint32_t a = value_of(text[0]), b = value_of(text[1]);
    const std::uint32_t c = value_of(text[2]), d = value_of(text[3]);
    seen |= a | b | c | d;
    const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    out[0] = static_cast<std::uint8_t>(bits >> 16);
    out[1] = static_cast<std::uint8_t>(bits >> 8);
    out[2] = static_cast<std::uint8_t>(bits);
    out += 3;
    text.remove_prefix(4);
  }
  if (text.size() >= 2) {
    const std::uint32_t a = value_of(text[0]), b = value_of(text[1]);
    const std::uint32_t c = text.size() == 3 ? value_of(text[2]) : 0;
    seen |= a | b | c;
    *out++ = static_cast<std::uint8_t>(a << 2 | b >> 4);
    if (text.size() == 3) *out++ = static_cast<std::uint8_t>(b << 4 | c >> 2);
  }
  if ((seen & kIllegal) != 0) return std::nullopt;
  return static_cast<std::size_t>(out - begin);
}

}  // namespace

namespace internal {

std::size_t encode_scalar(std::span<const std::uint8_t> bytes, char* out) {
  const std::size_t size = encoded_size(bytes.size());
  for (; bytes.size() >= 3; bytes = bytes.subspan(3), out += 4) {
    const std::uint32_t bits =
        std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2];
    out[0] = char_of(bits >> 18);
    out[1] = char_of(bits >> 12);
    out[2] = char_of(bits >> 6);
    out[3] = char_of(bits);
  }
  if (!bytes.empty()) {
    const bool two = bytes.size() == 2;
    const std::uint32_t bits =
        std::uint32_t{bytes[0]} << 16 | (two ? std::uint32_t{bytes[1]} << 8 : 0);
    out[0] = char_of(bits >> 18);
    out[1] = char_of(bits >> 12);
    out[2] = two ? char_of(bits >> 6) : '=';
    out[3] = '=';
  }
  return size;
}

std::optional<std::size_t> decode_scalar(std::string_view text, std::uint8_t* out) {
  return decode_body(without_padding(text), out);
}

#ifdef LIVEGATE_BASE64_AVX2

bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

// 24 bytes become 32 characters per step. Each 128-bit lane takes 12 bytes; a step reads 28.
__attribute__((target("avx2"))) std::size_t encode_avx2(std::span<const std::uint8_t> bytes,
                                                        char* out) {
  const std::size_t size = encoded_size(bytes.size());
  // Bytes b0 b1 b2 of a group into one 32-bit word as b1 b0 b2 b1: every 6-bit field then lies
  // within 16 bits.
  const __m256i spread =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  // What to add to a value, by its class: 0 a-z, 1..10 the digits, 11 '+', 12 '/', 13 A-Z.
  const __m256i offsets = _mm256_broadcastsi128_si256(_mm_setr_epi8(
      'a' - 26, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, '+' - 62, '/' - 63, 'A', 0, 0));
  for (; bytes.size() >= 28; bytes = bytes.subspan(24), out += 32) {
    const auto* from = bytes.data();
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 12));
    const __m256i groups = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
    // Multiplication is the shift by a different count per 16-bit half that AVX2 lacks.
    const __m256i odd = _mm256_mulhi_epu16(_mm256_and_si256(groups, _mm256_set1_epi32(0x0fc0fc00)),
                                           _mm256_set1_epi32(0x04000040));
    const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(groups, _mm256_set1_epi32(0x003f03f0)),
                                            _mm256_set1_epi32(0x01000010));
    const __m256i values = _mm256_or_si256(odd, even);
    const __m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
    const __m256i classes = _mm256_or_si256(_mm256_subs_epu8(values, _mm256_set1_epi8(51)),
                                            _mm256_and_si256(upper, _mm256_set1_epi8(13)));
    const __m256i text = _mm256_add_epi8(values, _mm256_shuffle_epi8(offsets, classes));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), text);
  }
  encode_scalar(bytes, out);
  return size;
}

// 32 characters become 24 bytes per step, neither read nor written beyond. Legality is one bit per
// class of high nibble (1: 2x, 2: 3x, 4: 4x and 6x, 8: 5x, 16: 7x), looked up by both nibbles. A
// byte of 0x80 or more makes the lookup by low nibble give 0: illegal.
__attribute__((target("avx2"))) std::optional<std::size_t> decode_avx2(std::string_view text,
                                                                       std::uint8_t* out) {
  text = without_padding(text);
  const __m256i by_high =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i by_low = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 5, 4, 5, 4, 13));
  // From character to value: by high nibble, and by low nibble for '+', '-' and '/', which share
  // one.
  const __m256i shift_by_high = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 0, 0, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i shift_by_low = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 62 - '+', 0, 62 - '-', 0, 63 - '/'));
  const __m256i join = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  const std::uint8_t* const begin = out;
  __m256i illegal = _mm256_setzero_si256();
  for (; text.size() >= 32; text.remove_prefix(32), out += 24) {
    const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data()));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(c, 4), _mm256_set1_epi8(15));
    const __m256i legal =
        _mm256_and_si256(_mm256_shuffle_epi8(by_high, high), _mm256_shuffle_epi8(by_low, c));
    illegal = _mm256_or_si256(illegal, _mm256_cmpeq_epi8(legal, _mm256_setzero_si256()));
    const __m256i symbol = _mm256_and_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8('0'), c),
                                            _mm256_shuffle_epi8(shift_by_low, c));
    const __m256i underscore = _mm256_and_si256(_mm256_cmpeq_epi8(c, _mm256_set1_epi8('_')),
                                                _mm256_set1_epi8(63 - '_' + 65));
    const __m256i shift = _mm256_add_epi8(_mm256_shuffle_epi8(shift_by_high, high),
                                          _mm256_add_epi8(symbol, underscore));
    // 6 + 6 bits to 12, 12 + 12 to 24, then the three bytes of every word together.
    const __m256i pairs =
        _mm256_maddubs_epi16(_mm256_add_epi8(c, shift), _mm256_set1_epi32(0x01400140));
    const __m256i words = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i packed = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(words, join),
                                                       _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(packed));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + 16), _mm256_extracti128_si256(packed, 1));
  }
  if (_mm256_testz_si256(illegal, illegal) == 0) return std::nullopt;
  const std::optional<std::size_t> rest = decode_body(text, out);
  if (!rest) return std::nullopt;
  return static_cast<std::size_t>(out - begin) + *rest;
}

#else

bool has_avx2() { return false; }
std::size_t encode_avx2(std::span<const std::uint8_t> bytes, char* out) {
  return encode_scalar(bytes, out);
}
std::optional<std::size_t> decode_avx2(std::string_view text, std::uint8_t* out) {
  return decode_scalar(text, out);
}

#endif

}  // namespace internal

namespace {
const bool kUseAvx2 = internal::has_avx2();
}

std::size_t encode(std::span<const std::uint8_t> bytes, char* out) {
  return kUseAvx2 ? internal::encode_avx2(bytes, out) : internal::encode_scalar(bytes, out);
}

std::optional<std::size_t> decode(std::string_view text, std::uint8_t* out) {
  return kUseAvx2 ? internal::decode_avx2(text, out) : internal::decode_scalar(text, out);
}

}  // namespace livegate::base64
