// One side's embeddings as a file for other programs.
#pragma once

#include "worker/answers/options/options.hpp"

namespace o2v::answers {

// Writes one row a line of the input that has the side, or one for each token of the vocabulary (by id):
//   jsonl  {"embeddings": [...]}, with "name" where the input has one
//   npy    a float32 matrix [rows, enc_dim], NumPy's format 1.0
//   tsv    numbers separated by tabs; <output>.metadata.tsv (x.tsv -> x.metadata.tsv) has a row's name, or
//          what was asked, each: the two files of TensorBoard's projector
// A file appears when it is complete. Throws as predict() does, and InputError for a line without the side.
void embed(const EmbedOptions& options);

}  // namespace o2v::answers
