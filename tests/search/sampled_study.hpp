// Studies whose trials are drawn at random and completed by a function.
#pragma once

#include <functional>
#include <utility>

#include "tests/search/study/histories.hpp"

namespace o2v::testing {

inline Assignment drawn(const SearchSpace& space, Rng& rng) {
    std::vector<double> unit(space.size());
    for (double& u : unit) u = uniform01(rng);
    return space.decode(unit);
}

inline Study sampled_study(StudySpec spec, std::size_t trials, std::uint64_t seed,
                           const std::function<double(const Assignment&)>& objective) {
    Study study(std::move(spec));
    Rng rng(seed);
    for (std::size_t i = 0; i < trials; ++i) {
        const Assignment params = drawn(study.spec().space, rng);
        run_to_end(study, {objective(params)}, params);
    }
    return study;
}

}  // namespace o2v::testing
