// Vectors for tests.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "model/neighbors/rows.hpp"

namespace o2v::model {

struct Vectors {
    std::vector<float> values;
    std::int64_t dim;
    std::vector<std::int32_t> centre;  // of each row
    Rows rows() const { return {values.data(), static_cast<std::int64_t>(values.size()) / dim, dim}; }
};

// Around so many centres, the rows of each `spread` from it.
inline Vectors clustered(std::int64_t rows, std::int64_t dim, int centres, float spread, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal;
    Vectors centre{{}, dim, {}}, result{{}, dim, {}};
    for (std::int64_t i = 0; i < centres * dim; ++i) centre.values.push_back(normal(random));
    for (std::int64_t row = 0; row < rows; ++row) {
        result.centre.push_back(static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(centres)));
        for (const float x : centre.rows()[result.centre.back()])
            result.values.push_back(x + spread * normal(random));
    }
    return result;
}

}  // namespace o2v::model
