#include "audio/onnx_tensors.h"

#include <optional>

namespace livegate::audio {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kDimensionsMax = 4;
constexpr std::uint64_t kFloatType = 1;  // TensorProto.DataType.FLOAT

// Field numbers of onnx.proto3.
namespace model {
constexpr std::uint64_t kGraph = 7;
}
namespace graph {
constexpr std::uint64_t kNode = 1;
}
namespace node {
constexpr std::uint64_t kOperator = 4;
constexpr std::uint64_t kAttribute = 5;
}  // namespace node
namespace attribute {
constexpr std::uint64_t kName = 1;
constexpr std::uint64_t kTensor = 5;
constexpr std::uint64_t kGraph = 6;
}  // namespace attribute
namespace tensor {
constexpr std::uint64_t kDimensions = 1;
constexpr std::uint64_t kType = 2;
constexpr std::uint64_t kName = 8;
constexpr std::uint64_t kRawData = 9;
}  // namespace tensor

std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// One protobuf message, field by field. What is no message ends it early and leaves a problem.
class Fields {
 public:
  explicit Fields(Bytes message) : rest_(message) {}

  // Steps to the next field; false at the end, or where there is a problem.
  bool next() {
    if (rest_.empty() || !problem_.empty()) return false;
    const std::optional<std::uint64_t> key = varint();
    if (!key) return false;
    number_ = *key >> 3;
    value_ = 0;
    bytes_ = {};
    kind_ = static_cast<unsigned>(*key & 7);
    if (number_ == 0) return fail("it has a field without a number");
    switch (kind_) {
      case kVarint: {
        const std::optional<std::uint64_t> value = varint();
        if (value) value_ = *value;
        return value.has_value();
      }
      case kFixed64:
        return take(8);
      case kDelimited: {
        const std::optional<std::uint64_t> length = varint();
        return length && take(*length);
      }
      case kFixed32:
        return take(4);
      default:
        return fail("it has a field of a kind that ONNX does not use");
    }
  }

  // Whether this is the field of that number and a message, text or bytes.
  [[nodiscard]] bool is_bytes(std::uint64_t number) const {
    return number_ == number && kind_ == kDelimited;
  }
  [[nodiscard]] bool is_integer(std::uint64_t number) const {
    return number_ == number && kind_ == kVarint;
  }
  [[nodiscard]] Bytes bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t integer() const { return value_; }
  // Empty as long as everything was a field.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  static constexpr unsigned kVarint = 0, kFixed64 = 1, kDelimited = 2, kFixed32 = 5;

  bool fail(const char* problem) {
    problem_ = problem;
    return false;
  }

  bool take(std::uint64_t length) {
    if (length > rest_.size()) return fail("it ends in the middle of a field");
    bytes_ = rest_.first(static_cast<std::size_t>(length));
    rest_ = rest_.subspan(bytes_.size());
    return true;
  }

  // Seven bits a byte, lowest first, at most ten bytes.
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (rest_.empty()) {
        fail("it ends in the middle of a field");
        return std::nullopt;
      }
      const std::uint64_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail("it has a number of more than 64 bits");
    return std::nullopt;
  }

  Bytes rest_;
  std::uint64_t number_ = 0;
  std::uint64_t value_ = 0;
  unsigned kind_ = kVarint;
  Bytes bytes_;
  std::string problem_;
};

// Walks from the file down to the tensors; the first problem ends it.
class Walk {
 public:
  explicit Walk(std::string_view branch) : branch_(branch) {}

  Result<std::vector<OnnxTensor>, std::string> run(Bytes file) {
    Fields fields(file);
    while (sound() && fields.next()) {
      if (fields.is_bytes(model::kGraph)) outer_graph(fields.bytes());
    }
    note(fields.problem());
    if (sound() && branches_ != 1) {
      note("its graph has " + std::to_string(branches_) + " branches called " +
           std::string(branch_) + ", and one was expected");
    }
    if (!sound()) return Unexpected{problem_};
    return std::move(tensors_);
  }

 private:
  [[nodiscard]] bool sound() const { return problem_.empty(); }
  void note(const std::string& problem) {
    if (sound()) problem_ = problem;
  }

  void outer_graph(Bytes bytes) {
    Fields fields(bytes);
    while (sound() && fields.next()) {
      if (fields.is_bytes(graph::kNode)) choice(fields.bytes());
    }
    note(fields.problem());
  }

  // A node of the outer graph: of the `If`, the branch asked for.
  void choice(Bytes bytes) {
    if (operator_of(bytes) != "If") return;
    Fields fields(bytes);
    while (sound() && fields.next()) {
      if (!fields.is_bytes(node::kAttribute)) continue;
      const Attribute found = attribute_of(fields.bytes());
      if (found.name != branch_) continue;
      ++branches_;
      inner_graph(found.graph);
    }
    note(fields.problem());
  }

  void inner_graph(Bytes bytes) {
    Fields fields(bytes);
    while (sound() && fields.next()) {
      if (fields.is_bytes(graph::kNode)) constant(fields.bytes());
    }
    note(fields.problem());
  }

  void constant(Bytes bytes) {
    if (operator_of(bytes) != "Constant") return;
    Fields fields(bytes);
    while (sound() && fields.next()) {
      if (!fields.is_bytes(node::kAttribute)) continue;
      const Attribute found = attribute_of(fields.bytes());
      if (found.name == "value") add_tensor(found.tensor);
    }
    note(fields.problem());
  }

  std::string_view operator_of(Bytes bytes) {
    Fields fields(bytes);
    std::string_view found;
    while (fields.next()) {
      if (fields.is_bytes(node::kOperator)) found = text(fields.bytes());
    }
    note(fields.problem());
    return found;
  }

  struct Attribute {
    std::string_view name;
    Bytes tensor;
    Bytes graph;
  };
  Attribute attribute_of(Bytes bytes) {
    Fields fields(bytes);
    Attribute found;
    while (fields.next()) {
      if (fields.is_bytes(attribute::kName)) found.name = text(fields.bytes());
      if (fields.is_bytes(attribute::kTensor)) found.tensor = fields.bytes();
      if (fields.is_bytes(attribute::kGraph)) found.graph = fields.bytes();
    }
    note(fields.problem());
    return found;
  }

  void add_tensor(Bytes bytes) {
    OnnxTensor found;
    std::uint64_t type = 0;
    Fields fields(bytes);
    while (sound() && fields.next()) {
      if (fields.is_integer(tensor::kDimensions)) add_dimension(found, fields.integer());
      if (fields.is_integer(tensor::kType)) type = fields.integer();
      if (fields.is_bytes(tensor::kDimensions)) packed_dimensions(found, fields.bytes());
      if (fields.is_bytes(tensor::kName)) found.name = text(fields.bytes());
      if (fields.is_bytes(tensor::kRawData)) found.f32_le = fields.bytes();
    }
    note(fields.problem());
    if (!sound() || type != kFloatType || found.name.empty()) return;
    // Division instead of a product, which could overflow.
    std::uint64_t values = found.f32_le.size() / 4;
    bool fits = found.f32_le.size() % 4 == 0 && values > 0;
    for (const std::uint64_t size : found.shape) {
      fits = fits && size > 0 && values % size == 0;
      if (fits) values /= size;
    }
    if (!fits || values != 1) {
      note("its tensor " + printable(found.name) + " has a shape that its data does not fit");
    } else {
      tensors_.push_back(std::move(found));
    }
  }

  void add_dimension(OnnxTensor& found, std::uint64_t size) {
    if (found.shape.size() == kDimensionsMax) {
      note("it has a tensor of more than 4 dimensions");
    } else {
      found.shape.push_back(size);
    }
  }

  // proto3 may write repeated numbers as one field, and readers must take both forms.
  void packed_dimensions(OnnxTensor& found, Bytes bytes) {
    while (sound() && !bytes.empty()) {
      std::uint64_t size = 0;
      unsigned shift = 0;
      std::size_t used = 0;
      while (used < bytes.size() && shift < 63) {
        const std::uint64_t byte = bytes[used++];
        size |= (byte & 0x7F) << shift;
        shift += 7;
        if (byte < 0x80) break;
      }
      if ((bytes[used - 1] & 0x80) != 0) return note("it has a shape that is no list of numbers");
      add_dimension(found, size);
      bytes = bytes.subspan(used);
    }
  }

  // A name from the file, fit for a sentence on a terminal.
  static std::string printable(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 60)) out += c > ' ' && c < 127 ? c : '?';
    return out;
  }

  std::string_view branch_;
  std::size_t branches_ = 0;
  std::vector<OnnxTensor> tensors_;
  std::string problem_;
};

}  // namespace

Result<std::vector<OnnxTensor>, std::string> read_branch_tensors(std::span<const std::uint8_t> file,
                                                                 std::string_view branch) {
  return Walk(branch).run(file);
}

}  // namespace livegate::audio
