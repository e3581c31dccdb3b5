// Search spaces that the tests share.
#pragma once

#include "search/study/search_space.hpp"

namespace o2v::testing {

inline CategoricalDomain texts(const std::vector<std::string>& values) {
    return {{values.begin(), values.end()}};
}

// Every kind of domain and scale, and a condition within a condition.
inline SearchSpace mixed_space() {
    return SearchSpace({
        {"encoder", texts({"hcnn", "bilstm", "pooled"}), {}},
        {"layers", IntDomain{1, 4}, {{"encoder", {"hcnn", "bilstm"}}}},
        {"last_width", IntDomain{1, 9}, {{"encoder", {"hcnn"}}, {"layers", {"3", "4"}}}},
        {"learning_rate", FloatDomain{1e-6, 1, Scale::log}, {}},
        {"momentum", FloatDomain{0, 0.999, Scale::reverse_log}, {}},
        {"dim", IntDomain{4, 4096, Scale::log}, {}},
        {"batch", CategoricalDomain{{std::int64_t{32}, 0.5, std::string("auto")}}, {}},
    });
}

inline SearchSpace floats_space(std::size_t n) {
    std::vector<Parameter> parameters;
    for (std::size_t i = 0; i < n; ++i) {
        std::string name = "x";
        name += std::to_string(i);
        parameters.push_back({name, FloatDomain{-5, 10}, {}});
    }
    return SearchSpace(std::move(parameters));
}

// 3 (a=x, b=1..3) + 1 (a=y) = 4 assignments of a and b, times 2.
inline SearchSpace eight_assignments() {
    return SearchSpace({{"a", texts({"x", "y"}), {}},
                        {"b", IntDomain{1, 3, Scale::log}, {{"a", {"x"}}}},
                        {"c", CategoricalDomain{{std::int64_t{0}, std::int64_t{1}}}, {}}});
}

inline SearchSpace one_point() {
    return SearchSpace({{"f", FloatDomain{0.5, 0.5}, {}},
                        {"i", IntDomain{7, 7, Scale::log}, {}},
                        {"c", texts({"only"}), {}}});
}

}  // namespace o2v::testing
