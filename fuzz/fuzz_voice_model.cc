// The reader of voice models on any bytes: refused with a sentence, or a model whose every answer
// is a probability.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "audio/onnx_tensors.h"
#include "audio/silero.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> file(data, size);
  const auto tensors = livegate::audio::read_branch_tensors(file, "then_branch");
  if (tensors) {
    for (const auto& tensor : *tensors) {
      std::size_t values = 1;
      for (const std::uint64_t length : tensor.shape) values *= length;
      if (4 * values != tensor.f32_le.size()) std::abort();
    }
  }
  const auto model = livegate::audio::SileroModel::parse(file, "fuzz");
  if (!model) {
    if (model.error().empty()) std::abort();
    return 0;
  }
  livegate::audio::SileroStream stream(*model);
  const std::vector<std::int16_t> block(livegate::audio::kSileroBlockSamples, 12345);
  const float probability = stream.push(block);
  if (!(probability >= 0.0F && probability <= 1.0F)) std::abort();
  return 0;
}
