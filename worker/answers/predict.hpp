// Scores of pairs and embeddings of single sides, from a file to a file.
#pragma once

#include "worker/answers/options/options.hpp"

namespace o2v::answers {

// Answers options.in0 and options.in1, or else options.input, on standard output: a table for people, or JSON
// Lines as SageMaker's batch transform writes them ({"scores": [...]}, {"embeddings": [...]}; a document
// {"predictions": [...]} where the input is one). With options.output, JSON into that file, which appears
// when it is complete; how many answers it has is then said on standard output.
//
// Throws InputError naming every bad line up to 20, where standard output has been given the answers before
// the first of them; StorageError when the model, the input or the output cannot be read or written.
void predict(const PredictOptions& options);

}  // namespace o2v::answers
