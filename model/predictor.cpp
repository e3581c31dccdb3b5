#include "model/predictor.hpp"

#include <algorithm>
#include <filesystem>

#include "model/inference.hpp"
#include "model/model_folder.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

torch::Device checked_device(const std::string& name) {
    try {
        const torch::Device device(name);
        if (device.is_cpu()) return device;
        const auto count = static_cast<int>(torch::cuda::device_count());
        if (device.is_cuda() && torch::cuda::is_available() && device.index() < count) return device;
    } catch (const c10::Error&) {  // not the name of a device
    }
    throw InputError("device", name, "is no usable device: cpu, or cuda:N with a GPU that LibTorch can use");
}

Matrix matrix_of(const torch::Tensor& tensor) {
    const torch::Tensor dense = tensor.to(torch::kCPU).contiguous();
    const auto* at = dense.data_ptr<float>();
    return {dense.size(0), dense.size(1), {at, at + dense.numel()}};
}

// A view.
torch::Tensor tensor_of(const Matrix& matrix) {
    return torch::from_blob(const_cast<float*>(matrix.values.data()), {matrix.rows, matrix.columns});
}

}  // namespace

Predictor::Predictor(const std::string& folder, const std::string& device, Resident resident)
    : resident_(resident) {
    const torch::Device target = checked_device(device);
    model_ = load_model(folder);
    if (resident == Resident::everything)
        model_->to(target);
    else
        model_->encoders_to(target);
    for (int side = 0; side < 2; ++side) {
        const std::string path = folder + "/vocabulary" + std::to_string(side) + ".json";
        if (std::filesystem::exists(path)) vocabularies_[side] = data::Vocabulary(path);
    }
    const std::string path = folder + "/labels.json";
    if (std::filesystem::exists(path)) labels_ = data::read_labels(path);
}

data::Sequences Predictor::checked(int side, const data::Sequences& sequences,
                                   std::optional<MaxLengths> max_lengths) const {
    const EncoderOptions& enc = options().enc[side];
    const auto limit = static_cast<std::size_t>(max_lengths ? (*max_lengths)[static_cast<std::size_t>(side)]
                                                            : enc.max_seq_len);
    data::Sequences result;
    for (std::int64_t i = 0; i < sequences.size(); ++i) {
        auto tokens = sequences[i];
        for (std::size_t k = 0; k < tokens.size(); ++k) {
            if (tokens[k] >= 0 && tokens[k] < enc.vocab_size) continue;
            const std::string side_name = std::to_string(side);
            throw InputError("pair " + std::to_string(i) + ": in" + side_name + '[' + std::to_string(k) + ']',
                             std::to_string(tokens[k]),
                             "must be from 0 to " + std::to_string(enc.vocab_size - 1) + ", below enc" +
                                 side_name + "_vocab_size");
        }
        tokens = tokens.first(std::min(tokens.size(), limit));
        result.append(tokens);
    }
    return result;
}

Matrix Predictor::final(const torch::Tensor& outputs) const {
    return matrix_of(options().output_layer == OutputLayer::softmax ? torch::softmax(outputs, 1) : outputs);
}

Matrix Predictor::scores(const data::Sequences& in0, const data::Sequences& in1,
                         std::optional<MaxLengths> max_lengths) const {
    if (resident_ == Resident::encoders)
        return scores_of_embeddings(embed(0, in0, max_lengths), embed(1, in1, max_lengths));
    return final(
        outputs_of(*model_, checked(0, in0, max_lengths), checked(1, in1, max_lengths), max_lengths));
}

Matrix Predictor::embed(int side, const data::Sequences& sequences,
                        std::optional<MaxLengths> max_lengths) const {
    return matrix_of(embeddings_of(*model_, side, checked(side, sequences, max_lengths), max_lengths));
}

Matrix Predictor::scores_of_embeddings(const Matrix& in0, const Matrix& in1) const {
    return final(outputs_of_embeddings(*model_, tensor_of(in0), tensor_of(in1)));
}

}  // namespace o2v::model
