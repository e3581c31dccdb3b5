#include "model/data/dataset.hpp"

#include <limits>
#include <utility>

#include "model/data/pair_table.hpp"

namespace o2v::data {

Dataset::Dataset(Pairs pairs) {
    const auto owned = std::make_shared<const Pairs>(std::move(pairs));
    for (int s = 0; s < 2; ++s)
        side[s] = {owned->side[s].tokens.data(), owned->side[s].offsets.data(), owned->side[s].size(), 1,
                   std::numeric_limits<std::int64_t>::max()};
    labels = owned->labels;
    memory = owned;
}

Dataset read_jsonl(const std::string& path, const Limits& limits, Statistics* statistics) {
    return apply_limits(path, read_table(path, limits.skip_bad_lines), limits, statistics);
}

}  // namespace o2v::data
