// o2v-bench-answers: a file answered as `predict` does, beside the trainer's evaluation of the same pairs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

#include "model/data/dataset.hpp"
#include "model/inference.hpp"
#include "model/model_folder.hpp"
#include "model/predictor.hpp"
#include "worker/answers/answers.hpp"
#include "worker/answers/streamed.hpp"

namespace {

using namespace o2v;

double seconds_of(const std::function<void()>& work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void compare(const std::string& folder, const std::string& pairs, int rounds, int threads) {
    const model::Predictor predictor(folder);
    const auto network = model::load_model(folder);
    const data::Dataset dataset = data::read_jsonl(pairs, model::limits_of(network->options()));
    std::ofstream out("/dev/null", std::ios::binary);
    answers::StreamOptions stream;
    stream.input = pairs;
    stream.threads = threads;
    std::vector<double> evaluated, predicted;
    for (int round = 0; round <= rounds; ++round) {  // the first warms up
        at::set_num_threads(threads);
        const double evaluation = seconds_of([&] { model::evaluate(*network, dataset, "x"); });
        at::set_num_threads(1);  // a chunk's; there are as many threads
        const double prediction = seconds_of([&] {
            answers::answer_stream(
                stream, answers::rules_of(predictor),
                [&](const answers::Chunk& chunk) {
                    const answers::Answers answers = answers::answer(predictor, chunk.queries);
                    return answers::to_lines(answers, 0, answers.size());
                },
                [&](const std::string& text) { out << text; });
        });
        if (round == 0) continue;
        evaluated.push_back(static_cast<double>(dataset.size()) / evaluation);
        predicted.push_back(static_cast<double>(dataset.size()) / prediction);
    }
    fmt::print(
        "{} pairs, {} rounds in turn, medians: evaluation {:.0f} pairs/s, prediction from JSON to JSON "
        "{:.0f} "
        "pairs/s, {:.2f} times\n",
        dataset.size(), rounds, median(evaluated), median(predicted), median(predicted) / median(evaluated));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Prediction from a file beside the trainer's evaluation of the same pairs, in turn."};
    std::string folder, pairs;
    int rounds = 5, threads = static_cast<int>(std::thread::hardware_concurrency());
    app.add_option("MODEL", folder, "model folder")->required();
    app.add_option("PAIRS", pairs, "JSON Lines with labels")->required();
    app.add_option("--rounds", rounds)->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--threads", threads)->check(CLI::PositiveNumber)->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        compare(folder, pairs, rounds, threads);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "o2v-bench-answers: " << error.what() << '\n';
        return 1;
    }
}
