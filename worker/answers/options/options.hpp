// The options of the commands that answer with a model, which o2v-tune reads to find what is wrong with them
// and o2v-worker to carry them out.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace o2v::answers {

struct ModelOptions {
    std::string model;           // a folder, or a promoted model's name
    std::string folder;          // what o2v-tune found the name to be; "" = `model` is the folder
    std::string device = "cpu";  // or "cuda:N"
    int threads = 0;             // 0 = as many as this process may use
    const std::string& path() const { return folder.empty() ? model : folder; }
};

struct PredictOptions : ModelOptions {
    std::vector<std::string> in0, in1;  // words, or a JSON list of ids
    std::string input = "-", output = "-";
    std::string format;  // "jsonlines" or "json"; "" = by the input's name
    bool json = false, label = false;
    int top = 3;
};

struct EmbedOptions : ModelOptions {
    int side = 0;
    std::string input = "-", output = "-";
    std::string format;       // "jsonl", "npy" or "tsv"; "" = by the output's name
    bool vocabulary = false;  // embed each of the vocabulary's tokens
};

// One command of both programs: what it is called and its options, and what to do once they have been read.
using Predict = std::function<void(const PredictOptions&)>;
using Embed = std::function<void(const EmbedOptions&)>;
void add_predict(CLI::App& app, const Predict& carry_out);
void add_embed(CLI::App& app, const Embed& carry_out);

// MODEL, --device, --threads.
void add_model_options(CLI::App& command, ModelOptions& options);
// in0 or in1 as 0 or 1.
CLI::Option* add_side(CLI::App& command, int& side);
// A file that is there, or - for standard input.
extern const CLI::Validator kReadable;

}  // namespace o2v::answers
