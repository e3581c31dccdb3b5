// Answers JSON Lines with a trained model.
#pragma once

#include <iostream>
#include <string>

namespace o2v::worker {

struct PredictOptions {
    std::string model;           // its folder
    std::string device = "cpu";  // or "cuda:N"
    std::string input = "-";     // JSON Lines; "-" = standard input
    bool json = false;           // one JSON object a line; otherwise a table for people
    int top = 3;                 // classes shown in the table
    std::ostream* output = &std::cout;
};

// A line holds in0 and in1, or one of them, each an array of token ids or a text, which is tokenised as the
// prepared data are (model/data/tokens.hpp) and mapped by the model's vocabulary: {"in0": [1, 7], "in1": "a
// small dog"}. Other keys are ignored, blank lines skipped. Answers, in the lines' order:
//   both sides, --json      {"scores": [p, ...], "label": "name or number of the best class"} (softmax), or
//                           {"scores": [value]}
//   one side, --json        {"embeddings": [x, ...]}
//   otherwise               the input, and the top classes with their percentages, the value, or the
//   embedding
// Returns 0. Throws InputError naming every bad line ("-:3: in0[2]"), after answering the good ones before
// the first of them; StorageError when the model or the input cannot be read.
int predict_main(const PredictOptions& options);

}  // namespace o2v::worker
