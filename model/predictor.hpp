// Answers of a trained model.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/data/dataset.hpp"
#include "model/data/vocabulary.hpp"
#include "model/object2vec.hpp"

namespace o2v::model {

// Rows side by side in memory.
struct Matrix {
    std::int64_t rows = 0, columns = 0;
    std::vector<float> values;  // rows * columns
    std::span<const float> operator[](std::int64_t row) const {
        return {values.data() + row * columns, static_cast<std::size_t>(columns)};
    }
};

// What of a model lies on its device: everything, or what embeds alone, where memory is short there; pairs
// are then compared on the CPU.
enum class Resident { everything, encoders };

// Const members may be called from several threads at once.
class Predictor {
  public:
    // device: "cpu" or "cuda:N". Throws StorageError (missing, damaged), InputError (no such device).
    explicit Predictor(const std::string& folder, const std::string& device = "cpu",
                       Resident resident = Resident::everything);

    const Options& options() const { return model_->options(); }
    // Empty when the model came without.
    const data::Vocabulary& vocabulary(int side) const { return vocabularies_[side]; }
    const std::vector<std::string>& labels() const { return labels_; }

    using MaxLengths = model::MaxLengths;  // in place of the model's own max_seq_len

    // One row a pair: the classes' probabilities, or the one value. An empty sequence is like one of padding
    // alone. Longer sequences than max_seq_len are truncated. Throws InputError naming the row, the side and
    // the position of an id that is negative or not below the vocabulary's size ("pair 3: in0[2]").
    Matrix scores(const data::Sequences& in0, const data::Sequences& in1,
                  std::optional<MaxLengths> max_lengths = std::nullopt) const;
    // One row a sequence: side 0's or 1's encoding, enc_dim numbers. Throws as scores().
    Matrix embed(int side, const data::Sequences& sequences,
                 std::optional<MaxLengths> max_lengths = std::nullopt) const;
    // What scores() gives for pairs whose sides embed() gave these; one row of `in0` stands for as many as
    // `in1` has. REQUIRES: enc_dim columns; in0 has as many rows as in1, or one.
    Matrix scores_of_embeddings(const Matrix& in0, const Matrix& in1) const;

  private:
    Matrix final(const torch::Tensor& outputs) const;
    data::Sequences checked(int side, const data::Sequences& sequences,
                            std::optional<MaxLengths> max_lengths) const;

    std::shared_ptr<Object2Vec> model_;
    Resident resident_;
    data::Vocabulary vocabularies_[2];
    std::vector<std::string> labels_;
};

}  // namespace o2v::model
