// Items: what a model can find, with its embedding and what people call it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "model/neighbors/index_folder.hpp"
#include "model/predictor.hpp"

namespace o2v::answers {

// Token ids -> text, the vocabulary backwards.
class Words {
  public:
    explicit Words(const data::Vocabulary& vocabulary);
    // The ids' words, without n-grams and padding; the ids as JSON where there is no vocabulary.
    std::string text_of(std::span<const std::int32_t> ids) const;

  private:
    std::unordered_map<std::int32_t, std::string> words_;
};

struct Items {
    model::Matrix embeddings;  // a row each
    data::Sequences tokens;
    std::vector<std::string> names;  // "name", else the side's words
    std::int64_t size() const { return embeddings.rows; }
    model::Rows rows() const { return {embeddings.values.data(), embeddings.rows, embeddings.columns}; }
};

// What the line calls its row: its "name", the words of its side, else the words of its ids.
std::string name_of(const std::string& line, int side, std::span<const std::int32_t> ids, const Words& words);

// The vocabulary's tokens but for padding, by id, as items of one token each. Throws InputError where the
// model came without.
struct NamedTokens {
    data::Sequences sequences;
    std::vector<std::string> names;
};
NamedTokens vocabulary_tokens(const model::Predictor& predictor, int side);

// Reads JSON Lines that have the side; "" = the vocabulary's tokens; "-" = standard input. Throws InputError
// naming every bad line, or when there is none; StorageError. Of items with the same tokens only the first is
// taken where repeats are left out.
enum class Repeats { kept, left_out };
Items embed_items(const model::Predictor& predictor, const std::string& input, int side, Repeats repeats);

// Texts as a person types them, words or a JSON list of ids, as token ids of one side. Throws InputError
// naming `option`, also for a text of which no word is known.
data::Sequences typed(const model::Predictor& predictor, const std::vector<std::string>& texts, int side,
                      const std::string& option);

// index-in0 or index-in1 in the folder that `model` is now, also when `model` is a link that moves on.
std::string default_index(const std::string& model, int side);
// The index in `folder` ("" = the default one). Throws InputError when there is none, StorageError when it is
// damaged, or of other weights than the model's or of another side.
model::ItemIndex open_index(const std::string& model, const std::string& folder, int side);

// Which column of the scores ranks: the one of a regression, class 1 of two, or the one asked for with
// --relevant-class (-1 = not). Throws InputError.
std::int64_t ranking_column(const model::Options& options, std::int64_t asked);

}  // namespace o2v::answers
