#include "orchestrator/data_check.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

struct NamedPath {
    const char* name;
    const std::string* path;
};

std::vector<NamedPath> pair_files(const protocol::DataPaths& data) {
    return {{"train", &data.train}, {"validation", &data.validation}, {"test", &data.test}};
}
std::vector<NamedPath> other_files(const protocol::DataPaths& data) {
    return {{"vocabulary/in0", &data.vocabulary0},
            {"vocabulary/in1", &data.vocabulary1},
            {"labels", &data.labels}};
}

std::int64_t fixed_integer(const Assignment& fixed, const std::string& name) {
    const auto found = fixed.find(name);
    return found != fixed.end() && std::holds_alternative<std::int64_t>(found->second)
               ? std::get<std::int64_t>(found->second)
               : 0;
}

// What every trial's data must satisfy; searched hyperparameters are left to the worker.
data::Limits limits_of(const Assignment& fixed) {
    data::Limits limits;
    for (int side = 0; side < 2; ++side) {
        const std::string enc = "enc" + std::to_string(side) + "_";
        limits.vocab_size[side] = fixed_integer(fixed, enc + "vocab_size");
        limits.max_seq_len[side] = fixed_integer(fixed, enc + "max_seq_len");
    }
    if (!limits.vocab_size[1]) limits.vocab_size[1] = limits.vocab_size[0];
    if (!limits.max_seq_len[1]) limits.max_seq_len[1] = limits.max_seq_len[0];
    const auto output = fixed.find("output_layer");
    const bool regression = output != fixed.end() && to_text(output->second) == "mean_squared_error";
    const std::int64_t classes = fixed_integer(fixed, "num_classes");
    limits.num_classes = regression ? 0 : classes ? classes : 2;
    return limits;
}

std::string with_commas(std::int64_t n) {
    std::string digits = std::to_string(n);
    for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
        digits.insert(static_cast<std::size_t>(i), 1, ',');
    return digits;
}

std::string line_for(const char* name, const data::Statistics& s) {
    const auto side = [&](int i) {
        const double mean = s.rows ? static_cast<double>(s.tokens[i]) / static_cast<double>(s.rows) : 0;
        return fmt::format("in{} {:.1f} tokens on average, {} at most{}", i, mean, s.max_len[i],
                           s.truncated[i] ? fmt::format(" ({} cut)", with_commas(s.truncated[i])) : "");
    };
    return fmt::format("{}: {} pairs; {}; {}", name, with_commas(s.rows), side(0), side(1));
}

}  // namespace

DataReport check_data(const Experiment& experiment) {
    DataReport report;
    std::vector<Problem> problems;
    const data::Limits limits = limits_of(experiment.study.fixed);
    const auto exists = [&](const NamedPath& file) {
        if (file.path->empty()) return false;
        if (fs::is_regular_file(*file.path)) return true;
        problems.push_back({experiment.file + ": /data/" + file.name, '"' + *file.path + '"',
                            "there is no such file; experiments/README.md says how the data is prepared"});
        return false;
    };
    for (const NamedPath& file : pair_files(experiment.data)) {
        if (!exists(file)) continue;
        try {
            const data::Statistics statistics = data::scan_jsonl(*file.path, limits);
            if (statistics.rows == 0)
                problems.push_back(
                    {experiment.file + ": /data/" + file.name, '"' + *file.path + '"', "holds no pairs"});
            report.lines.push_back(line_for(file.name, statistics));
            report.statistics.emplace(file.name, statistics);
        } catch (const InputError& e) {
            problems.insert(problems.end(), e.problems().begin(), e.problems().end());
        }
    }
    for (const NamedPath& file : other_files(experiment.data)) exists(file);
    if (const std::string& auxiliary = experiment.data.auxiliary;
        !auxiliary.empty() && !fs::is_directory(auxiliary))
        problems.push_back(
            {experiment.file + ": /data/auxiliary", '"' + auxiliary + '"', "there is no such folder"});
    if (!problems.empty()) throw InputError(std::move(problems));
    return report;
}

nlohmann::json data_hashes(const Experiment& experiment) {
    nlohmann::json json = nlohmann::json::object();
    std::vector<NamedPath> files = pair_files(experiment.data);
    for (const NamedPath& file : other_files(experiment.data)) files.push_back(file);
    for (const NamedPath& file : files)
        if (!file.path->empty())
            json[file.name] = {{"path", *file.path},
                               {"bytes", fs::file_size(*file.path)},
                               {"xxh3", data::file_hash(*file.path)}};
    return json;
}

}  // namespace o2v::orchestrator
