#include "search/tpe.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "search/untried.hpp"

namespace o2v::search {
namespace {

using Row = TpeHistory::Row;

constexpr std::size_t kMostGood = 25;
constexpr std::size_t kFullWeight = 25;  // so many of the newest other trials count in full
constexpr int kEndings = 64;             // complete assignments looked at before an untried one is sought

std::size_t good_count(std::size_t n, bool one_goal) {
    const std::size_t tenth = (n + 9) / 10;
    return one_goal ? std::min(tenth, kMostGood) : tenth;
}

// By age, the oldest first: 1/n, ... rising to 1 at the newest kFullWeight, all of which have 1.
std::vector<double> weights_by_age(std::size_t n) {
    std::vector<double> weights(n, 1.0);
    if (n <= kFullWeight) return weights;
    const std::size_t ramp = n - kFullWeight;
    const double first = 1 / static_cast<double>(n);
    for (std::size_t i = 0; i < ramp; ++i)
        weights[i] =
            ramp == 1 ? first : std::lerp(first, 1.0, static_cast<double>(i) / static_cast<double>(ramp - 1));
    return weights;
}

ParzenEstimator model_of(const std::vector<const Row*>& rows, const std::vector<std::size_t>& members,
                         std::span<const ParzenAxis> axes, const std::vector<double>& weights) {
    std::vector<float> coordinates;
    coordinates.reserve(rows.size() * members.size());
    for (const Row* row : rows)
        for (const std::size_t i : members) coordinates.push_back(row->point[i]);
    return ParzenEstimator(axes, coordinates, weights);
}

bool may_be_good(const Row& row) {
    return row.merit.tier < Merit::Tier::failed;
}

// Moves the good rows (in order of merit, of equals the older) to the front; the others stay in order of age.
// Returns how many are good.
std::size_t split(std::vector<const Row*>& rows, bool one_goal) {
    std::vector<const Row*> ranked;
    std::size_t known = 0;
    for (const Row* row : rows) {
        known += row->merit.tier != Merit::Tier::pending;
        if (may_be_good(*row)) ranked.push_back(row);
    }
    const std::size_t good = std::min(good_count(known, one_goal), ranked.size());
    if (good == 0) return 0;
    const auto last = ranked.begin() + static_cast<std::ptrdiff_t>(good) - 1;
    const auto before = [](const Row* a, const Row* b) {
        if (a->merit != b->merit) return a->merit < b->merit;
        return a->number < b->number;
    };
    std::nth_element(ranked.begin(), last, ranked.end(), before);
    const Row* worst = *last;
    std::stable_partition(rows.begin(), rows.end(),
                          [&](const Row* row) { return may_be_good(*row) && !before(worst, row); });
    return good;
}

std::vector<ParzenAxis> axes_of(const SearchSpace& space) {
    std::vector<ParzenAxis> axes;
    for (const Parameter& parameter : space.parameters()) axes.emplace_back(parameter.domain);
    return axes;
}

std::vector<std::vector<std::size_t>> members_of_groups(const std::vector<Parameter>& parameters) {
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
            return parameters[group.front()].only_if == parameters[i].only_if;
        });
        if (same == groups.end())
            groups.push_back({i});
        else
            same->push_back(i);
    }
    return groups;
}

}  // namespace

struct TpeSearcher::Candidates {
    std::vector<ParzenEstimator::Point> points;
    std::vector<double> gains;       // log l/g
    std::vector<std::size_t> order;  // of gain, the greatest first
    std::size_t good = 0, others = 0;
};

// The state of one suggestion's way through the groups.
struct TpeSearcher::Descent {
    const Study& study;
    Rng& rng;
    const std::vector<const Row*>& rows;
    std::vector<double> unit;                    // of the assignment being made
    std::optional<std::vector<double>> first{};  // of the first complete one
    int endings = 0;
};

TpeSearcher::TpeSearcher(const StudySpec& spec)
    : spread_(spec.space.size(), spec.search.seed), history_(spec, axes_of(spec.space)) {
    const auto& parameters = spec.space.parameters();
    for (auto& members : members_of_groups(parameters)) {
        Group group{std::move(members), {}};
        for (const std::size_t i : group.members) group.axes.emplace_back(parameters[i].domain);
        groups_.push_back(std::move(group));
    }
}

TpeSearcher::Candidates TpeSearcher::candidates(const Group& group, const std::vector<const Row*>& rows,
                                                bool one_goal, Rng& rng) const {
    std::vector<const Row*> own;
    for (const Row* row : rows)
        if (!std::isnan(row->point[group.members.front()])) own.push_back(row);
    const std::size_t good = split(own, one_goal);
    const auto border = own.begin() + static_cast<std::ptrdiff_t>(good);
    const auto l = model_of({own.begin(), border}, group.members, group.axes, std::vector<double>(good, 1.0));
    const auto g =
        model_of({border, own.end()}, group.members, group.axes, weights_by_age(own.size() - good));

    Candidates found;
    found.good = good;
    found.others = own.size() - good;
    for (int i = 0; i < kCandidates; ++i) found.points.push_back(l.sample(rng));
    found.gains = l.log_density(found.points);
    const auto others = g.log_density(found.points);
    for (std::size_t i = 0; i < others.size(); ++i) found.gains[i] -= others[i];
    found.order.resize(others.size());
    std::iota(found.order.begin(), found.order.end(), 0);
    std::stable_sort(found.order.begin(), found.order.end(),
                     [&](std::size_t a, std::size_t b) { return found.gains[a] > found.gains[b]; });
    return found;
}

// The best of each group from `next` on, under what the groups before have chosen; the next best where all
// that follows from it is closed. nullopt when nothing open has been met within kEndings.
std::optional<Assignment> TpeSearcher::descend(std::size_t next, Assignment params, Descent& descent) const {
    const auto& parameters = descent.study.spec().space.parameters();
    while (next < groups_.size() && !SearchSpace::active(parameters[groups_[next].members.front()], params))
        ++next;
    if (next == groups_.size()) {
        ++descent.endings;
        if (!descent.first) descent.first = descent.unit;
        return is_open(params, descent.study) ? std::optional(std::move(params)) : std::nullopt;
    }
    const Group& group = groups_[next];
    const auto found = candidates(group, descent.rows, descent.study.spec().more_goals.empty(), descent.rng);
    for (const std::size_t best : found.order) {
        Assignment extended = params;
        for (std::size_t a = 0; a < group.members.size(); ++a) {
            const std::size_t i = group.members[a];
            descent.unit[i] = group.axes[a].unit(found.points[best][a]);
            extended.emplace(parameters[i].name, from_unit(parameters[i].domain, descent.unit[i]));
        }
        if (auto complete = descend(next + 1, std::move(extended), descent)) return complete;
        if (descent.endings >= kEndings) return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Suggestion> TpeSearcher::suggest(const Study& study, Rng& rng) const {
    const auto& rows = history_.rows(study);
    const auto known = static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [](const Row* row) { return row->merit.tier != Merit::Tier::pending; }));
    if (known < kStartup) return as_suggestion(spread_.next_open(study), "start-up of tpe");

    Descent descent{study, rng, rows, std::vector<double>(study.spec().space.size())};
    for (double& u : descent.unit) u = uniform01(rng);  // what another branch would have
    const std::string why = "tpe on " + std::to_string(known) + " trials";
    if (auto params = descend(0, {}, descent)) return Suggestion{*std::move(params), why};
    return as_suggestion(untried_after(*descent.first, study), why + ", next to the best of the candidates");
}

}  // namespace o2v::search
