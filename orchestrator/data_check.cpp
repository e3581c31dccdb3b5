#include "orchestrator/data_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "search/study/errors.hpp"
#include "worker/protocol/figures.hpp"

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

// The networks that enc1 may have: the fixed one, those searched, or the default.
std::vector<std::string> enc1_networks(const StudySpec& study) {
    std::vector<std::string> networks;
    if (const Parameter* searched = study.space.find("enc1_network"))
        for (const ParamValue& value : *listed_values(searched->domain)) networks.push_back(to_text(value));
    else if (const auto fixed = study.fixed.find("enc1_network"); fixed != study.fixed.end())
        networks.push_back(to_text(fixed->second));
    return networks.empty() ? std::vector<std::string>{"enc0"} : networks;
}

// What every trial's data must satisfy; searched hyperparameters are left to the worker.
data::Limits limits_of(const StudySpec& study) {
    const Assignment& fixed = study.fixed;
    data::Limits limits;
    for (int side = 0; side < 2; ++side) {
        const std::string enc = "enc" + std::to_string(side) + "_";
        limits.vocab_size[side] = fixed_integer(fixed, enc + "vocab_size");
        limits.max_seq_len[side] = fixed_integer(fixed, enc + "max_seq_len");
    }
    const std::vector<std::string> networks = enc1_networks(study);
    const auto as_enc0 = std::count(networks.begin(), networks.end(), "enc0");
    const bool always = as_enc0 == static_cast<std::ptrdiff_t>(networks.size());
    for (std::int64_t(*limit)[2] : {&limits.vocab_size, &limits.max_seq_len})
        if (always)
            (*limit)[1] = (*limit)[0];
        else if (as_enc0 > 0 && (*limit)[1] != (*limit)[0])
            (*limit)[1] = 0;
    const auto output = fixed.find("output_layer");
    const bool regression = output != fixed.end() && to_text(output->second) == "mean_squared_error";
    const std::int64_t classes = fixed_integer(fixed, "num_classes");
    limits.num_classes = regression ? 0 : classes ? classes : 2;
    return limits;
}

std::string line_for(const char* name, const data::Statistics& s, const data::Limits& limits) {
    const auto side = [&](int i) {
        const double mean = static_cast<double>(s.tokens[i]) / static_cast<double>(s.rows);
        const std::int64_t limit = limits.max_seq_len[i];
        const std::int64_t cut = limit > 0 ? s.longer_than(i, limit) : 0;
        return fmt::format("in{} {:.1f} tokens on average, {} at most{}", i, mean, s.max_len[i],
                           cut > 0 ? fmt::format(" ({} cut)", with_commas(cut)) : "");
    };
    const std::string skipped =
        s.bad_lines > 0 ? fmt::format("; bad lines left out: {}", with_commas(s.bad_lines)) : "";
    return fmt::format("{}: {} pairs; {}; {}{}", name, with_commas(s.rows), side(0), side(1), skipped);
}

std::string skipped_text(const std::string& path, std::int64_t lines) {
    return fmt::format("warning: {}: {} bad {} left out (/data/skip_bad_lines; without it they are listed)",
                       path, with_commas(lines), lines == 1 ? "line is" : "lines are");
}

// Figures that the data cannot give.
void check_figures(const Experiment& experiment, const DataReport& report, std::vector<Problem>& problems) {
    if (!experiment.trains()) return;
    for (const std::string& metric : asked_metrics(experiment.study)) {
        const auto figure = protocol::figure_of(metric);
        const auto found = figure ? report.statistics.find(figure->set) : report.statistics.end();
        if (found == report.statistics.end()) continue;
        const data::Statistics& s = found->second;
        const std::string where = experiment.file + ": /data/" + figure->set;
        if (figure->info->kind == protocol::FigureKind::retrieval && s.max_label <= protocol::kRightAbove)
            problems.push_back({where, "",
                                "has no pair with a label above 0, whose in1 is what " + metric +
                                    " looks for among others"});
        if (figure->info->name == "roc_auc" && s.min_label == s.max_label)
            problems.push_back({where, "",
                                "has pairs of one class only, from which " + metric +
                                    " cannot tell how well classes are told apart"});
    }
}

}  // namespace

std::string with_commas(std::int64_t n) {
    std::string digits = std::to_string(n);
    for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
        digits.insert(static_cast<std::size_t>(i), 1, ',');
    return digits;
}

data::PairCache make_pair_cache() {
    return data::PairCache(data::PairCache::default_folder(), [](const std::string& warning) {
        fmt::print(stderr, "o2v-tune: warning: {}\n", warning);
    });
}

DataReport check_data(const Experiment& experiment) {
    DataReport report;
    std::vector<Problem> problems;
    data::Limits limits = limits_of(experiment.study);
    limits.skip_bad_lines = experiment.data.skip_bad_lines;
    data::PairCache cache = make_pair_cache();
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
            data::Statistics statistics;
            cache.open(*file.path, limits, &statistics);
            report.lines.push_back(line_for(file.name, statistics, limits));
            if (statistics.bad_lines > 0)
                report.warnings.push_back(skipped_text(*file.path, statistics.bad_lines));
            report.statistics.emplace(file.name, std::move(statistics));
        } catch (const InputError& e) {
            problems.insert(problems.end(), e.problems().begin(), e.problems().end());
        }
    }
    check_figures(experiment, report, problems);
    for (const NamedPath& file : other_files(experiment.data)) exists(file);
    if (const std::string& auxiliary = experiment.data.auxiliary;
        !auxiliary.empty() && !fs::is_directory(auxiliary))
        problems.push_back(
            {experiment.file + ": /data/auxiliary", '"' + auxiliary + '"', "there is no such folder"});
    if (!problems.empty()) throw InputError(std::move(problems));
    return report;
}

nlohmann::json data_hashes(const Experiment& experiment, const DataReport& report) {
    nlohmann::json json = nlohmann::json::object();
    for (const NamedPath& file : pair_files(experiment.data)) {
        const auto found = report.statistics.find(file.name);
        if (found == report.statistics.end()) continue;
        const data::Statistics& s = found->second;
        json[file.name] = {{"path", *file.path},
                           {"bytes", s.bytes},
                           {"xxh3", s.xxh3},
                           {"pairs", s.rows},
                           {"skipped_lines", s.bad_lines}};
    }
    for (const NamedPath& file : other_files(experiment.data))
        if (!file.path->empty())
            json[file.name] = {{"path", *file.path},
                               {"bytes", fs::file_size(*file.path)},
                               {"xxh3", data::file_hash(*file.path)}};
    return json;
}

}  // namespace o2v::orchestrator
