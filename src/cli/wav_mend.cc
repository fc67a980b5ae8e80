#include "cli/wav_mend.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace livegate::cli {
namespace {

constexpr std::size_t kHeaderBytes = 12;  // "RIFF", its size, "WAVE"
constexpr std::size_t kChunkBytes = 8;    // a name and its size

std::uint32_t number_at(std::string_view file, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number |= std::uint32_t{static_cast<unsigned char>(file[at + i])} << (8 * i);
  }
  return number;
}

void append_number(std::string& out, std::size_t number) {
  for (int shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<char>((number >> shift) & 0xFF));
  }
}

void append_chunk(std::string& out, std::string_view name, std::string_view bytes) {
  out += name;
  append_number(out, bytes.size());
  out += bytes;
  if (bytes.size() % 2 != 0) out.push_back('\0');
}

bool is_header(std::string_view file) {
  return file.size() >= kHeaderBytes && file.starts_with("RIFF") && file.substr(8, 4) == "WAVE";
}

// Whether `rest` is chunks to its very end, as after a "data" chunk that is empty in earnest.
bool is_all_chunks(std::string_view rest) {
  while (rest.size() >= kChunkBytes) {
    const std::string_view name = rest.substr(0, 4);
    if (!std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; })) return false;
    const std::size_t size = number_at(rest, 4);
    if (size > rest.size() - kChunkBytes) return false;
    rest.remove_prefix(kChunkBytes + std::min(size + size % 2, rest.size() - kChunkBytes));
  }
  return rest.empty();
}

struct Parts {
  std::string_view format;
  std::string sound;
  bool mixed = false;  // parts of different formats
};

// The chunks from `at` on, to the end of the file or to the next header, whose place is returned.
std::size_t read_chunks(std::string_view file, std::size_t at, Parts& parts) {
  while (at + kChunkBytes <= file.size() && !is_header(file.substr(at))) {
    const std::string_view name = file.substr(at, 4);
    const std::size_t size = number_at(file, at + 4);
    at += kChunkBytes;
    const std::size_t left = file.size() - at;
    // Never written: the sound reaches to the end.
    const bool open =
        name == "data" && (size > left || (size == 0 && !is_all_chunks(file.substr(at))));
    const std::string_view bytes = file.substr(at, open ? left : std::min(size, left));
    if (name == "fmt ") {
      parts.mixed = parts.mixed || (!parts.format.empty() && parts.format != bytes);
      parts.format = bytes;
    } else if (name == "data") {
      parts.sound += bytes;
    }
    at += std::min(left, bytes.size() + bytes.size() % 2);
  }
  return at;
}

}  // namespace

std::optional<std::string> mended_wav(std::string_view file) {
  Parts parts;
  for (std::size_t at = 0; at < file.size() && is_header(file.substr(at));) {
    at = read_chunks(file, at + kHeaderBytes, parts);
  }
  if (parts.format.empty() || parts.sound.empty() || parts.mixed) return std::nullopt;
  std::string chunks = "WAVE";
  append_chunk(chunks, "fmt ", parts.format);
  append_chunk(chunks, "data", parts.sound);
  std::string mended;
  append_chunk(mended, "RIFF", chunks);
  return mended;
}

}  // namespace livegate::cli
