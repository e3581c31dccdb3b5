#include "model/data/pair_table.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "model/data/hash.hpp"
#include "model/data/line_reader.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

bool blank(std::string_view line) {
    return line.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

struct TableMemory {
    std::vector<std::int32_t> tokens;
    std::vector<std::int64_t> bounds{0};
    std::vector<float> labels;
};

// The rows of `table` but those in `left_out` (ascending): their bounds are copied, their tokens stay.
struct ChosenRows {
    std::vector<std::int64_t> bounds;  // three a row: of in0, of in1, their end
    std::vector<float> labels;
    std::shared_ptr<const void> tokens;
};

std::int64_t longest(const Limits& limits, int side) {
    const std::int64_t limit = limits.max_seq_len[side];
    return limit > 0 ? limit : std::numeric_limits<std::int64_t>::max();
}

Dataset view_without(const PairTable& table, const std::vector<std::int64_t>& left_out,
                     const Limits& limits) {
    const auto rows = std::make_shared<ChosenRows>();
    auto skipped = left_out.begin();
    for (std::size_t row = 0; row < table.labels.size(); ++row) {
        if (skipped != left_out.end() && *skipped == static_cast<std::int64_t>(row)) {
            ++skipped;
            continue;
        }
        const auto bounds = table.bounds.subspan(2 * row, 3);
        rows->bounds.insert(rows->bounds.end(), bounds.begin(), bounds.end());
        rows->labels.push_back(table.labels[row]);
    }
    rows->tokens = table.memory;
    Dataset dataset;
    dataset.labels = rows->labels;
    for (int side = 0; side < 2; ++side)
        dataset.side[side] = {table.tokens.data(), rows->bounds.data() + side, dataset.size(), 3,
                              longest(limits, side)};
    dataset.memory = rows;
    return dataset;
}

// Do all rows keep to the limits, and are no more lines bad than they allow?
bool within(const Limits& limits, const Statistics& statistics) {
    for (int side = 0; side < 2; ++side) {
        const std::int64_t limit = limits.vocab_size[side];
        if (limit > 0 && statistics.max_id[side] >= limit) return false;
    }
    const bool classes = statistics.integer_labels && statistics.min_label >= 0 &&
                         statistics.max_label < static_cast<double>(limits.num_classes);
    return statistics.bad_lines <= limits.skip_bad_lines && (limits.num_classes == 0 || classes);
}

Dataset view(const PairTable& table, const Limits& limits) {
    Dataset dataset;
    dataset.labels = table.labels;
    for (int side = 0; side < 2; ++side)
        dataset.side[side] = {table.tokens.data(), table.bounds.data() + side, dataset.size(), 2,
                              longest(limits, side)};
    dataset.memory = table.memory;
    return dataset;
}

// A file's lines judged under limits.
struct Judgement {
    Statistics statistics;  // of the rows that are within them
    std::vector<std::int64_t> left_out;
    std::vector<Problem> problems;
};

Judgement judge(const std::string& path, const Limits& limits) {
    StreamHash hash;
    LineReader lines(path, &hash);
    PairParser parser;
    PairLine pair;
    StatisticsCounter counter;
    Judgement result;
    std::int64_t bad = 0, pairs = 0;
    const auto most = static_cast<std::size_t>(std::max(limits.max_problems, 1));
    const auto done = [&] { return bad > limits.skip_bad_lines && result.problems.size() >= most; };

    std::string_view line;
    while (!done() && lines.next(line)) {
        const bool is_pair = parser.parse(line, pair);
        if (is_pair) ++pairs;
        if (is_pair && within(limits, pair)) {
            counter.add(pair.side[0], pair.side[1], pair.label);
            continue;
        }
        if (!is_pair && blank(line)) continue;
        ++bad;
        if (is_pair) result.left_out.push_back(pairs - 1);
        if (result.problems.size() >= most) continue;
        for (Problem& problem : PairParser::explain(line, limits, lines.where())) {
            if (result.problems.size() < most) result.problems.push_back(std::move(problem));
        }
    }
    result.statistics = counter.statistics();
    result.statistics.bad_lines = bad;
    result.statistics.bytes = lines.bytes();
    result.statistics.xxh3 = hash.hex();
    return result;
}

// `table` when it is not within the limits: names the bad lines, or leaves them out.
Dataset view_without_bad_lines(const std::string& path, const std::optional<PairTable>& table,
                               const Limits& limits, Statistics& statistics) {
    Judgement judged = judge(path, limits);
    if (judged.statistics.bad_lines > limits.skip_bad_lines) {
        if (limits.skip_bad_lines > 0)
            judged.problems.insert(judged.problems.begin(),
                                   {path, "",
                                    "holds more bad lines than skip_bad_lines = " +
                                        std::to_string(limits.skip_bad_lines) + " allows; the first are:"});
        throw InputError(std::move(judged.problems));
    }
    if (!table || table->statistics.xxh3 != judged.statistics.xxh3)
        throw StorageError(path + ": has changed while it was read");
    statistics = std::move(judged.statistics);
    return view_without(*table, judged.left_out, limits);
}

}  // namespace

std::optional<Statistics> read_pairs(const std::string& path, std::int64_t most_bad,
                                     const std::function<void(const PairLine&)>& take) {
    StreamHash hash;
    LineReader lines(path, &hash);
    PairParser parser;
    PairLine pair;
    StatisticsCounter counter;
    std::int64_t bad = 0;
    std::string_view line;
    while (lines.next(line)) {
        if (parser.parse(line, pair)) {
            counter.add(pair.side[0], pair.side[1], pair.label);
            take(pair);
        } else if (!blank(line) && ++bad > most_bad) {
            return std::nullopt;
        }
    }
    Statistics statistics = counter.statistics();
    statistics.bytes = lines.bytes();
    statistics.xxh3 = hash.hex();
    statistics.bad_lines = bad;
    return statistics;
}

std::optional<PairTable> read_table(const std::string& path, std::int64_t most_bad) {
    const auto memory = std::make_shared<TableMemory>();
    const auto take = [&memory](const PairLine& pair) {
        for (const auto& ids : pair.side) {
            memory->tokens.insert(memory->tokens.end(), ids.begin(), ids.end());
            memory->bounds.push_back(static_cast<std::int64_t>(memory->tokens.size()));
        }
        memory->labels.push_back(static_cast<float>(pair.label));
    };
    std::optional<Statistics> statistics = read_pairs(path, most_bad, take);
    if (!statistics) return std::nullopt;
    memory->tokens.shrink_to_fit();
    memory->bounds.shrink_to_fit();
    memory->labels.shrink_to_fit();
    return PairTable{memory->tokens, memory->bounds, memory->labels, *std::move(statistics), memory};
}

Dataset apply_limits(const std::string& path, const std::optional<PairTable>& table, const Limits& limits,
                     Statistics* statistics) {
    const bool whole = table && within(limits, table->statistics);
    Statistics of_rows;
    Dataset dataset;
    if (whole) {
        of_rows = table->statistics;
        dataset = view(*table, limits);
    } else {
        dataset = view_without_bad_lines(path, table, limits, of_rows);
    }
    if (of_rows.rows == 0) throw InputError(path, "", "holds no pairs");
    if (statistics != nullptr) *statistics = std::move(of_rows);
    return dataset;
}

}  // namespace o2v::data
