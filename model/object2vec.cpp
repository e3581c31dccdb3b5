#include "model/object2vec.hpp"

#include <stdexcept>
#include <utility>

namespace o2v::model {
Object2Vec::Object2Vec(const Options& options) : options_(options), dropout_(options.dropout) {
    const auto make_table = [&](const char* name, int side) {
        const EncoderOptions& enc = options_.enc[side];
        return register_module(name, std::make_shared<TokenTable>(enc.vocab_size, enc.token_embedding_dim));
    };
    if (options_.tied_token_embedding_weight) {
        tables_[0] = tables_[1] = make_table("embed_shared", 0);
    } else {
        tables_[0] = make_table("embed_0", 0);
        tables_[1] = make_table("embed_1", 1);
    }
    for (int side = 0; side < 2; ++side) {
        encoders_[side] =
            register_module("enc" + std::to_string(side), make_encoder(options_.enc[side], options_.enc_dim));
    }
    std::int64_t width = compared_dim(options_.enc_dim, options_.comparators);
    for (std::int64_t l = 0; l < options_.mlp_layers; ++l) {
        mlp_.push_back(register_module("fc_" + std::to_string(l), make_linear(width, options_.mlp_dim)));
        width = options_.mlp_dim;
    }
    output_ = register_module("output", make_linear(width, options_.outputs()));
}

torch::Tensor Object2Vec::encode(int side, TokenBatch batch, const std::optional<MaxLengths>& max_lengths) {
    batch.max_seq_len =
        max_lengths ? (*max_lengths)[static_cast<std::size_t>(side)] : options_.enc[side].max_seq_len;
    return encoders_[side]->forward(batch, dropout_, encoder_path());
}

torch::Tensor Object2Vec::embed(int side, const data::Sequences& sequences,
                                const std::optional<MaxLengths>& max_lengths) {
    return encode(side, tables_[side]->look_up({&sequences}, needs_values(side)).front(), max_lengths);
}

torch::Tensor Object2Vec::forward(const data::Batch& batch, const std::optional<MaxLengths>& max_lengths) {
    torch::Tensor u, v;
    if (tables_[0] == tables_[1]) {
        const auto sides =
            tables_[0]->look_up({&batch.side[0], &batch.side[1]}, needs_values(0) || needs_values(1));
        u = encode(0, sides[0], max_lengths);
        v = encode(1, sides[1], max_lengths);
    } else {
        u = embed(0, batch.side[0], max_lengths);
        v = embed(1, batch.side[1], max_lengths);
    }
    return outputs_of_embeddings(u, v);
}

torch::Tensor Object2Vec::outputs_of_embeddings(const torch::Tensor& u, const torch::Tensor& v) {
    torch::Tensor x = compare(u, v, options_.comparators, path());
    for (auto& layer : mlp_) {
        x = linear(x, layer->weight, layer->bias, options_.mlp_activation, path());
        x = dropout_.apply(x, is_training());
    }
    return linear(x, output_->weight, output_->bias, Activation::linear, path());
}

void Object2Vec::encoders_to(const torch::Device& device) {
    for (int side = 0; side < 2; ++side) {
        tables_[side]->to(device);
        encoders_[side]->to(device);
    }
}

void Object2Vec::set_output_bias(double value) {
    const torch::NoGradGuard no_grad;
    output_->bias.fill_(value);
}

std::vector<std::pair<std::string, std::shared_ptr<TokenTable>>> Object2Vec::tables() const {
    if (tables_[0] == tables_[1]) return {{"embed_shared", tables_[0]}};
    return {{"embed_0", tables_[0]}, {"embed_1", tables_[1]}};
}

Tensors parameters_of(const Object2Vec& model) {
    Tensors tensors;
    for (const auto& parameter : model.named_parameters())
        tensors[parameter.key()] = parameter.value().detach();
    return tensors;
}

void load_parameters(Object2Vec& model, const Tensors& parameters) {
    const torch::NoGradGuard no_grad;
    Tensors own = parameters_of(model);
    for (const auto& [name, tensor] : parameters) {
        if (!own.contains(name)) throw std::runtime_error("the model has no parameter " + name);
        if (own[name].sizes() != tensor.sizes())
            throw std::runtime_error("parameter " + name + " has another shape");
    }
    for (auto& [name, tensor] : own) {
        const auto given = parameters.find(name);
        if (given == parameters.end()) throw std::runtime_error("parameter " + name + " is missing");
        tensor.copy_(given->second);
    }
    for (const auto& [name, table] : model.tables()) table->weight.detach()[0].zero_();
}

Tensors copy_of(const Tensors& tensors) {
    Tensors copies;
    for (const auto& [name, tensor] : tensors)
        copies[name] = tensor.detach().to(torch::kCPU, /*non_blocking=*/false, /*copy=*/true);
    return copies;
}

}  // namespace o2v::model
