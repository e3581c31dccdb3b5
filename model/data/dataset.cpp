#include "model/data/dataset.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "model/data/line_reader.hpp"
#include "model/data/pair_line.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

bool blank(std::string_view line) {
    return line.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

// Lengths, tokens and ids are the file's, before truncation.
void count(const PairLine& pair, const Limits& limits, Statistics& s) {
    const bool first = s.rows == 0;
    ++s.rows;
    s.min_label = first ? pair.label : std::min(s.min_label, pair.label);
    s.max_label = first ? pair.label : std::max(s.max_label, pair.label);
    for (int side = 0; side < 2; ++side) {
        const auto& ids = pair.side[side];
        const auto length = static_cast<std::int64_t>(ids.size());
        s.min_len[side] = first ? length : std::min(s.min_len[side], length);
        s.max_len[side] = std::max(s.max_len[side], length);
        s.tokens[side] += length;
        s.max_id[side] = std::max<std::int64_t>(s.max_id[side], *std::max_element(ids.begin(), ids.end()));
        if (limits.max_seq_len[side] > 0 && length > limits.max_seq_len[side]) ++s.truncated[side];
    }
}

void append(const PairLine& pair, const Limits& limits, Dataset& dataset) {
    for (int side = 0; side < 2; ++side) {
        const auto& ids = pair.side[side];
        auto kept = static_cast<std::int64_t>(ids.size());
        if (limits.max_seq_len[side] > 0) kept = std::min(kept, limits.max_seq_len[side]);
        Sequences& sequences = dataset.side[side];
        sequences.tokens.insert(sequences.tokens.end(), ids.begin(), ids.begin() + kept);
        sequences.offsets.push_back(static_cast<std::int64_t>(sequences.tokens.size()));
    }
    dataset.labels.push_back(static_cast<float>(pair.label));
}

// Null `dataset`: only counts.
Statistics read(const std::string& path, const Limits& limits, Dataset* dataset) {
    LineReader lines(path);
    PairParser parser(limits);
    PairLine pair;
    Statistics statistics;
    std::vector<Problem> problems;
    const auto most = static_cast<std::size_t>(std::max(limits.max_problems, 1));

    std::string_view line;
    while (problems.size() < most && lines.next(line)) {
        if (parser.parse(line, pair)) {
            count(pair, limits, statistics);
            if (dataset != nullptr && problems.empty()) append(pair, limits, *dataset);
        } else if (!blank(line)) {
            for (Problem& problem : parser.explain(line, lines.where())) {
                if (problems.size() < most) problems.push_back(std::move(problem));
            }
        }
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    if (statistics.rows == 0) throw InputError(path, "", "holds no pairs");
    return statistics;
}

}  // namespace

Dataset read_jsonl(const std::string& path, const Limits& limits, Statistics* statistics) {
    Dataset dataset;
    const Statistics found = read(path, limits, &dataset);
    if (statistics != nullptr) *statistics = found;
    for (Sequences& sequences : dataset.side) {
        sequences.offsets.shrink_to_fit();
        sequences.tokens.shrink_to_fit();
    }
    dataset.labels.shrink_to_fit();
    return dataset;
}

Statistics scan_jsonl(const std::string& path, const Limits& limits) {
    return read(path, limits, nullptr);
}

}  // namespace o2v::data
