// Training records on their way to disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "search/study/assignment.hpp"

namespace o2v::prepare {

// The record of object2vec's training format, without a line end: {"label":3,"in0":[1],"in1":[2,3]}.
std::string pair_record(double label, const std::vector<std::int32_t>& in0,
                        const std::vector<std::int32_t>& in1);

// Fisher and Yates' shuffle with our own random numbers: the same order on every machine.
template <typename T>
void shuffle(std::vector<T>& items, Rng& rng) {
    for (std::size_t left = items.size(); left > 1; --left) {
        std::swap(items[left - 1], items[uniform_index(rng, left)]);
    }
}

}  // namespace o2v::prepare
