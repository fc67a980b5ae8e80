// How the entries of a recording follow each other in its file: each is its length, a check of the
// length, its bytes, and a check of all bytes of the file so far. So a file that was cut off, which
// is good up to there, is told from one that is damaged, and from one that lacks a piece.
//
// Leaves to record.h and config_fields.h what an entry is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace livegate::recording {

inline constexpr std::string_view kMagic = "livegate flight 4\n";

class FrameWriter {
 public:
  // Appends an entry to `out`. The first one of a file is preceded by the magic.
  void append(std::string& out, std::string_view entry);

 private:
  bool begun_ = false;
  std::uint32_t check_ = 0;
};

class FrameReader {
 public:
  enum class Next : std::uint8_t {
    entry,
    end,      // right behind an entry
    cut_off,  // within one
    damaged,
  };
  // `file` outlives this.
  explicit FrameReader(std::string_view file) : file_(file) {}

  // It begins with the magic.
  [[nodiscard]] bool is_recording() const { return file_.starts_with(kMagic); }
  // A view of the file, if it is `entry`.
  Next next(std::string_view& entry);
  // Where the entry asked for last begins.
  [[nodiscard]] std::size_t place() const { return place_; }

 private:
  std::string_view file_;
  std::size_t at_ = 0;
  std::size_t place_ = 0;
  std::uint32_t check_ = 0;
};

}  // namespace livegate::recording
