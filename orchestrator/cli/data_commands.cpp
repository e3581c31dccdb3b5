// The commands about data: data stats.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/data_check.hpp"
#include "orchestrator/data_stats.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct StatsOptions {
    std::string file;
    std::vector<std::int64_t> vocab_size, max_seq_len;  // of both sides, or of in0 and in1
    data::Limits limits;
    bool json = false;
};

void put(const std::vector<std::int64_t>& given, std::int64_t (&limit)[2]) {
    if (given.empty()) return;
    limit[0] = given.front();
    limit[1] = given.back();
}

int stats(StatsOptions& options) {
    put(options.vocab_size, options.limits.vocab_size);
    put(options.max_seq_len, options.limits.max_seq_len);
    data::Statistics statistics;
    orc::make_pair_cache().open(options.file, options.limits, &statistics);
    if (options.json)
        fmt::print("{}\n", orc::statistics_json(options.file, statistics, options.limits).dump(2));
    else
        fmt::print("{}", orc::statistics_text(options.file, statistics, options.limits));
    return kDone;
}

}  // namespace

void add_data(CLI::App& app, int& exit_code) {
    auto* data = app.add_subcommand("data", "look at training pairs");
    data->require_subcommand(1);
    data->footer("Example:\n  o2v-tune data stats experiments/data/wordnet/train.jsonl\n");
    auto* command = data->add_subcommand("stats", "rows, lengths, ids, labels and what would be cut");
    auto options = std::make_shared<StatsOptions>();
    command
        ->add_option("FILE", options->file, "JSON Lines of {\"label\": ..., \"in0\": [ids], \"in1\": [ids]}")
        ->required()
        ->check(CLI::ExistingFile);
    const auto sides = [&](const char* name, std::vector<std::int64_t>& values, const char* what) {
        command->add_option(name, values, what)
            ->delimiter(',')
            ->expected(1, 2)
            ->allow_extra_args(false)
            ->check(CLI::PositiveNumber);
    };
    sides("--vocab-size", options->vocab_size, "ids must be below N, or N0,N1: in0's and in1's");
    sides("--max-seq-len", options->max_seq_len, "how many sequences a length of N, or N0,N1, cuts");
    command->add_option("--num-classes", options->limits.num_classes, "labels must be 0 to N - 1")
        ->check(CLI::PositiveNumber);
    command
        ->add_option("--skip-bad-lines", options->limits.skip_bad_lines,
                     "leave out up to N bad lines and count them (default: any is an error)")
        ->check(CLI::NonNegativeNumber);
    command->add_flag("--json", options->json, "for programs");
    command->footer(
        "Bad lines are all named with their place, field and value. What is read is kept in binary form\n"
        "under $O2V_CACHE_DIR (default ~/.cache/o2v-tune), so that a second look and training start at "
        "once.\n\n"
        "Example:\n  o2v-tune data stats train.jsonl --vocab-size 21704,27000 --max-seq-len 12,40 "
        "--num-classes 26\n");
    command->callback([options, &exit_code] { exit_code = stats(*options); });
}

}  // namespace o2v::cli
