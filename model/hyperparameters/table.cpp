#include <algorithm>
#include <array>
#include <charconv>

#include "model/hyperparameters/hyperparameters.hpp"

namespace o2v::model {
namespace {

using Info = HyperparameterInfo;
using Values = std::vector<std::string>;

ParamValue integer(std::int64_t v) {
    return v;
}
ParamValue text(const char* v) {
    return std::string(v);
}

Info make(std::string name, ValueType type, double min, double max, std::optional<ParamValue> standard,
          std::string help, Values aliases = {}) {
    return {std::move(name), type, min, max, {}, std::move(standard), std::move(help), std::move(aliases)};
}
Info make_choice(std::string name, Values choices, std::optional<ParamValue> standard, std::string help,
                 Values aliases = {}) {
    return {std::move(name), ValueType::choice, 0, 0, std::move(choices), std::move(standard),
            std::move(help), std::move(aliases)};
}

void add_encoder(std::vector<Info>& table, int side) {
    const std::string enc = "enc" + std::to_string(side) + "_";
    const bool first = side == 0;
    Values networks{"hcnn", "bilstm", "pooled_embedding"};
    if (!first) networks.insert(networks.begin(), "enc0");
    table.push_back(make_choice(enc + "network", networks, text(first ? "hcnn" : "enc0"),
                                first ? "encoder of in0" : "encoder of in1; enc0 = as enc0 in all its values",
                                {"encoder_network_" + std::to_string(side + 1)}));
    table.push_back(make(enc + "max_seq_len", ValueType::integer, 1, 5000, std::nullopt,
                         first ? "longest sequence of in0; longer ones are cut at the end (required)"
                               : "longest sequence of in1 (required unless enc1_network is enc0)"));
    table.push_back(make(enc + "vocab_size", ValueType::integer, 2, 3000000, std::nullopt,
                         first ? "every id of in0 is less than this; id 0 is padding (required)"
                               : "every id of in1 is less than this (required unless enc1_network is enc0)"));
    table.push_back(make(enc + "layers", ValueType::layers, 1, 4, text("auto"),
                         "layers of hcnn or bilstm; auto = 4 for hcnn, 1 for bilstm"));
    table.push_back(
        make(enc + "cnn_filter_width", ValueType::integer, 1, 9, integer(3), "kernel width of hcnn"));
    table.push_back(make(enc + "token_embedding_dim", ValueType::integer, 2, 1000, integer(300),
                         "width of the token embeddings; pooled_embedding uses enc_dim instead"));
    table.push_back(make(enc + "pretrained_embedding_file", ValueType::text, 0, 0, text(""),
                         "GloVe text file in the auxiliary folder"));
    table.push_back(make(enc + "vocab_file", ValueType::text, 0, 0, text(""),
                         "token -> id JSON in the auxiliary folder, for the pretrained embeddings"));
    table.push_back(make(enc + "freeze_pretrained_embedding", ValueType::boolean, 0, 0, text("true"),
                         "keep pretrained embeddings as they are"));
}

std::vector<Info> make_table() {
    std::vector<Info> table;
    add_encoder(table, 0);
    add_encoder(table, 1);
    table.push_back(
        make("enc_dim", ValueType::integer, 4, 10000, integer(4096), "width of both encoders' output"));
    Info comparators{"comparator_list",
                     ValueType::comparators,
                     0,
                     0,
                     {"hadamard", "concat", "abs_diff"},
                     text("hadamard, concat, abs_diff"),
                     "how the two encodings are compared; several, comma separated, in this order",
                     {}};
    table.push_back(std::move(comparators));
    table.push_back(make("mlp_layers", ValueType::integer, 0, 10, integer(2),
                         "hidden layers after the comparator", {"num_layers"}));
    table.push_back(
        make("mlp_dim", ValueType::integer, 2, 10000, integer(512), "width of each hidden layer"));
    table.push_back(make_choice("mlp_activation", {"tanh", "relu", "linear"}, text("linear"),
                                "activation of the hidden layers", {"activation_function"}));
    table.push_back(make_choice("output_layer", {"softmax", "mean_squared_error"}, text("softmax"),
                                "softmax = classification, mean_squared_error = regression"));
    table.push_back(make("num_classes", ValueType::integer, 2, 30, integer(2), "classes of softmax"));
    table.push_back(
        make("dropout", ValueType::real, 0, 1, ParamValue(0.0), "share of units dropped in training"));
    table.push_back(make_choice("optimizer", {"adam", "adagrad", "adadelta", "sgd", "rmsprop"}, text("adam"),
                                "optimizer"));
    table.push_back(
        make("learning_rate", ValueType::real, 1e-6, 1, ParamValue(0.0004), "constant step size"));
    table.push_back(make("weight_decay", ValueType::real, 0, 10000, ParamValue(0.0),
                         "L2, added to the gradient of weights"));
    table.push_back(
        make("mini_batch_size", ValueType::integer, 1, 10000, integer(32), "pairs a step", {"batch_size"}));
    table.push_back(make("epochs", ValueType::integer, 1, 100, integer(30), "most passes over the data"));
    table.push_back(make("early_stopping_patience", ValueType::integer, 0, 5, integer(3),
                         "epochs without improvement that are endured; 0 = no early stopping",
                         {"early_stopping"}));
    table.push_back(make("early_stopping_tolerance", ValueType::real, 1e-6, 0.1, ParamValue(0.01),
                         "the loss must fall by more than this to count as an improvement"));
    table.push_back(make("bucket_width", ValueType::integer, 0, 100, integer(0),
                         "group sequences of similar length into batches; 0 = off"));
    table.push_back(make("negative_sampling_rate", ValueType::integer, 0, 100, integer(0),
                         "random negative pairs made for each pair in training"));
    table.push_back(make("tied_token_embedding_weight", ValueType::boolean, 0, 0, text("false"),
                         "one token embedding table for both sides"));
    table.push_back(
        make_choice("token_embedding_storage_type", {"dense", "row_sparse"}, text("dense"),
                    "row_sparse = only the rows a batch touches are updated: fast for large vocabularies"));
    table.push_back(
        make_choice("precision", {"float32", "bfloat16"}, text("float32"),
                    "not SageMaker's: bfloat16 = autocast of a GPU's matrix products in training"));
    for (const char* hidden : {"_num_gpus", "_num_kv_servers", "_kvstore", "_tuning_objective_metric"})
        table.push_back(
            make(hidden, ValueType::text, 0, 0, text(""), "accepted for SageMaker's sake and ignored"));
    return table;
}

constexpr std::array<std::array<const char*, 2>, 3> kValueAliases{
    {{"average_pooling", "pooled_embedding"}, {"cnn", "hcnn"}, {"bidirectional_lstm", "bilstm"}}};

std::string canonical_choice(const std::string& value) {
    for (const auto& [alias, name] : kValueAliases)
        if (value == alias) return name;
    return value;
}

std::optional<double> as_number(const ParamValue& value) {
    const auto* string = std::get_if<std::string>(&value);
    if (!string) return to_number(value);
    double number = 0;
    const char* const end = string->data() + string->size();
    const auto [parsed, error] = std::from_chars(string->data(), end, number);
    return error == std::errc() && parsed == end ? std::optional(number) : std::nullopt;
}

std::optional<bool> as_boolean(const ParamValue& value) {
    const std::string text = to_text(value);
    if (text == "true" || text == "True") return true;
    if (text == "false" || text == "False") return false;
    return std::nullopt;
}

std::string number_text(double v) {
    return to_text(v == static_cast<double>(static_cast<std::int64_t>(v))
                       ? ParamValue(static_cast<std::int64_t>(v))
                       : ParamValue(v));
}

std::string joined(const Values& values) {
    std::string text;
    for (const std::string& v : values) text += (text.empty() ? "" : ", ") + v;
    return text;
}

// early_stopping: true and false besides a patience.
bool is_switch(const Info& info, const ParamValue& value) {
    return info.name == "early_stopping_patience" && as_boolean(value).has_value();
}

}  // namespace

const std::vector<HyperparameterInfo>& hyperparameter_table() {
    static const std::vector<Info> table = make_table();
    return table;
}

const HyperparameterInfo* find_hyperparameter(const std::string& name) {
    for (const Info& info : hyperparameter_table())
        if (info.name == name ||
            std::find(info.aliases.begin(), info.aliases.end(), name) != info.aliases.end())
            return &info;
    return nullptr;
}

std::string canonical_name(const std::string& name) {
    const Info* info = find_hyperparameter(name);
    return info ? info->name : "";
}

bool may_change_in_training(const std::string& name) {
    static constexpr std::array names{
        "dropout",         "learning_rate",           "weight_decay",
        "mini_batch_size", "early_stopping_patience", "early_stopping_tolerance",
        "bucket_width",    "negative_sampling_rate"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string allowed_text(const HyperparameterInfo& info) {
    const std::string range = number_text(info.min) + " to " + number_text(info.max);
    switch (info.type) {
        case ValueType::integer:
            return "an integer from " + range;
        case ValueType::real:
            return "a number from " + range;
        case ValueType::layers:
            return "auto or an integer from " + range;
        case ValueType::choice:
            return "one of " + joined(info.choices);
        case ValueType::comparators:
            return "a comma separated list of " + joined(info.choices);
        case ValueType::boolean:
            return "true or false";
        case ValueType::text:
            return "a file name of letters, digits, dots and underscores";
    }
    return "";
}

std::vector<std::string> comparator_names(const std::string& list) {
    constexpr const char* kBlanks = " \t";
    std::vector<std::string> names;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
        end = list.find(',', begin);
        const std::string name = list.substr(begin, end == std::string::npos ? end : end - begin);
        const std::size_t first = name.find_first_not_of(kBlanks);
        names.push_back(
            first == std::string::npos ? "" : name.substr(first, name.find_last_not_of(kBlanks) - first + 1));
    }
    return names;
}

std::string check_value(const HyperparameterInfo& info, const ParamValue& value) {
    std::string allowed = "must be " + allowed_text(info);
    const std::string text_value = to_text(value);
    switch (info.type) {
        case ValueType::layers:
            if (text_value == "auto") return "";
            [[fallthrough]];
        case ValueType::integer:
        case ValueType::real: {
            if (is_switch(info, value)) return "";
            const std::optional<double> number = as_number(value);
            if (!number || !(*number >= info.min && *number <= info.max)) return allowed;
            const bool whole = *number == static_cast<double>(static_cast<std::int64_t>(*number));
            return whole || info.type == ValueType::real ? std::string() : allowed;
        }
        case ValueType::choice: {
            const std::string choice = canonical_choice(text_value);
            if (std::find(info.choices.begin(), info.choices.end(), choice) != info.choices.end()) return "";
            const std::string near = nearest_name(choice, info.choices);
            return allowed + (near.empty() ? "" : "; did you mean " + near + "?");
        }
        case ValueType::comparators: {
            const Values names = comparator_names(text_value);
            for (std::size_t i = 0; i < names.size(); ++i) {
                const bool known =
                    std::find(info.choices.begin(), info.choices.end(), names[i]) != info.choices.end();
                if (!known || std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i),
                                        names[i]) != names.begin() + static_cast<std::ptrdiff_t>(i))
                    return allowed + ", each once";
            }
            return "";
        }
        case ValueType::boolean:
            return as_boolean(value) ? "" : allowed;
        case ValueType::text: {
            if (info.name.front() == '_') return "";
            const bool fine =
                text_value.find_first_not_of(
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._") == std::string::npos;
            return fine ? "" : allowed;
        }
    }
    return "";
}

ParamValue canonical_value(const HyperparameterInfo& info, const ParamValue& value) {
    switch (info.type) {
        case ValueType::layers:
            if (to_text(value) == "auto") return text("auto");
            [[fallthrough]];
        case ValueType::integer:
            if (is_switch(info, value)) return *as_boolean(value) ? *info.default_value : integer(0);
            return static_cast<std::int64_t>(*as_number(value));
        case ValueType::real:
            return *as_number(value);
        case ValueType::choice:
            return canonical_choice(to_text(value));
        case ValueType::boolean:
            return text(*as_boolean(value) ? "true" : "false");
        case ValueType::comparators:
            return joined(comparator_names(to_text(value)));
        case ValueType::text:
            break;
    }
    return to_text(value);
}

}  // namespace o2v::model
