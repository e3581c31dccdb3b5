#include "search/queue_first.hpp"

#include "search/untried.hpp"

namespace o2v::search {

std::optional<Suggestion> QueueFirst::suggest(const Study& study, Rng& rng) const {
    const StudySpec& spec = study.spec();
    for (const Assignment& params : spec.enqueued)
        if (spec.space.contains(params) && !study.tried(params)) return Suggestion{params, "enqueued"};
    if (spec.space.has_initial_values()) {
        Assignment params = spec.space.complete({});
        if (is_open(params, study)) return Suggestion{std::move(params), "the parameters' defaults"};
    }
    return strategy_->suggest(study, rng);
}

}  // namespace o2v::search
