#include "orchestrator/experiment_checks.hpp"
#include "search/catalog.hpp"

namespace o2v::orchestrator {
namespace {

using Json = nlohmann::json;

std::vector<std::string> names_of(const std::vector<search::CatalogEntry>& catalog) {
    std::vector<std::string> names;
    for (const search::CatalogEntry& entry : catalog) names.push_back(entry.name);
    return names;
}

template <class Integer>
void read_integer(JsonFields& fields, const char* key, std::int64_t min, std::int64_t max, Integer& out) {
    if (const auto n = fields.integer(key, min, max)) out = static_cast<Integer>(*n);
}

}  // namespace

void read_search(const Json& json, const std::string& where, const ParameterNames& names, StudySpec& study,
                 std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    SearchOptions& search = study.search;
    if (const auto strategy = fields.choice("strategy", names_of(search::searchers())))
        search.strategy = *strategy;
    read_integer(fields, "seed", 0, INT64_MAX, search.seed);
    read_integer(fields, "grid_points", 1, 1000, search.grid_points);
    read_integer(fields, "population", 2, 100'000, search.population);
    read_integer(fields, "repeats", 1, 1000, search.repeats);
    read_integer(fields, "interval", 1, 1'000'000, search.interval);
    const std::size_t before = problems.size();
    study.space = read_space(fields, names, study.fixed);
    if (problems.size() == before)
        study.enqueued = read_enqueued(fields, names, study.space);
    else
        fields.get("enqueue");
    fields.finish();
}

PrunerOptions read_pruner(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    PrunerOptions pruner;
    if (const auto type = fields.choice("type", names_of(search::pruners()))) pruner.type = *type;
    read_integer(fields, "startup_trials", 0, 1'000'000, pruner.startup_trials);
    read_integer(fields, "warmup_epochs", 0, 1'000'000, pruner.warmup_epochs);
    if (const auto share = fields.number("percentile")) {
        pruner.percentile = *share;
        if (!(*share > 0 && *share < 100)) fields.report("percentile", "must be above 0 and below 100");
    }
    read_integer(fields, "patience", 1, 1'000'000, pruner.patience);
    if (const auto delta = fields.number("min_delta")) {
        pruner.min_delta = *delta;
        if (!(*delta >= 0)) fields.report("min_delta", "must be at least 0");
    }
    read_integer(fields, "min_epochs", 1, 1'000'000'000, pruner.min_epochs);
    read_integer(fields, "max_epochs", 0, 1'000'000'000, pruner.max_epochs);
    if (pruner.max_epochs > 0 && pruner.max_epochs < pruner.min_epochs)
        fields.report("max_epochs", "must be 0 (the trial's own) or at least min_epochs, " +
                                        std::to_string(pruner.min_epochs));
    read_integer(fields, "reduction_factor", 2, 1'000'000, pruner.reduction_factor);
    read_integer(fields, "brackets", 1, 100, pruner.brackets);
    if (const auto mode = fields.choice("mode", {"promotion", "stopping"}))
        pruner.stops = *mode == "stopping";
    fields.finish();
    return pruner;
}

Budget read_budget(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    Budget budget;
    budget.trials = fields.integer("trials", 1, 100'000'000);
    budget.target = fields.number("target");
    budget.no_improvement = fields.integer("no_improvement", 1, 100'000'000);
    budget.expected_gain = fields.number("expected_gain");
    if (budget.expected_gain && !(*budget.expected_gain > 0))
        fields.report("expected_gain", "must be greater than 0");
    budget.time = fields.duration("time");
    fields.finish();
    return budget;
}

}  // namespace o2v::orchestrator
