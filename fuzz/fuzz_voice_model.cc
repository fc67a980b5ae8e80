// The reader of voice models on any bytes: refused with a sentence, or a model whose every answer
// is a probability.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <zlib.h>

#include "audio/silero.h"
#include "audio/weights_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The sum fits, so that what stands before it is looked at.
  std::vector<std::uint8_t> file(data, data + size);
  const auto sum = crc32(0, file.data(), static_cast<uInt>(file.size()));
  for (unsigned i = 0; i < 4; ++i) file.push_back(static_cast<std::uint8_t>(sum >> (8 * i)));
  const auto tensors = livegate::audio::read_weights(file);
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
