#include "model/model_card.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace o2v::model {
namespace {

std::string encoder_text(const EncoderOptions& enc, std::int64_t enc_dim) {
    std::string text(to_text(enc.network));
    if (enc.network == Network::pooled_embedding)
        text += fmt::format(": the mean of its token embeddings ({} wide)", enc_dim);
    else
        text +=
            fmt::format(": {} layer{} over token embeddings {} wide{}", enc.layers,
                        enc.layers == 1 ? "" : "s", enc.token_embedding_dim,
                        enc.network == Network::hcnn ? fmt::format(", filters {} wide", enc.cnn_filter_width)
                                                     : std::string());
    if (!enc.pretrained_embedding_file.empty())
        text += fmt::format("; embeddings begin as {}{}", enc.pretrained_embedding_file,
                            enc.freeze_pretrained_embedding ? ", frozen" : "");
    return text + fmt::format("; ids 0 to {}, at most {} of them", enc.vocab_size - 1, enc.max_seq_len);
}

std::string what_it_is(const Options& o) {
    const std::string output = o.output_layer == OutputLayer::softmax
                                   ? fmt::format("the probabilities of {} classes", o.num_classes)
                                   : std::string("one number");
    std::string comparators;
    for (const Comparator c : o.comparators)
        comparators += (comparators.empty() ? "" : ", ") + std::string(to_text(c));
    return fmt::format(
        "An Object2Vec model: it takes two sequences of token ids, `in0` and `in1`, encodes each to {} "
        "numbers, "
        "compares them ({}) and gives {}. Either encoding is of use on its own, as an embedding. Id 0 is "
        "padding.\n\n"
        "- encoder of `in0`: {}\n- encoder of `in1`: {}\n- {} hidden layer{}{}{}\n",
        o.enc_dim, comparators, output, encoder_text(o.enc[0], o.enc_dim), encoder_text(o.enc[1], o.enc_dim),
        o.mlp_layers, o.mlp_layers == 1 ? "" : "s",
        o.mlp_layers > 0 ? fmt::format(" of {}, {}", o.mlp_dim, to_text(o.mlp_activation)) : std::string(),
        o.tied_token_embedding_weight ? "\n- both sides share their token embeddings" : "");
}

std::string data_text(const Provenance& p) {
    if (p.data.empty()) return "Not recorded.\n";
    std::string text = "| | file | bytes | XXH3-128 |\n| --- | --- | --- | --- |\n";
    for (const auto& [name, file] : p.data)
        text += fmt::format("| {} | `{}` | {} | `{}` |\n", name,
                            std::filesystem::path(file.path).filename().string(), file.bytes, file.xxh3_128);
    return text + (p.data_licence.empty()
                       ? "\nLicence of the data: not known here; ask whoever the data is from.\n"
                       : "\nLicence of the data, from the " + p.data_licence + "\n");
}

std::string training_text(const Options& o, const Provenance& p) {
    std::string text = fmt::format(
        "| hyperparameter | value |\n| --- | --- |\n| optimizer | {} |\n| learning_rate | {} |\n"
        "| mini_batch_size | {} |\n| dropout | {} |\n| weight_decay | {} |\n| epochs, at most | {} |\n",
        to_text(o.optimizer), to_text(ParamValue(o.learning_rate)), o.mini_batch_size,
        to_text(ParamValue(o.dropout)), to_text(ParamValue(o.weight_decay)), o.epochs);
    if (o.early_stopping_patience > 0)
        text += fmt::format("| early stopping | patience {}, tolerance {} |\n", o.early_stopping_patience,
                            to_text(ParamValue(o.early_stopping_tolerance)));
    if (o.negative_sampling_rate > 0)
        text += fmt::format("| negatives drawn for each pair | {} |\n", o.negative_sampling_rate);
    text += fmt::format("| token embeddings | {} |\n", to_text(o.token_embedding_storage));
    text += "\n`config.json` holds all of them.";
    if (!p.version.empty())
        text += fmt::format(
            " Trained by o2v {}{} with LibTorch {} on {}{}, {} thread{}, seed {}; see "
            "`provenance.json`.",
            p.version, p.commit.empty() ? "" : " (" + p.commit + ")", p.torch_version, p.device,
            p.device_name.empty() ? "" : " (" + p.device_name + ")", p.threads, p.threads == 1 ? "" : "s",
            p.seed);
    return text + '\n';
}

std::string metrics_table(const Metrics& metrics, std::int64_t best_epoch) {
    std::string text = fmt::format("Of the epoch kept, number {} (they count from 0).\n\n", best_epoch);
    text += "| metric | value |\n| --- | --- |\n";
    for (const auto& [name, value] : metrics) text += fmt::format("| {} | {:.6g} |\n", name, value);
    return text;
}

std::string tensors_table(const Tensors& parameters) {
    std::string text = "| tensor | shape |\n| --- | --- |\n";
    for (const auto& [name, tensor] : parameters) {
        std::string shape;
        for (const std::int64_t size : tensor.sizes())
            shape += (shape.empty() ? "" : " x ") + std::to_string(size);
        text += fmt::format("| `{}` | {} |\n", name, shape);
    }
    return text;
}

constexpr const char* kUse =
    R"(With o2v-tune, for scores of pairs or the embedding of one side (words where the model brings its vocabularies,
ids in brackets always):

```
o2v-tune predict . --in0 "[5, 7]" --in1 "[3]"
o2v-tune predict . --in0 "[5, 7]" --json
```

In Python, the weights as PyTorch tensors (float32):

```python
from safetensors.torch import load_file
weights = load_file("weights.safetensors")
```
)";

std::string limits_text(const Options& o) {
    return fmt::format(
        "For pairs like those it was trained on, with ids of the same vocabularies. Ids of a side above its "
        "range are "
        "refused; sequences are cut after {} and {} tokens; the order of tokens {}. Nothing is known of how "
        "it treats "
        "groups of people, and nothing in it guards against what its data holds: measure before you decide "
        "anything "
        "about people by it.\n",
        o.enc[0].max_seq_len, o.enc[1].max_seq_len,
        o.enc[0].network == Network::pooled_embedding && o.enc[1].network == Network::pooled_embedding
            ? "plays no part"
            : "matters to an encoder that is not pooled_embedding");
}

}  // namespace

std::string model_card(const Options& options, const Tensors& parameters, const Metrics& metrics,
                       std::int64_t best_epoch, const Provenance& provenance) {
    return "# Object2Vec model\n\n" + what_it_is(options) + "\n## Metrics\n\n" +
           metrics_table(metrics, best_epoch) + "\n## Use\n\n" + kUse + "\n## Intended use and limits\n\n" +
           limits_text(options) + "\n## Data\n\n" + data_text(provenance) + "\n## Training\n\n" +
           training_text(options, provenance) + "\n## Tensors of weights.safetensors\n\n" +
           tensors_table(parameters);
}

}  // namespace o2v::model
