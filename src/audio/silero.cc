#include "audio/silero.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <numbers>
#include <utility>
#include <vector>

#include "audio/weights_file.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

constexpr std::size_t kFileBytesMax = 16 * 1024 * 1024;  // Silero's has 1.2 MB
constexpr std::size_t kTaps = 3;
// Silero's largest weight is 55. With this bound no sum in the network can overflow.
constexpr float kWeightMax = 1.0e4F;
// Silero's sines are written with seven digits.
constexpr double kTransformTolerance = 1.0e-5;

float f32_le(const std::uint8_t* bytes) {
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < 4; ++i) bits |= std::uint32_t{bytes[i]} << (8 * i);
  return std::bit_cast<float>(bits);
}

std::string written(std::span<const std::uint64_t> shape) {
  std::string out;
  for (const std::uint64_t size : shape) out += (out.empty() ? "" : " x ") + std::to_string(size);
  return out.empty() ? "a single value" : out;
}

// Takes the tensors that the network needs out of those that the file has; the first problem stays.
class Taker {
 public:
  explicit Taker(const std::vector<WeightTensor>& tensors) : tensors_(tensors) {}

  std::vector<float> take(std::string_view name, std::initializer_list<std::uint64_t> shape) {
    std::size_t count = 1;
    for (const std::uint64_t size : shape) count *= static_cast<std::size_t>(size);
    std::vector<float> values(count);
    const WeightTensor* found = nullptr;
    for (const WeightTensor& tensor : tensors_) {
      if (tensor.name != name) continue;
      if (found != nullptr) note("it has two tensors called " + std::string(name));
      found = &tensor;
    }
    if (found == nullptr) {
      note("it has no tensor called " + std::string(name));
    } else if (!std::ranges::equal(found->shape, shape)) {
      note("its tensor " + std::string(name) + " is " + written(found->shape) + ", not " +
           written(shape));
    } else {
      for (std::size_t i = 0; i < count; ++i) values[i] = f32_le(found->f32_le.data() + 4 * i);
      // Written so that what is not a number is refused as well.
      if (!std::ranges::all_of(values, [](float v) { return std::abs(v) <= kWeightMax; })) {
        note("its tensor " + std::string(name) + " holds a value that is no weight");
      }
    }
    return values;
  }

  void note(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const std::vector<WeightTensor>& tensors_;
  std::string problem_;
};

// A convolution's weights are written output by input by tap; a row of ours is tap by input, as
// positions follow each other in memory. `first_tap` and `taps` choose the taps that meet anything
// but zeros.
std::vector<float> rows_of(std::span<const float> weights, std::size_t outputs,
                           std::size_t first_tap, std::size_t taps) {
  const std::size_t inputs = weights.size() / outputs / kTaps;
  std::vector<float> rows;
  rows.reserve(outputs * taps * inputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t tap = first_tap; tap < first_tap + taps; ++tap) {
      for (std::size_t i = 0; i < inputs; ++i) {
        rows.push_back(weights[(o * inputs + i) * kTaps + tap]);
      }
    }
  }
  return rows;
}

// A row for each position, and one of zeros at either end.
template <std::size_t kChannels>
struct Rows {
  std::array<float, (silero::kSpectra + 2) * kChannels> values;
  Rows() {
    std::fill_n(values.begin(), kChannels, 0.0F);
    std::fill_n(values.end() - kChannels, kChannels, 0.0F);
  }
  float* begin() { return values.data() + kChannels; }
};

std::string refusal(const std::string& name, const std::string& problem) {
  return "The voice model " + name + " cannot be used: " + problem + ".";
}

}  // namespace

// As the kernel takes them.
struct SileroModel::Weights {
  std::array<float, silero::kWindowSamples> window{};
  std::vector<float> first, first_bias;
  std::vector<float> second, second_bias;
  std::vector<float> third, third_bias;
  std::vector<float> fourth, fourth_bias;
  std::vector<float> gates, gates_bias;
  std::vector<float> last, last_bias;

  void take(Taker& file) {
    take_window(file);
    first = rows_of(file.take("encoder.0.reparam_conv.weight", {128, 129, 3}), 128, 0, 3);
    first_bias = file.take("encoder.0.reparam_conv.bias", {128});
    second = rows_of(file.take("encoder.1.reparam_conv.weight", {64, 128, 3}), 64, 0, 3);
    second_bias = file.take("encoder.1.reparam_conv.bias", {64});
    // Two positions are left here, behind one of zeros; one is left at the fourth, between two.
    third = rows_of(file.take("encoder.2.reparam_conv.weight", {64, 64, 3}), 64, 1, 2);
    third_bias = file.take("encoder.2.reparam_conv.bias", {64});
    fourth = rows_of(file.take("encoder.3.reparam_conv.weight", {128, 64, 3}), 128, 1, 1);
    fourth_bias = file.take("encoder.3.reparam_conv.bias", {128});
    take_gates(file);
    last = file.take("decoder.decoder.2.weight", {1, 128, 1});
    last_bias = file.take("decoder.decoder.2.bias", {1});
  }

  // The file writes the Fourier transform as a convolution with windowed cosines and sines. We
  // compute it faster, so these must be just that; the window is the cosine of frequency 0.
  void take_window(Taker& file) {
    constexpr std::size_t kSize = silero::kWindowSamples;
    constexpr std::size_t kBins = silero::kBins;
    const std::vector<float> basis = file.take("stft.forward_basis_buffer", {2 * kBins, 1, kSize});
    std::copy_n(basis.begin(), kSize, window.begin());
    std::array<double, kSize> cosine{}, sine{};
    for (std::size_t i = 0; i < kSize; ++i) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(i) / double{kSize};
      cosine[i] = std::cos(angle);
      sine[i] = std::sin(angle);
    }
    double off = 0;
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      for (std::size_t n = 0; n < kSize; ++n) {
        const std::size_t turn = bin * n % kSize;
        const double real = basis[bin * kSize + n] - window[n] * cosine[turn];
        const double imaginary = basis[(kBins + bin) * kSize + n] + window[n] * sine[turn];
        off = std::max({off, std::abs(real), std::abs(imaginary)});
      }
    }
    if (off > kTransformTolerance) file.note("its first layer is not a windowed Fourier transform");
  }

  // The sums over the block's features and over the cell's last output are one layer.
  void take_gates(Taker& file) {
    constexpr std::size_t kUnits = silero::kUnits;
    const std::vector<float> of_input = file.take("decoder.rnn.weight_ih", {4 * kUnits, kUnits});
    const std::vector<float> of_output = file.take("decoder.rnn.weight_hh", {4 * kUnits, kUnits});
    for (std::size_t row = 0; row < 4 * kUnits; ++row) {
      for (const std::vector<float>* half : {&of_input, &of_output}) {
        const float* begin = half->data() + row * kUnits;
        gates.insert(gates.end(), begin, begin + kUnits);
      }
    }
    gates_bias = file.take("decoder.rnn.bias_ih", {4 * kUnits});
    const std::vector<float> more = file.take("decoder.rnn.bias_hh", {4 * kUnits});
    for (std::size_t i = 0; i < more.size(); ++i) gates_bias[i] += more[i];
  }
};

SileroModel::SileroModel(const Weights& weights)
    : spectrum_(weights.window),
      first_(4, weights.first, weights.first_bias),
      second_(2, weights.second, weights.second_bias),
      third_(1, weights.third, weights.third_bias),
      fourth_(1, weights.fourth, weights.fourth_bias),
      gates_(1, weights.gates, weights.gates_bias),
      last_bias_(weights.last_bias.front()) {
  std::copy(weights.last.begin(), weights.last.end(), last_.begin());
}

SileroModel::Loaded SileroModel::parse(std::span<const std::uint8_t> file,
                                       const std::string& name) {
  const auto tensors = read_weights(file);
  if (!tensors) return Unexpected{refusal(name, tensors.error())};
  Taker taker(*tensors);
  Weights weights;
  weights.take(taker);
  if (!taker.problem().empty()) return Unexpected{refusal(name, taker.problem())};
  return std::shared_ptr<const SileroModel>(new SileroModel(weights));
}

SileroModel::Loaded SileroModel::load(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const auto size = in ? static_cast<std::streamoff>(in.tellg()) : -1;
  if (size < 0) return Unexpected{refusal(path, "the file cannot be read")};
  if (size > static_cast<std::streamoff>(kFileBytesMax)) {
    return Unexpected{refusal(path, "it has more than 16 MB")};
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  in.seekg(0);
  if (!in.read(reinterpret_cast<char*>(bytes.data()), size)) {
    return Unexpected{refusal(path, "the file cannot be read")};
  }
  return parse(bytes, path);
}

SileroStream::SileroStream(std::shared_ptr<const SileroModel> model, const silero::Code& code)
    : model_(std::move(model)), code_(&code) {
  LIVEGATE_CHECK(model_ != nullptr && code.runs_here);
}

float SileroStream::push(std::span<const std::int16_t> block) {
  LIVEGATE_CHECK(block.size() == kSileroBlockSamples);
  constexpr std::size_t kEnd = kSileroContextSamples + kSileroBlockSamples;
  std::array<float, silero::kSpectraSamples> samples;  // context, block, mirrored end
  std::ranges::copy(context_, samples.begin());
  for (std::size_t i = 0; i < kSileroBlockSamples; ++i) {
    samples[kSileroContextSamples + i] = static_cast<float>(block[i]) / 32768.0F;
  }
  for (std::size_t i = 0; i < samples.size() - kEnd; ++i) samples[kEnd + i] = samples[kEnd - 2 - i];
  std::copy_n(samples.begin() + kSileroBlockSamples, kSileroContextSamples, context_.begin());

  using enum silero::Activation;
  const SileroModel& model = *model_;
  Rows<silero::kBins> spectra;
  Rows<128> first;
  std::array<float, std::size_t{2} * 64> second;
  std::array<float, 64> third;
  std::array<float, 2 * silero::kUnits> cell_in;  // features of this block, last output
  std::array<float, 4 * silero::kUnits> gates;
  model.spectrum_.magnitudes(samples, spectra.begin());
  code_->layer(model.first_, spectra.values.data(), silero::kBins, first.begin(), relu);
  code_->layer(model.second_, first.values.data(), 2 * 128, second.data(), relu);
  code_->layer(model.third_, second.data(), 0, third.data(), relu);
  code_->layer(model.fourth_, third.data(), 0, cell_in.data(), relu);
  std::ranges::copy(output_, cell_in.begin() + silero::kUnits);
  code_->layer(model.gates_, cell_in.data(), 0, gates.data(), none);
  code_->lstm_step(gates.data(), memory_.data(), output_.data());

  float sum = model.last_bias_;
  for (std::size_t i = 0; i < silero::kUnits; ++i) {
    sum += model.last_[i] * std::max(output_[i], 0.0F);
  }
  return silero::sigmoid(sum);
}

void SileroStream::reset() {
  context_.fill(0);
  output_.fill(0);
  memory_.fill(0);
}

}  // namespace livegate::audio
