#include "recording/frame.h"

#include <cstring>
#include <utility>

#include <zlib.h>

#include "recording/bytes.h"

namespace livegate::recording {
namespace {

using Check = std::uint32_t;

// CRC-32 goes on where it was.
Check checked(Check before, std::string_view bytes) {
  return static_cast<Check>(
      crc32(before, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// Whichever single byte of the length or of this is another one, they do not agree.
char check_of_length(std::string_view length) {
  char check = 0x5a;
  for (const char byte : length) check = static_cast<char>(check ^ byte);
  return check;
}

}  // namespace

void FrameWriter::append(std::string& out, std::string_view entry) {
  const std::size_t begin = out.size();
  if (!std::exchange(begun_, true)) out += kMagic;
  const std::size_t length = out.size();
  Writer(out).number(entry.size());
  out += check_of_length(std::string_view(out).substr(length));
  out += entry;
  check_ = checked(check_, std::string_view(out).substr(begin));
  out.append(reinterpret_cast<const char*>(&check_), sizeof check_);
}

FrameReader::Next FrameReader::next(std::string_view& entry) {
  const std::size_t begin = at_;
  if (at_ == 0) at_ = kMagic.size();
  place_ = at_;
  if (at_ == file_.size()) return Next::end;
  Reader in(file_.substr(at_));
  const std::uint64_t size = in.number();
  if (!in.good())
    return file_.size() - at_ < Reader::kNumberBytesMax ? Next::cut_off : Next::damaged;
  const std::string_view rest = file_.substr(at_ + in.place());
  if (rest.empty()) return Next::cut_off;
  if (rest[0] != check_of_length(file_.substr(at_, in.place()))) return Next::damaged;
  if (rest.size() < 1 + sizeof(Check) || size > rest.size() - 1 - sizeof(Check)) {
    return Next::cut_off;
  }
  entry = rest.substr(1, size);
  const std::size_t end = at_ + in.place() + 1 + size;
  check_ = checked(check_, file_.substr(begin, end - begin));
  Check written = 0;
  std::memcpy(&written, file_.data() + end, sizeof written);
  if (written != check_) return Next::damaged;
  at_ = end + sizeof written;
  return Next::entry;
}

}  // namespace livegate::recording
