// MovieLens titles and genres as Object2Vec pairs: does this title belong to a film of this genre?
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "experiments/prepare/output_folder.hpp"

namespace o2v::prepare {

struct MovielensGenreOptions {
    std::string source;                               // the unpacked set: u.item (100K) or movies.csv
    double validation_share = 0.1, test_share = 0.2;  // of the movies
    std::uint64_t seed = 7;                           // of the split and of the order of the training pairs
};

// Writes train.jsonl, validation.jsonl, test.jsonl, vocabulary0.json (words), vocabulary1.json (genres) and
// README.txt into `folder`, unless they are there already. Every movie that has a genre gives a pair with
// each genre, labelled 1 or 0; its pairs are all in one file. in0 = the words of its title, their pieces of 3
// to 5 characters, and the decade of its year ("1990s"); in1 = [genre]. The vocabulary holds what training
// has at least twice. Throws InputError, StorageError.
PreparedFolder prepare_movielens_genres(const MovielensGenreOptions& options,
                                        const std::filesystem::path& folder);

}  // namespace o2v::prepare
