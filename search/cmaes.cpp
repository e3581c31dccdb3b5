#include "search/cmaes.hpp"

#include <algorithm>
#include <cmath>

#include "search/cma_distribution.hpp"
#include "search/merit.hpp"
#include "search/study/errors.hpp"
#include "search/untried.hpp"

namespace o2v::search {
namespace {

using Vector = CmaDistribution::Vector;

// Draws before an untried assignment beside the last is sought.
constexpr int kDraws = 16;
enum Stream : std::uint64_t { kDrawsOfTrials, kRestarts };

// The best of what another study found of this one's space; null when there is none.
const PriorTrial* best_prior(const StudySpec& spec) {
    const PriorTrial* best = nullptr;
    if (spec.warm_start != WarmStart::identical) return best;
    for (const PriorTrial& trial : spec.prior)
        if (spec.space.fits(trial.params) && !std::isnan(trial.value) &&
            (!best || better(spec.goal, trial.value, best->value)))
            best = &trial;
    return best;
}

Assignment first_mean(const StudySpec& spec) {
    if (const PriorTrial* prior = best_prior(spec)) return prior->params;
    for (const Assignment& enqueued : spec.enqueued)
        if (spec.space.fits(enqueued)) return enqueued;
    return spec.space.complete({});
}

}  // namespace

// The state after the generations that are over.
class CmaesSearcher::Replay {
  public:
    explicit Replay(const StudySpec& spec) : seed_(spec.search.seed), first_mean_(spec.space.size(), 0.5) {
        const auto& parameters = spec.space.parameters();
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            if (cardinality(parameters[i].domain) == std::uint64_t{1}) continue;
            moving_.push_back(i);
            domains_.push_back(parameters[i].domain);
        }
        first_mean_ = spec.space.encode(first_mean(spec));
        begin_anew();
    }

    bool moves() const { return !moving_.empty(); }
    const CmaDistribution& distribution() const { return *state_.distribution; }
    int restarts() const { return state_.restarts; }

    // The generator of a trial's draws.
    Rng draws_of(TrialId trial) const {
        return Rng(derive_seed(derive_seed(seed_, kDrawsOfTrials), static_cast<std::uint64_t>(trial)));
    }
    // One coordinate a parameter of the space.
    Vector unit_of(const Vector& point) const {
        Vector unit(first_mean_.size(), 0.5);
        for (std::size_t d = 0; d < moving_.size(); ++d) unit[moving_[d]] = point[d];
        return unit;
    }

    void catch_up(const Study& study) {
        if (!continues(study)) begin_anew();
        while (generation(study)) {
        }
        state_.ended = study.ended().size();
        state_.key = study.ended_key(state_.ended);
    }

  private:
    // A trial that has been passed without having ended, and may therefore yet change.
    struct Passed {
        TrialId trial;
        Assignment params;
        std::optional<Merit> merit;  // none when it lies outside the space
    };
    struct State {
        std::size_t ended = 0;
        std::uint64_t key = 0;  // Study::ended_key(ended)
        std::vector<Passed> passed;
        std::size_t next = 0;  // the first trial that has not had its generation
        std::optional<CmaDistribution> distribution;
        int restarts = 0;
        std::optional<Merit> best;  // of the run
        std::size_t stagnant = 0;   // generations since
    };

    void begin_anew() {
        state_ = State{};
        if (!moves()) return;
        Vector mean;
        for (const std::size_t i : moving_) mean.push_back(first_mean_[i]);
        state_.distribution.emplace(domains_, mean, CmaDistribution::default_population(moving_.size()));
    }

    bool continues(const Study& study) const {
        if (state_.ended > study.ended().size() || study.ended_key(state_.ended) != state_.key) return false;
        return std::all_of(state_.passed.begin(), state_.passed.end(), [&](const Passed& passed) {
            if (passed.trial >= std::ssize(study.trials())) return false;
            const Trial& trial = study.trial(passed.trial);
            if (trial.ending || trial.params != passed.params) return false;
            const auto seen = observation(trial, study);
            return seen ? merit_of(*seen) == passed.merit : !passed.merit;
        });
    }

    // Plays one generation; false when it is not over yet.
    bool generation(const Study& study) {
        if (!moves()) return false;
        std::vector<std::pair<Merit, const Trial*>> members;
        std::vector<Passed> passed;
        std::size_t next = state_.next;
        for (; members.size() < state_.distribution->population(); ++next) {
            if (next == study.trials().size()) return false;
            const Trial& trial = study.trials()[next];
            const auto seen = observation(trial, study);
            if (seen) {
                const Merit merit = merit_of(*seen);
                if (merit.tier == Merit::Tier::pending) return false;
                members.emplace_back(merit, &trial);
            }
            if (!trial.ending)
                passed.push_back(
                    {trial.id, trial.params, seen ? std::optional(members.back().first) : std::nullopt});
        }
        state_.next = next;
        state_.passed.insert(state_.passed.end(), passed.begin(), passed.end());
        advance(std::move(members), study.spec().space);
        return true;
    }

    void advance(std::vector<std::pair<Merit, const Trial*>> members, const SearchSpace& space) {
        std::erase_if(members, [](const auto& one) { return one.first.tier == Merit::Tier::failed; });
        std::stable_sort(members.begin(), members.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<CmaDistribution::Member> best_first;
        for (const auto& [merit, trial] : members) best_first.push_back(member_of(*trial, space));
        const std::size_t n = moving_.size(), population = state_.distribution->population();
        ++state_.stagnant;
        if (!members.empty() && (!state_.best || members.front().first < *state_.best)) {
            state_.best = members.front().first;
            state_.stagnant = 0;
        }
        state_.distribution->update(best_first);
        if (state_.stagnant >= 10 + (30 * n + population - 1) / population ||
            state_.distribution->degenerate())
            restart();
    }

    void restart() {
        ++state_.restarts;
        Rng rng(derive_seed(derive_seed(seed_, kRestarts), static_cast<std::uint64_t>(state_.restarts)));
        Vector mean(moving_.size());
        for (double& x : mean) x = uniform01(rng);
        state_.distribution.emplace(domains_, std::move(mean), 2 * state_.distribution->population());
        state_.best.reset();
        state_.stagnant = 0;
    }

    // The point that was drawn for the trial, when this distribution drew it; otherwise the middles of the
    // shares of its values.
    CmaDistribution::Member member_of(const Trial& trial, const SearchSpace& space) const {
        CmaDistribution::Member member;
        for (const std::size_t i : moving_)
            member.active.push_back(trial.params.contains(space.parameters()[i].name));
        Rng rng = draws_of(trial.id);
        for (int draw = 0; draw < kDraws; ++draw) {
            member.point = state_.distribution->draw(rng);
            if (space.decode(unit_of(member.point)) == trial.params) return member;
        }
        const Vector unit = space.encode(trial.params);
        for (std::size_t d = 0; d < moving_.size(); ++d)
            member.point[d] = member.active[d] ? unit[moving_[d]] : state_.distribution->mean()[d];
        return member;
    }

    std::uint64_t seed_;
    std::vector<std::size_t> moving_;  // parameters of more than one value: a dimension each
    std::vector<Domain> domains_;      // theirs
    Vector first_mean_;
    State state_;
};

CmaesSearcher::CmaesSearcher(const StudySpec& spec) {
    if (!spec.more_goals.empty())
        throw InputError("/search/strategy", "\"cmaes\"",
                         "searches for one goal and the study has " +
                             std::to_string(spec.more_goals.size() + 1) + "; take \"tpe\"");
    replay_ = std::make_unique<Replay>(spec);
}

CmaesSearcher::~CmaesSearcher() = default;

std::optional<Suggestion> CmaesSearcher::suggest(const Study& study, Rng&) const {
    const SearchSpace& space = study.spec().space;
    replay_->catch_up(study);
    Vector unit(space.size(), 0.5);
    std::string why = "cmaes";
    if (replay_->moves()) {
        if (replay_->restarts() > 0) why += ", restart " + std::to_string(replay_->restarts());
        Rng draws = replay_->draws_of(std::ssize(study.trials()));
        for (int draw = 0; draw < kDraws; ++draw) {
            unit = replay_->unit_of(replay_->distribution().draw(draws));
            Assignment params = space.decode(unit);
            if (is_open(params, study)) return Suggestion{std::move(params), why};
        }
    }
    return as_suggestion(untried_after(unit, study), why + ", next to a draw");
}

}  // namespace o2v::search
