// Object2Vec's hyperparameters under SageMaker's names: type, range, default, aliases, dependencies. No
// LibTorch here, so that an experiment is checked before any worker starts. Source: AWS developer guide, page
// object2vec-hyperparameters, and the container's own default-input.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/study/assignment.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {

enum class Network { hcnn, bilstm, pooled_embedding };
enum class Comparator { hadamard, concat, abs_diff };
enum class Activation { tanh, relu, linear };
enum class OutputLayer { softmax, mean_squared_error };
enum class Optimizer { adam, adagrad, adadelta, sgd, rmsprop };
enum class EmbeddingStorage { dense, row_sparse };
enum class Precision { float32, bfloat16 };

// ---- raw: the table that checks, helps and the JSON Schema are made from

enum class ValueType { integer, real, choice, text, boolean, comparators, layers };

struct HyperparameterInfo {
    std::string name;
    ValueType type;
    double min = 0, max = 0;           // integer, real, layers (besides "auto")
    std::vector<std::string> choices;  // choice, comparators
    std::optional<ParamValue>
        default_value;  // nullopt = required: max_seq_len and vocab_size, of enc1 unless it is enc0
    std::string help;   // one line
    std::vector<std::string> aliases;
};

const std::vector<HyperparameterInfo>& hyperparameter_table();
// The canonical name of a name or alias; "" when unknown.
std::string canonical_name(const std::string& name_or_alias);
const HyperparameterInfo* find_hyperparameter(const std::string& name_or_alias);  // null when unknown
// May a training go on with another value, with the same network and optimizer state? What a fork of
// population-based training may change. REQUIRES: a canonical name.
bool may_change_in_training(const std::string& name);
// What the value may be: "integer 1 to 5000", "one of adam, adagrad, ...".
std::string allowed_text(const HyperparameterInfo& info);
// Is one value acceptable on its own? "" when it is, else what is allowed. Texts that spell a number or a
// boolean are accepted as SageMaker does; names of values have the aliases of the study notes
// (average_pooling, cnn, bidirectional_lstm).
std::string check_value(const HyperparameterInfo& info, const ParamValue& value);
// The value in its own type and spelling: "0.01" -> 0.01, "cnn" -> "hcnn", early_stopping's true ->
// patience 3. REQUIRES: check_value(info, value) is "".
ParamValue canonical_value(const HyperparameterInfo& info, const ParamValue& value);
// "hadamard, concat" -> {"hadamard", "concat"}.
std::vector<std::string> comparator_names(const std::string& list);

// ---- resolved: complete and consistent, what the model is built from

struct EncoderOptions {
    Network network = Network::hcnn;
    std::int64_t layers = 4;  // `auto` resolved: hcnn 4, bilstm 1, pooled_embedding 1
    std::int64_t cnn_filter_width = 3;
    std::int64_t token_embedding_dim = 300;  // = enc_dim for pooled_embedding
    std::int64_t max_seq_len = 0;
    std::int64_t vocab_size = 0;  // ids are 0..vocab_size-1; 0 is padding
    std::string pretrained_embedding_file, vocab_file;
    bool freeze_pretrained_embedding = true;
    bool operator==(const EncoderOptions&) const = default;
};

struct Options {
    EncoderOptions enc[2];
    std::int64_t enc_dim = 4096;
    std::vector<Comparator> comparators{Comparator::hadamard, Comparator::concat, Comparator::abs_diff};
    std::int64_t mlp_layers = 2;
    std::int64_t mlp_dim = 512;
    Activation mlp_activation = Activation::linear;
    OutputLayer output_layer = OutputLayer::softmax;
    std::int64_t num_classes = 2;              // 1 output for mean_squared_error
    Precision precision = Precision::float32;  // ours: of a GPU's matrix products while training
    double dropout = 0;
    Optimizer optimizer = Optimizer::adam;
    double learning_rate = 0.0004;
    double weight_decay = 0;
    std::int64_t mini_batch_size = 32;
    std::int64_t epochs = 30;
    std::int64_t early_stopping_patience = 3;  // 0 = no early stopping
    double early_stopping_tolerance = 0.01;
    std::int64_t bucket_width = 0;
    std::int64_t negative_sampling_rate = 0;
    bool tied_token_embedding_weight = false;
    EmbeddingStorage token_embedding_storage = EmbeddingStorage::dense;
    bool operator==(const Options&) const = default;

    std::int64_t outputs() const { return output_layer == OutputLayer::softmax ? num_classes : 1; }
};

// Canonical or alias names -> complete options, with every dependency applied as SageMaker does: enc1 is enc0
// in everything when enc1_network is enc0 (any enc1_* given is then without effect), else it has values,
// defaults and required ones of its own; token_embedding_dim is enc_dim for pooled_embedding; layers auto;
// no buckets with row_sparse. Throws InputError with every problem (unknown names, bad values, required ones
// missing, tied tables of different size, row_sparse with rmsprop or adadelta); `where` of a problem is the
// hyperparameter's name. What was given but has no effect is added to `without_effect`, with the reason.
Options resolve(const Assignment& hyperparameters, std::vector<Problem>* without_effect = nullptr);
// The other way, complete, canonical names; resolve(to_assignment(o)) == o.
Assignment to_assignment(const Options& options);

using o2v::to_text;
std::string_view to_text(Network v);
std::string_view to_text(Comparator v);
std::string_view to_text(Activation v);
std::string_view to_text(OutputLayer v);
std::string_view to_text(Optimizer v);
std::string_view to_text(Precision v);
std::string_view to_text(EmbeddingStorage v);

}  // namespace o2v::model
