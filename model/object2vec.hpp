// Object2Vec: two encoders, a comparator, a multi-layer perceptron and an output layer (spec section 4).
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/data/batches.hpp"
#include "model/dropout.hpp"
#include "model/encoder.hpp"
#include "model/hyperparameters/hyperparameters.hpp"
#include "model/layers.hpp"
#include "model/token_table.hpp"

namespace o2v::model {

// Limits on the sequences' lengths, of in0 and in1.
using MaxLengths = std::array<std::int64_t, 2>;

// Parameters: embed_0.weight, embed_1.weight (or embed_shared.weight), enc0.*, enc1.*, fc_0.*, ..., output.*.
class Object2Vec : public torch::nn::Module {
  public:
    // On the CPU, weights not initialised: see initializers.hpp.
    explicit Object2Vec(const Options& options);

    // [B, outputs]: the logits of the classes, or the value ([B, 1]).
    // REQUIRES: ids are below the vocabulary sizes, sequences are truncated.
    // max_lengths: how far hcnn pads, where another limit than the options' max_seq_len holds.
    torch::Tensor forward(const data::Batch& batch,
                          const std::optional<MaxLengths>& max_lengths = std::nullopt);
    // [B, enc_dim]: one side's encodings; side 0 or 1.
    torch::Tensor embed(int side, const data::Sequences& sequences,
                        const std::optional<MaxLengths>& max_lengths = std::nullopt);

    // forward() from both sides' encodings on, [B, enc_dim] each on the model's device.
    torch::Tensor outputs_of_embeddings(const torch::Tensor& u, const torch::Tensor& v);

    const Options& options() const { return options_; }
    torch::Device device() const { return output_->weight.device(); }
    // Moves the token tables and the encoders alone: embed() then gives tensors there, forward() does not
    // work.
    void encoders_to(const torch::Device& device);
    Dropout& dropout() { return dropout_; }
    void set_output_bias(double value);
    // Path::plain on a CPU too: for comparison.
    void use_plain_operations() { plain_ = true; }
    // By name, without repeats: one when the sides share it.
    std::vector<std::pair<std::string, std::shared_ptr<TokenTable>>> tables() const;
    TokenTable& table(int side) { return *tables_[side]; }

  private:
    torch::Tensor encode(int side, TokenBatch batch, const std::optional<MaxLengths>& max_lengths);
    bool needs_values(int side) const {
        return encoder_path() == Path::plain || options_.enc[side].network != Network::pooled_embedding;
    }
    Path path_at(const torch::Tensor& weight) const {
        return plain_ || !weight.is_cpu() ? Path::plain : Path::kernels;
    }
    Path path() const { return path_at(output_->weight); }
    Path encoder_path() const { return path_at(tables_[0]->weight); }

    Options options_;
    Dropout dropout_;
    std::shared_ptr<TokenTable> tables_[2];
    std::shared_ptr<Encoder> encoders_[2];
    std::vector<torch::nn::Linear> mlp_;
    torch::nn::Linear output_{nullptr};
    bool plain_ = false;
};

using Tensors = std::map<std::string, torch::Tensor>;

// The parameters by name, sharing their memory.
Tensors parameters_of(const Object2Vec& model);
// Copies, but the padding's rows are zero whatever is given; throws std::runtime_error naming a parameter
// that is missing, superfluous or of another shape.
void load_parameters(Object2Vec& model, const Tensors& parameters);
// Independent copies on the CPU.
Tensors copy_of(const Tensors& tensors);

}  // namespace o2v::model
