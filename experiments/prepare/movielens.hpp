// MovieLens ratings as Object2Vec pairs: in0 = [user], in1 = [movie]. The files are downloaded by the user.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/prepare/output_folder.hpp"

namespace o2v::prepare {

enum class MovielensTask {
    rating,  // label = the rating; a regression
    liked,   // label = 1 when the rating is above 3, else 0; two classes
};

struct MovielensOptions {
    std::string source;             // the unpacked set
    double validation_share = 0.1;  // of the ratings, where validation is not the set's own ua.test
    bool features = false;          // with u.user's and u.item's words beside the numbers
    std::uint64_t seed = 7;         // of that split and of the order of the training pairs
};

// Writes train.jsonl, validation.jsonl, vocabulary0.json (user -> id), vocabulary1.json (title -> id) and
// README.txt into `folder`, unless they are there already. From `source` it takes the first of
//   ua.base + ua.test   (100K) as training and validation, with the users' and movies' own numbers as ids,
//   u.data              (100K) with a random split, the same ids,
//   ratings.csv         with a random split; ids are 1, 2, ... in order of the set's numbers.
// Titles come from u.item or movies.csv; without them the movie's number is its name. Throws InputError,
// StorageError.
//
// With `features`, in0 = [user, decade of age, gender, occupation], in1 = [movie, genres..., decade of
// release], from the 100K set only. ua.test is test.jsonl then, and validation.jsonl a share of ua.base. The
// vocabularies hold the numbers and words seen at least twice in training, "<unk>" stands for the others: a
// pair can be asked for in words, "196 40s m writer" and "242 comedy 1990s".
PreparedFolder prepare_movielens(const MovielensOptions& options, MovielensTask task,
                                 const std::filesystem::path& folder);

}  // namespace o2v::prepare
