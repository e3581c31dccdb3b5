#include "model/pretrained.hpp"

#include <algorithm>

#include "model/data/pretrained.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {

void load_pretrained(Object2Vec& model, const std::string& auxiliary) {
    const torch::NoGradGuard no_grad;
    for (int side = 0; side < 2; ++side) {
        const EncoderOptions& enc = model.options().enc[side];
        if (enc.pretrained_embedding_file.empty()) continue;
        if (auxiliary.empty()) {
            throw InputError("enc" + std::to_string(side) + "_pretrained_embedding_file",
                             enc.pretrained_embedding_file, "needs an auxiliary folder of data");
        }
        const data::Vocabulary vocabulary(auxiliary + '/' + enc.vocab_file);
        const data::PretrainedVectors found =
            data::read_pretrained(auxiliary + '/' + enc.pretrained_embedding_file, vocabulary,
                                  enc.token_embedding_dim, enc.vocab_size);
        TokenTable& table = model.table(side);
        auto* const weight = table.weight.data_ptr<float>();
        const float* vector = found.values.data();
        for (const std::int32_t id : found.ids) {
            if (id != 0) std::copy_n(vector, enc.token_embedding_dim, weight + id * enc.token_embedding_dim);
            vector += enc.token_embedding_dim;
        }
        table.frozen = enc.freeze_pretrained_embedding;
        if (model.options().tied_token_embedding_weight) break;
    }
}

}  // namespace o2v::model
