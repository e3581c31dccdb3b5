#include <array>
#include <string_view>
#include <utility>

#include "model/hyperparameters/hyperparameters.hpp"

namespace o2v::model {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kNetworks{std::pair{Network::hcnn, "hcnn"sv}, std::pair{Network::bilstm, "bilstm"sv},
                               std::pair{Network::pooled_embedding, "pooled_embedding"sv}};
constexpr std::array kComparators{std::pair{Comparator::hadamard, "hadamard"sv},
                                  std::pair{Comparator::concat, "concat"sv},
                                  std::pair{Comparator::abs_diff, "abs_diff"sv}};
constexpr std::array kActivations{std::pair{Activation::tanh, "tanh"sv},
                                  std::pair{Activation::relu, "relu"sv},
                                  std::pair{Activation::linear, "linear"sv}};
constexpr std::array kOutputLayers{std::pair{OutputLayer::softmax, "softmax"sv},
                                   std::pair{OutputLayer::mean_squared_error, "mean_squared_error"sv}};
constexpr std::array kOptimizers{
    std::pair{Optimizer::adam, "adam"sv}, std::pair{Optimizer::adagrad, "adagrad"sv},
    std::pair{Optimizer::adadelta, "adadelta"sv}, std::pair{Optimizer::sgd, "sgd"sv},
    std::pair{Optimizer::rmsprop, "rmsprop"sv}};
constexpr std::array kPrecisions{std::pair{Precision::float32, "float32"sv},
                                 std::pair{Precision::bfloat16, "bfloat16"sv}};
constexpr std::array kStorages{std::pair{EmbeddingStorage::dense, "dense"sv},
                               std::pair{EmbeddingStorage::row_sparse, "row_sparse"sv}};

template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
    for (const auto& [v, name] : names)
        if (v == value) return name;
    return "";
}

// REQUIRES: the name is there, as check_value made sure.
template <class Names>
auto value_in(const Names& names, const std::string& name) {
    for (const auto& [v, n] : names)
        if (n == name) return v;
    return names.front().first;
}

// Checked values by canonical name, defaults filled in where the table has one.
class Checked {
  public:
    Checked(const Assignment& raw, std::vector<Problem>& problems) {
        std::vector<std::string> known;
        for (const HyperparameterInfo& info : hyperparameter_table()) known.push_back(info.name);
        for (const auto& [name, value] : raw) {
            const HyperparameterInfo* info = find_hyperparameter(name);
            if (!info) {
                const std::string near = nearest_name(name, known);
                problems.push_back({name, to_text(value),
                                    "is no hyperparameter of Object2Vec" +
                                        (near.empty() ? "" : "; did you mean " + near + "?")});
                continue;
            }
            if (const std::string wrong = check_value(*info, value); !wrong.empty())
                problems.push_back({name, to_text(value), wrong});
            else if (!given_.emplace(info->name, canonical_value(*info, value)).second)
                problems.push_back({name, to_text(value), "is given twice, also as " + info->name});
        }
        values_ = given_;
        for (const HyperparameterInfo& info : hyperparameter_table())
            if (info.default_value) values_.emplace(info.name, canonical_value(info, *info.default_value));
    }

    const Assignment& given() const { return given_; }  // without the defaults
    bool has(const std::string& name) const { return values_.contains(name); }
    std::int64_t integer(const std::string& name) const { return std::get<std::int64_t>(values_.at(name)); }
    double real(const std::string& name) const { return std::get<double>(values_.at(name)); }
    std::string text(const std::string& name) const { return to_text(values_.at(name)); }
    bool boolean(const std::string& name) const { return text(name) == "true"; }

  private:
    Assignment given_, values_;
};

// REQUIRES: the side's network is not "enc0".
EncoderOptions resolve_encoder(const Checked& given, int side, std::int64_t enc_dim,
                               std::vector<Problem>& problems) {
    const std::string prefix = "enc" + std::to_string(side) + "_";
    EncoderOptions enc;
    enc.network = value_in(kNetworks, given.text(prefix + "network"));
    const bool pooled = enc.network == Network::pooled_embedding;
    if (const std::string layers = given.text(prefix + "layers"); pooled)
        enc.layers = 1;
    else if (layers == "auto")
        enc.layers = enc.network == Network::hcnn ? 4 : 1;
    else
        enc.layers = std::stoll(layers);
    enc.cnn_filter_width = given.integer(prefix + "cnn_filter_width");
    enc.token_embedding_dim = pooled ? enc_dim : given.integer(prefix + "token_embedding_dim");
    const auto required = [&](const char* name) -> std::int64_t {
        if (given.has(prefix + name)) return given.integer(prefix + name);
        problems.push_back(
            {prefix + name, "",
             side == 0 ? "is required" : "is required, since enc1_network is " + given.text("enc1_network")});
        return 2;
    };
    enc.max_seq_len = required("max_seq_len");
    enc.vocab_size = required("vocab_size");
    enc.pretrained_embedding_file = given.text(prefix + "pretrained_embedding_file");
    enc.vocab_file = given.text(prefix + "vocab_file");
    enc.freeze_pretrained_embedding = given.boolean(prefix + "freeze_pretrained_embedding");
    if (!enc.pretrained_embedding_file.empty() && enc.vocab_file.empty())
        problems.push_back({prefix + "pretrained_embedding_file", enc.pretrained_embedding_file,
                            "needs " + prefix + "vocab_file, which maps its tokens to ids"});
    return enc;
}

// Why a hyperparameter that was given has no effect on `o`; "" when it has one.
std::string why_without_effect(const std::string& name, const ParamValue& value, bool enc1_is_enc0,
                               const Options& o) {
    const bool of_enc1 = name.starts_with("enc1_") && name != "enc1_network";
    if (of_enc1 && enc1_is_enc0) return "enc1_network is enc0, which gives enc1 all values of enc0";
    if (of_enc1 || (name.starts_with("enc0_") && name != "enc0_network")) {
        const EncoderOptions& enc = o.enc[of_enc1 ? 1 : 0];
        if (enc.network != Network::pooled_embedding) return "";
        if (name.ends_with("_token_embedding_dim") && to_text(value) != std::to_string(o.enc_dim))
            return "pooled_embedding sets it to enc_dim, " + std::to_string(o.enc_dim);
        if (name.ends_with("_layers") && to_text(value) != "auto") return "pooled_embedding has no layers";
    }
    if (name == "num_classes" && o.output_layer == OutputLayer::mean_squared_error)
        return "output_layer is mean_squared_error";
    if (name == "bucket_width" && o.token_embedding_storage == EmbeddingStorage::row_sparse &&
        to_text(value) != "0")
        return "row_sparse token embeddings go without buckets";
    return "";
}

void check_together(const Options& o, std::vector<Problem>& problems) {
    if (o.tied_token_embedding_weight) {
        if (o.enc[0].vocab_size != o.enc[1].vocab_size)
            problems.push_back({"tied_token_embedding_weight", "true",
                                "needs equal vocabularies, but enc0_vocab_size is " +
                                    std::to_string(o.enc[0].vocab_size) + " and enc1_vocab_size " +
                                    std::to_string(o.enc[1].vocab_size)});
        if (o.enc[0].token_embedding_dim != o.enc[1].token_embedding_dim)
            problems.push_back({"tied_token_embedding_weight", "true",
                                "needs equal token embedding widths, but they are " +
                                    std::to_string(o.enc[0].token_embedding_dim) + " and " +
                                    std::to_string(o.enc[1].token_embedding_dim)});
    }
    if (o.token_embedding_storage == EmbeddingStorage::row_sparse &&
        (o.optimizer == Optimizer::rmsprop || o.optimizer == Optimizer::adadelta))
        problems.push_back(
            {"token_embedding_storage_type", "row_sparse",
             "works with adam, adagrad and sgd, not with " + std::string(to_text(o.optimizer))});
}

void put_encoder(Assignment& out, int side, const EncoderOptions& enc) {
    const std::string p = "enc" + std::to_string(side) + "_";
    const auto flag = [](bool b) { return ParamValue(std::string(b ? "true" : "false")); };
    out[p + "network"] = std::string(to_text(enc.network));
    out[p + "max_seq_len"] = enc.max_seq_len;
    out[p + "vocab_size"] = enc.vocab_size;
    out[p + "layers"] = enc.layers;
    out[p + "cnn_filter_width"] = enc.cnn_filter_width;
    out[p + "pretrained_embedding_file"] = enc.pretrained_embedding_file;
    out[p + "vocab_file"] = enc.vocab_file;
    out[p + "freeze_pretrained_embedding"] = flag(enc.freeze_pretrained_embedding);
    // A pooled encoder's width is enc_dim, which may be over this one's range.
    if (enc.network != Network::pooled_embedding) out[p + "token_embedding_dim"] = enc.token_embedding_dim;
}

}  // namespace

std::string_view to_text(Network v) {
    return name_in(kNetworks, v);
}
std::string_view to_text(Comparator v) {
    return name_in(kComparators, v);
}
std::string_view to_text(Activation v) {
    return name_in(kActivations, v);
}
std::string_view to_text(OutputLayer v) {
    return name_in(kOutputLayers, v);
}
std::string_view to_text(Optimizer v) {
    return name_in(kOptimizers, v);
}
std::string_view to_text(Precision v) {
    return name_in(kPrecisions, v);
}

std::string_view to_text(EmbeddingStorage v) {
    return name_in(kStorages, v);
}

Options resolve(const Assignment& hyperparameters, std::vector<Problem>* without_effect) {
    std::vector<Problem> problems;
    const Checked given(hyperparameters, problems);
    const bool enc1_is_enc0 = given.text("enc1_network") == "enc0";
    Options o;
    o.enc_dim = given.integer("enc_dim");
    o.enc[0] = resolve_encoder(given, 0, o.enc_dim, problems);
    o.enc[1] = enc1_is_enc0 ? o.enc[0] : resolve_encoder(given, 1, o.enc_dim, problems);
    o.comparators.clear();
    for (const std::string& name : comparator_names(given.text("comparator_list")))
        o.comparators.push_back(value_in(kComparators, name));
    o.mlp_layers = given.integer("mlp_layers");
    o.mlp_dim = given.integer("mlp_dim");
    o.mlp_activation = value_in(kActivations, given.text("mlp_activation"));
    o.output_layer = value_in(kOutputLayers, given.text("output_layer"));
    o.num_classes = given.integer("num_classes");
    o.dropout = given.real("dropout");
    o.optimizer = value_in(kOptimizers, given.text("optimizer"));
    o.learning_rate = given.real("learning_rate");
    o.weight_decay = given.real("weight_decay");
    o.mini_batch_size = given.integer("mini_batch_size");
    o.epochs = given.integer("epochs");
    o.early_stopping_patience = given.integer("early_stopping_patience");
    o.early_stopping_tolerance = given.real("early_stopping_tolerance");
    o.negative_sampling_rate = given.integer("negative_sampling_rate");
    o.tied_token_embedding_weight = given.boolean("tied_token_embedding_weight");
    o.token_embedding_storage = value_in(kStorages, given.text("token_embedding_storage_type"));
    o.precision = value_in(kPrecisions, given.text("precision"));
    o.bucket_width =
        o.token_embedding_storage == EmbeddingStorage::row_sparse ? 0 : given.integer("bucket_width");
    check_together(o, problems);
    if (!problems.empty()) throw InputError(std::move(problems));
    if (without_effect)
        for (const auto& [name, value] : given.given())
            if (const std::string why = why_without_effect(name, value, enc1_is_enc0, o); !why.empty())
                without_effect->push_back({name, to_text(value), "has no effect: " + why});
    return o;
}

Assignment to_assignment(const Options& o) {
    Assignment out;
    put_encoder(out, 0, o.enc[0]);
    put_encoder(out, 1, o.enc[1]);
    std::string comparators;
    for (const Comparator c : o.comparators)
        comparators += (comparators.empty() ? "" : ", ") + std::string(to_text(c));
    out["comparator_list"] = comparators;
    out["enc_dim"] = o.enc_dim;
    out["mlp_layers"] = o.mlp_layers;
    out["mlp_dim"] = o.mlp_dim;
    out["mlp_activation"] = std::string(to_text(o.mlp_activation));
    out["output_layer"] = std::string(to_text(o.output_layer));
    out["num_classes"] = o.num_classes;
    out["dropout"] = o.dropout;
    out["optimizer"] = std::string(to_text(o.optimizer));
    out["learning_rate"] = o.learning_rate;
    out["weight_decay"] = o.weight_decay;
    out["mini_batch_size"] = o.mini_batch_size;
    out["epochs"] = o.epochs;
    out["early_stopping_patience"] = o.early_stopping_patience;
    out["early_stopping_tolerance"] = o.early_stopping_tolerance;
    out["bucket_width"] = o.bucket_width;
    out["negative_sampling_rate"] = o.negative_sampling_rate;
    out["tied_token_embedding_weight"] = std::string(o.tied_token_embedding_weight ? "true" : "false");
    out["token_embedding_storage_type"] = std::string(to_text(o.token_embedding_storage));
    if (o.precision != Precision::float32) out["precision"] = std::string(to_text(o.precision));
    return out;
}

}  // namespace o2v::model
