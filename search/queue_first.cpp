#include "search/queue_first.hpp"

#include "search/study/errors.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

void check(const Assignment& params, const SearchSpace& space, const std::string& where,
           std::vector<Problem>& problems) {
    const std::size_t before = problems.size();
    for (const auto& [name, value] : params) {
        const Parameter* parameter = space.find(name);
        if (!parameter)
            problems.push_back({where + "/" + name, to_text(value), "is not a parameter of the space"});
        else if (!SearchSpace::active(*parameter, params))
            problems.push_back({where + "/" + name, to_text(value), "exists only under another's value"});
        else if (!contains(parameter->domain, value))
            problems.push_back({where + "/" + name, to_text(value), "is not in the range or list"});
    }
    for (const Parameter& parameter : space.parameters())
        if (SearchSpace::active(parameter, params) && !params.contains(parameter.name))
            problems.push_back({where + "/" + parameter.name, "", "is missing"});
    if (problems.size() == before && space.forbids(params))
        problems.push_back({where, to_text(params), "is a forbidden combination"});
}

}  // namespace

QueueFirst::QueueFirst(std::unique_ptr<Searcher> strategy, const StudySpec& spec)
    : strategy_(std::move(strategy)) {
    std::vector<Problem> problems;
    for (std::size_t i = 0; i < spec.enqueued.size(); ++i)
        check(spec.enqueued[i], spec.space, "/search/enqueue/" + std::to_string(i), problems);
    if (!problems.empty()) throw InputError(std::move(problems));
}

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
