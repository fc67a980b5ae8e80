#include "audio/silero.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "audio/allocation_count.h"
#include "audio/detector.h"
#include "audio/silero_testing.h"
#include "audio/test_signals.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

using Samples = std::vector<std::int16_t>;
using Model = std::shared_ptr<const SileroModel>;

// Where the real model is: LIVEGATE_VAD_MODEL, else where scripts/models/fetch puts it.
std::string real_model_path() {
  const char* named = std::getenv("LIVEGATE_VAD_MODEL");
  return named != nullptr ? named : LIVEGATE_MODELS_DIR "/silero_vad_v6.weights";
}

Model test_model(std::uint64_t seed = 1) {
  const auto loaded = SileroModel::parse(test_model_file(test_tensors(seed)), "test");
  EXPECT_TRUE(loaded) << loaded.error();
  return loaded.value();
}

std::vector<float> probabilities(SileroStream& stream, const Samples& samples) {
  std::vector<float> out;
  for (std::size_t at = 0; at + kSileroBlockSamples <= samples.size(); at += kSileroBlockSamples) {
    out.push_back(stream.push(std::span(samples).subspan(at, kSileroBlockSamples)));
  }
  return out;
}

Samples speech_and_noise() {
  Samples out = noise(7, 16384, 300);
  const Samples voice = vowel(130, 16000, 32768, 9000);
  out.insert(out.end(), voice.begin(), voice.end());
  const Samples more = noise(8, 16384, 30000);
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

std::string refusal_of(const std::vector<TestTensor>& tensors) {
  const auto loaded = SileroModel::parse(test_model_file(tensors), "m.weights");
  return loaded ? "none" : loaded.error();
}

// ---- the network, on weights from a seed

// The network as its graph is written, with nothing clever: the judge of the kernel.
class PlainNetwork {
 public:
  explicit PlainNetwork(const std::vector<TestTensor>& tensors) : tensors_(tensors) {}

  double push(std::span<const std::int16_t> block) {
    std::vector<double> samples(context_);
    for (const std::int16_t sample : block) samples.push_back(sample / 32768.0);
    context_.assign(samples.end() - 64, samples.end());
    for (std::size_t i = 0; i < 64; ++i) samples.push_back(samples[574 - i]);

    Rows rows(129, std::vector<double>(4));
    const std::vector<float>& basis = of("stft.forward_basis_buffer");
    for (std::size_t bin = 0; bin < 129; ++bin) {
      for (std::size_t t = 0; t < 4; ++t) {
        double re = 0, im = 0;
        for (std::size_t n = 0; n < 256; ++n) {
          re += basis[bin * 256 + n] * samples[128 * t + n];
          im += basis[(129 + bin) * 256 + n] * samples[128 * t + n];
        }
        rows[bin][t] = std::hypot(re, im);
      }
    }
    rows = convolved(rows, "0", 1);
    rows = convolved(rows, "1", 2);
    rows = convolved(rows, "2", 2);
    rows = convolved(rows, "3", 1);
    std::vector<double> features;
    for (const auto& row : rows) features.push_back(row.at(0));
    return answered(features);
  }

 private:
  using Rows = std::vector<std::vector<double>>;  // channel by position

  const std::vector<float>& of(const std::string& name) const {
    for (const TestTensor& tensor : tensors_) {
      if (tensor.name == name) return tensor.values;
    }
    throw std::out_of_range(name);
  }

  Rows convolved(const Rows& in, const std::string& number, std::size_t stride) const {
    const std::vector<float>& weights = of("encoder." + number + ".reparam_conv.weight");
    const std::vector<float>& bias = of("encoder." + number + ".reparam_conv.bias");
    const std::size_t length = in.front().size();
    Rows out(bias.size());
    for (std::size_t o = 0; o < bias.size(); ++o) {
      for (std::size_t at = 0; at < length; at += stride) {
        double sum = bias[o];
        for (std::size_t i = 0; i < in.size(); ++i) {
          for (std::size_t tap = 0; tap < 3; ++tap) {
            const std::size_t from = at + tap;  // one late: position `from - 1`
            if (from == 0 || from > length) continue;
            sum += weights[(o * in.size() + i) * 3 + tap] * in[i][from - 1];
          }
        }
        out[o].push_back(std::max(sum, 0.0));
      }
    }
    return out;
  }

  double answered(const std::vector<double>& features) {
    const auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
    const auto &bias = of("decoder.rnn.bias_ih"), &more_bias = of("decoder.rnn.bias_hh");
    const auto &of_input = of("decoder.rnn.weight_ih"), &of_output = of("decoder.rnn.weight_hh");
    std::vector<double> gates(512);
    for (std::size_t row = 0; row < 512; ++row) {
      gates[row] = bias[row] + more_bias[row];
      for (std::size_t i = 0; i < 128; ++i) {
        gates[row] += of_input[row * 128 + i] * features[i] + of_output[row * 128 + i] * output_[i];
      }
    }
    const std::vector<float>& last = of("decoder.decoder.2.weight");
    double sum = of("decoder.decoder.2.bias")[0];
    for (std::size_t u = 0; u < 128; ++u) {
      memory_[u] =
          logistic(gates[128 + u]) * memory_[u] + logistic(gates[u]) * std::tanh(gates[256 + u]);
      output_[u] = logistic(gates[384 + u]) * std::tanh(memory_[u]);
      sum += last[u] * std::max(output_[u], 0.0);
    }
    return logistic(sum);
  }

  std::vector<TestTensor> tensors_;
  std::vector<double> context_ = std::vector<double>(64);
  std::vector<double> output_ = std::vector<double>(128), memory_ = std::vector<double>(128);
};

TEST(Silero, computes_what_the_graph_says) {
  for (const std::uint64_t seed : {1U, 2U}) {
    const auto tensors = test_tensors(seed);
    PlainNetwork plain(tensors);
    SileroStream stream(SileroModel::parse(test_model_file(tensors), "test").value());
    const Samples samples = speech_and_noise();
    for (std::size_t block = 0; block < 12; ++block) {
      const auto part = std::span(samples).subspan(block * 2048, kSileroBlockSamples);
      EXPECT_NEAR(stream.push(part), plain.push(part), 2e-5) << block;
    }
  }
}

TEST(Silero, the_code_for_every_processor_says_the_same) {
  const Model model = test_model();
  const Samples samples = speech_and_noise();
  SileroStream portable(model, silero::codes().back());
  const auto b = probabilities(portable, samples);
  ASSERT_EQ(b.size(), 128U);
  double change = 0;
  for (const float value : b) change = std::max(change, std::abs(double{value} - b[0]));
  EXPECT_GT(change, 0.05);  // the weights do listen
  for (const silero::Code& code : silero::codes()) {
    if (!code.runs_here) continue;
    SileroStream stream(model, code);
    const auto a = probabilities(stream, samples);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 2e-5) << code.name;
  }
}

TEST(Silero, the_best_code_that_runs_here_is_used) {
  for (const silero::Code& code : silero::codes()) {
    if (!code.runs_here) continue;
    EXPECT_STREQ(code.name, silero::best_code().name);
    break;
  }
  EXPECT_TRUE(silero::codes().back().runs_here);
}

TEST(Silero, a_layer_sums_every_input_at_every_position) {
  Rng rng(3);
  for (const std::size_t positions : {1U, 2U, 4U}) {
    for (const std::size_t outputs : {64U, 128U, 192U}) {
      std::vector<float> weights(outputs * 37), bias(outputs), in(37 * 4);
      for (auto* values : {&weights, &bias, &in}) {
        for (float& value : *values) value = static_cast<float>(2 * rng.uniform() - 1);
      }
      const silero::Layer layer(positions, weights, bias);
      for (const silero::Code& code : silero::codes()) {
        if (!code.runs_here) continue;
        std::vector<float> out(outputs * positions);
        code.layer(layer, in.data(), 37, out.data(), silero::Activation::relu);
        for (std::size_t at = 0; at < out.size(); ++at) {
          double sum = bias[at % outputs];
          for (std::size_t i = 0; i < 37; ++i) {
            sum += double{weights[at % outputs * 37 + i]} * in[at / outputs * 37 + i];
          }
          EXPECT_NEAR(out[at], std::max(sum, 0.0), 1e-5) << code.name;
        }
      }
    }
  }
}

TEST(Silero, extreme_samples_stay_probabilities) {
  SileroStream stream(test_model());
  for (const int value : {32767, -32768, 0}) {
    const Samples block(kSileroBlockSamples, static_cast<std::int16_t>(value));
    const float probability = stream.push(block);
    EXPECT_GE(probability, 0.0F);
    EXPECT_LE(probability, 1.0F);
  }
}

TEST(Silero, reset_begins_a_new_stream) {
  const Model model = test_model();
  SileroStream used(model), fresh(model);
  const Samples samples = speech_and_noise();
  (void)probabilities(used, noise(9, 8192, 20000));
  EXPECT_NE(used.push(std::span(samples).first(kSileroBlockSamples)),
            fresh.push(std::span(samples).first(kSileroBlockSamples)));
  used.reset();
  fresh.reset();
  EXPECT_EQ(probabilities(used, samples), probabilities(fresh, samples));
}

TEST(Silero, a_block_allocates_nothing) {
  SileroStream stream(test_model());
  const Samples samples = noise(4, kSileroBlockSamples * 20, 9000);
  const std::size_t before = allocation_count();
  float sum = 0;
  for (std::size_t at = 0; at < samples.size(); at += kSileroBlockSamples) {
    sum += stream.push(std::span(samples).subspan(at, kSileroBlockSamples));
  }
  stream.reset();
  EXPECT_EQ(allocation_count(), before);
  EXPECT_GT(sum, 0.0F);
}

TEST(Silero, a_block_of_another_length_is_the_callers_bug) {
  SileroStream stream(test_model());
  EXPECT_THROW((void)stream.push(Samples(511)), CheckFailed);
  EXPECT_THROW((void)stream.push(Samples(576)), CheckFailed);
}

// ---- files that are not the model

TEST(SileroModel, a_missing_file_is_one_sentence) {
  const auto loaded = SileroModel::load("/no/such/model.weights");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error(),
            "The voice model /no/such/model.weights cannot be used: the file cannot be read.");
}

TEST(SileroModel, a_folder_or_a_text_is_refused) {
  EXPECT_FALSE(SileroModel::load(testing::TempDir()));
  const std::string path = testing::TempDir() + "silero_test.txt";
  std::ofstream(path) << "A page that says 404.\n";
  EXPECT_FALSE(SileroModel::load(path));
}

TEST(SileroModel, a_network_of_another_shape_is_refused_by_name) {
  auto tensors = test_tensors(1);
  tensors[3].shape = {128, 64, 3};
  EXPECT_EQ(refusal_of(tensors),
            "The voice model m.weights cannot be used: its tensor encoder.1.reparam_conv.weight is "
            "128 x 64 x 3, not 64 x 128 x 3.");
  tensors = test_tensors(1);
  tensors.erase(tensors.begin() + 9);
  EXPECT_EQ(
      refusal_of(tensors),
      "The voice model m.weights cannot be used: it has no tensor called decoder.rnn.weight_ih.");
  tensors = test_tensors(1);
  tensors.push_back(tensors[2]);
  EXPECT_EQ(refusal_of(tensors),
            "The voice model m.weights cannot be used: it has two tensors called "
            "encoder.0.reparam_conv.bias.");
}

TEST(SileroModel, values_that_are_no_weights_are_refused) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -3.0e8F}) {
    auto tensors = test_tensors(1);
    tensors[5].values[77] = value;
    EXPECT_EQ(refusal_of(tensors),
              "The voice model m.weights cannot be used: its tensor encoder.2.reparam_conv.weight "
              "holds a value that is no weight.");
  }
}

TEST(SileroModel, a_first_layer_that_is_no_fourier_transform_is_refused) {
  auto tensors = test_tensors(1);
  tensors[0].values[200 * 256 + 31] += 0.001F;
  EXPECT_EQ(refusal_of(tensors),
            "The voice model m.weights cannot be used: its first layer is not a windowed Fourier "
            "transform.");
}

TEST(SileroModel, a_truncated_file_is_refused) {
  const FileBytes whole = test_model_file(test_tensors(1));
  for (std::size_t size = 0; size < whole.size(); size += 10007) {
    EXPECT_FALSE(SileroModel::parse(std::span(whole).first(size), "cut")) << size;
  }
  EXPECT_FALSE(SileroModel::parse(std::span(whole).first(whole.size() - 1), "cut"));
}

// ---- as a detector among others

TEST(Detector, a_verdict_is_a_probability_of_one_or_none) {
  const auto detector = make_detector(make_energy_vad(kEnergyThreshold, 20));
  EXPECT_EQ(detector->block_samples(), 320U);
  EXPECT_EQ(detector->probability(Samples(320, 3000)), 1.0F);
  EXPECT_EQ(detector->probability(Samples(320, 3)), 0.0F);
}

class Scripted final : public Detector {
 public:
  explicit Scripted(std::vector<float> values) : values_(std::move(values)) {}
  [[nodiscard]] std::size_t block_samples() const override { return 1; }
  [[nodiscard]] float probability(std::span<const std::int16_t> /*block*/) override {
    return values_.at(next_++);
  }
  void reset() override { next_ = 0; }

 private:
  std::vector<float> values_;
  std::size_t next_ = 0;
};

TEST(Detector, speech_lasts_from_one_threshold_to_below_the_other) {
  const auto vad = make_vad(
      std::make_unique<Scripted>(std::vector<float>{0.4F, 0.5F, 0.4F, 0.35F, 0.34F, 0.45F}), {});
  std::string verdicts;
  for (int i = 0; i < 6; ++i) verdicts += vad->is_speech(Samples(1)) ? 's' : '.';
  EXPECT_EQ(verdicts, ".sss..");
  vad->reset();
  EXPECT_FALSE(vad->is_speech(Samples(1)));
  EXPECT_THROW(make_vad(std::make_unique<Scripted>(std::vector<float>{}), {0.3F, 0.5F}),
               CheckFailed);
}

// ---- the real model, where it is

class RealModel : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(real_model_path())) {
      GTEST_SKIP() << "scripts/models/fetch has brought no weights";
    }
  }
};

// What a reference run of the file (onnxruntime-node 1.30) says to speech_and_noise().
constexpr float kReference[] = {
    0.05144F, 0.03865F, 0.02974F, 0.02556F, 0.01670F, 0.01147F, 0.00762F, 0.00714F, 0.00811F,
    0.01066F, 0.01080F, 0.01026F, 0.00895F, 0.00565F, 0.00587F, 0.00507F, 0.00495F, 0.00614F,
    0.00607F, 0.00581F, 0.00498F, 0.00569F, 0.00615F, 0.00721F, 0.01386F, 0.01058F, 0.00813F,
    0.01456F, 0.01122F, 0.00911F, 0.00862F, 0.00699F, 0.90295F, 0.91576F, 0.89489F, 0.88034F,
    0.85108F, 0.82755F, 0.75339F, 0.70309F, 0.54636F, 0.46907F, 0.45488F, 0.45759F, 0.40972F,
    0.43692F, 0.35335F, 0.24211F, 0.23941F, 0.24687F, 0.20029F, 0.26348F, 0.22933F, 0.13334F,
    0.12731F, 0.12636F, 0.09624F, 0.10150F, 0.12443F, 0.06444F, 0.05419F, 0.04971F, 0.03658F,
    0.02312F, 0.02107F, 0.01722F, 0.01302F, 0.00892F, 0.00714F, 0.00664F, 0.00425F, 0.00413F,
    0.00477F, 0.00439F, 0.00333F, 0.00711F, 0.00418F, 0.00281F, 0.00259F, 0.00244F, 0.00239F,
    0.00362F, 0.00279F, 0.00187F, 0.00205F, 0.00193F, 0.00221F, 0.00220F, 0.02030F, 0.01014F,
    0.00461F, 0.00347F, 0.00274F, 0.00229F, 0.00768F, 0.00439F, 0.02190F, 0.02211F, 0.02044F,
    0.01721F, 0.01876F, 0.02709F, 0.02768F, 0.03336F, 0.03324F, 0.03256F, 0.03163F, 0.03352F,
    0.04202F, 0.03912F, 0.03045F, 0.03270F, 0.03252F, 0.03741F, 0.04358F, 0.04833F, 0.04152F,
    0.04703F, 0.04089F, 0.03917F, 0.03054F, 0.03192F, 0.03329F, 0.04488F, 0.04568F, 0.02836F,
    0.03244F, 0.03690F,
};

TEST_F(RealModel, says_what_the_reference_runtime_says) {
  const auto model = SileroModel::load(real_model_path());
  ASSERT_TRUE(model) << model.error();
  for (const silero::Code& code : silero::codes()) {
    if (!code.runs_here) continue;
    SileroStream stream(*model, code);
    const auto said = probabilities(stream, speech_and_noise());
    ASSERT_EQ(said.size(), std::size(kReference));
    for (std::size_t block = 0; block < said.size(); ++block) {
      EXPECT_NEAR(said[block], kReference[block], 1e-4) << code.name << " " << block;
    }
  }
}

TEST_F(RealModel, calls_silence_and_noise_no_speech) {
  const auto model = SileroModel::load(real_model_path());
  ASSERT_TRUE(model) << model.error();
  SileroStream stream(*model);
  for (const float probability : probabilities(stream, Samples(32000))) {
    EXPECT_LT(probability, 0.2F);
  }
  for (const float probability : probabilities(stream, noise(5, 64000, 2000))) {
    EXPECT_LT(probability, 0.4F);
  }
}

}  // namespace
}  // namespace livegate::audio
