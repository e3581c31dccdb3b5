#include "search/queue_first.hpp"

#include <algorithm>

#include "search/untried.hpp"

namespace o2v::search {

std::optional<Suggestion> QueueFirst::suggest(const Study& study, Rng& rng) const {
    const StudySpec& spec = study.spec();
    for (const Assignment& params : spec.enqueued)
        if (spec.space.contains(params) && !study.tried(params)) return Suggestion{params, "enqueued"};
    const auto& parameters = spec.space.parameters();
    if (std::any_of(parameters.begin(), parameters.end(), [](const Parameter& p) { return p.initial; })) {
        Assignment params = spec.space.complete({});
        if (is_open(params, study)) return Suggestion{std::move(params), "the parameters' defaults"};
    }
    return strategy_->suggest(study, rng);
}

}  // namespace o2v::search
