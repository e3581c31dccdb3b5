#include "search/tpe_history.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace o2v::search {
namespace {

// As good in every goal and better in one?
bool dominates(const std::vector<double>& a, const std::vector<double>& b) {
    bool better = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] > b[i]) return false;
        better |= a[i] < b[i];
    }
    return better;
}

}  // namespace

TpeHistory::TpeHistory(const StudySpec& spec, std::vector<ParzenAxis> axes) : axes_(std::move(axes)) {
    if (spec.warm_start != WarmStart::identical || !spec.more_goals.empty()) return;
    for (const PriorTrial& trial : spec.prior) {
        if (!spec.space.fits(trial.params)) continue;
        const Merit merit = std::isnan(trial.value)
                                ? Merit{Merit::Tier::failed, 0, 0}
                                : Merit{Merit::Tier::feasible, as_loss(spec.goal, trial.value), 0};
        prior_.push_back({-1, merit, {}, point_of(trial.params, spec.space)});
    }
}

std::vector<float> TpeHistory::point_of(const Assignment& params, const SearchSpace& space) const {
    std::vector<float> point(axes_.size(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < axes_.size(); ++i) {
        const Parameter& parameter = space.parameters()[i];
        if (const auto found = params.find(parameter.name); found != params.end())
            point[i] = axes_[i].coordinate(to_unit(parameter.domain, found->second));
    }
    return point;
}

TpeHistory::Row TpeHistory::row_of(const Observation& seen, const Study& study) const {
    Row row{seen.trial->id, merit_of(seen), {}, point_of(seen.trial->params, study.spec().space)};
    if (row.merit.tier != Merit::Tier::feasible || study.spec().more_goals.empty()) return row;
    for (const Goal& goal : study.goals())
        row.losses.push_back(as_loss(goal, seen.trial->value(goal).value_or(std::nan(""))));
    if (std::any_of(row.losses.begin(), row.losses.end(), [](double loss) { return std::isnan(loss); })) {
        row.losses.clear();
        row.merit = {Merit::Tier::failed, 0, 0};
    } else {
        row.merit.first = 0;
    }
    return row;
}

void TpeHistory::add(Row row) {
    if (!row.losses.empty()) {
        for (Row& other : ended_) {
            if (other.losses.empty()) continue;
            row.merit.first += dominates(other.losses, row.losses);
            other.merit.first += dominates(row.losses, other.losses);
        }
    }
    const auto at = std::upper_bound(ended_.begin(), ended_.end(), row.number,
                                     [](TrialId number, const Row& other) { return number < other.number; });
    ended_.insert(at, std::move(row));
}

void TpeHistory::catch_up(const Study& study) {
    const auto& ended = study.ended();
    if (count_ > ended.size() || key_ != study.ended_key(count_)) {
        count_ = 0;
        ended_.clear();
    }
    for (; count_ < ended.size(); ++count_)
        if (const auto seen = observation(study.trial(ended[count_]), study)) add(row_of(*seen, study));
    key_ = study.ended_key(count_);
}

const std::vector<const TpeHistory::Row*>& TpeHistory::rows(const Study& study) {
    catch_up(study);
    open_.clear();
    const auto& trials = study.trials();
    std::size_t left = trials.size() - study.ended().size();
    for (auto trial = trials.rbegin(); left > 0; ++trial) {
        if (trial->ending) continue;
        --left;
        if (const auto seen = observation(*trial, study)) open_.push_back(row_of(*seen, study));
    }
    std::reverse(open_.begin(), open_.end());

    all_.clear();
    for (const Row& row : prior_) all_.push_back(&row);
    auto open = open_.cbegin();
    for (const Row& row : ended_) {
        for (; open != open_.cend() && open->number < row.number; ++open) all_.push_back(&*open);
        all_.push_back(&row);
    }
    for (; open != open_.cend(); ++open) all_.push_back(&*open);
    return all_;
}

}  // namespace o2v::search
