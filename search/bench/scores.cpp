#include "search/bench/scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "search/bench/statistics.hpp"

namespace o2v::bench_search {
namespace {

constexpr std::size_t kLast = 50;

// A loss to compare by: diverged is worse than anything.
double or_worst(double value) {
    return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
}

std::vector<double> values_after(const Entrant& entrant, std::size_t n) {
    std::vector<double> values;
    for (const Play& play : entrant.plays) values.push_back(or_worst(play.best_of(n)));
    return values;
}

double mean(const std::vector<double>& values) {
    return values.empty()
               ? 0
               : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Milliseconds for each of the last `n` suggestions of each play.
double mean_cpu(const Entrant& entrant, std::size_t n) {
    std::vector<double> all;
    for (const Play& play : entrant.plays) {
        const std::size_t from = play.suggestion_cpu.size() - std::min(n, play.suggestion_cpu.size());
        all.insert(all.end(), play.suggestion_cpu.begin() + static_cast<std::ptrdiff_t>(from),
                   play.suggestion_cpu.end());
    }
    return mean(all);
}

class Scorer {
  public:
    Scorer(const Landscapes& landscapes, const ContestOptions& options, const std::vector<Entrant>& entrants)
        : landscapes_(landscapes), options_(options), entrants_(entrants) {
        const auto found = std::find(options.strategies.begin(), options.strategies.end(), options.baseline);
        if (found != options.strategies.end())
            baseline_ = static_cast<std::size_t>(found - options.strategies.begin());
    }

    Score of_one(const Entrant& entrant) const {
        const Landscape& landscape = *landscapes_[entrant.landscape];
        Score score;
        score.strategy = options_.strategies[entrant.strategy];
        score.problem = landscape.name();
        score.refusal = entrant.refusal;
        if (!entrant.refusal.empty()) return score;
        for (const std::size_t n : milestones(options_.trials)) {
            const double value = median(values_after(entrant, n));
            score.value.push_back(value);
            score.gap_closed.push_back(landscape.gap_closed(value, n));
        }
        score.cpu_mean = mean_cpu(entrant, options_.trials);
        score.cpu_last = mean_cpu(entrant, kLast);
        if (const Entrant* other = rival(entrant))
            score.p =
                rank_sum_p(values_after(entrant, options_.trials), values_after(*other, options_.trials));
        return score;
    }

    // Over the landscapes of the group, or all when it is empty.
    std::optional<Score> of_group(std::size_t strategy, const std::string& group) const {
        Score score;
        score.strategy = options_.strategies[strategy];
        score.problem = group.empty() ? "mean" : "mean of " + group;
        score.problems = 0;
        score.gap_closed.assign(milestones(options_.trials).size(), 0);
        std::vector<double> own(options_.seeds), others(options_.seeds);  // sums of the gap closed
        bool compared = false;
        for (const Entrant& entrant : entrants_) {
            if (entrant.strategy != strategy || !entrant.refusal.empty()) continue;
            if (!group.empty() && landscapes_[entrant.landscape]->group() != group) continue;
            const Score one = of_one(entrant);
            ++score.problems;
            for (std::size_t i = 0; i < score.gap_closed.size(); ++i)
                score.gap_closed[i] += one.gap_closed[i];
            score.cpu_mean += one.cpu_mean;
            score.cpu_last += one.cpu_last;
            if (const Entrant* other = rival(entrant)) {
                compared = true;
                add_gaps(entrant, own);
                add_gaps(*other, others);
            }
        }
        if (score.problems < 2) return std::nullopt;
        const auto n = static_cast<double>(score.problems);
        for (double& gap : score.gap_closed) gap /= n;
        score.cpu_mean /= n;
        score.cpu_last /= n;
        if (compared) score.p = rank_sum_p(own, others);
        return score;
    }

  private:
    // The baseline on the same landscape; null when it is the entrant itself or cannot search it.
    const Entrant* rival(const Entrant& entrant) const {
        if (!baseline_ || entrant.strategy == *baseline_) return nullptr;
        for (const Entrant& other : entrants_)
            if (other.strategy == *baseline_ && other.landscape == entrant.landscape && other.refusal.empty())
                return &other;
        return nullptr;
    }

    void add_gaps(const Entrant& entrant, std::vector<double>& sums) const {
        for (std::size_t seed = 0; seed < entrant.plays.size(); ++seed)
            sums[seed] += landscapes_[entrant.landscape]->gap_closed(
                entrant.plays[seed].best_of(options_.trials), options_.trials);
    }

    const Landscapes& landscapes_;
    const ContestOptions& options_;
    const std::vector<Entrant>& entrants_;
    std::optional<std::size_t> baseline_;
};

}  // namespace

std::vector<Score> scores(const Landscapes& landscapes, const ContestOptions& options,
                          const std::vector<Entrant>& entrants) {
    const Scorer scorer(landscapes, options, entrants);
    std::vector<Score> rows;
    for (const Entrant& entrant : entrants) rows.push_back(scorer.of_one(entrant));
    std::vector<std::string> groups;
    for (const auto& landscape : landscapes)
        if (std::find(groups.begin(), groups.end(), landscape->group()) == groups.end())
            groups.push_back(landscape->group());
    if (groups.size() > 1) groups.emplace_back();
    if (groups.size() == 1) groups[0].clear();
    for (const std::string& group : groups)
        for (std::size_t s = 0; s < options.strategies.size(); ++s)
            if (auto row = scorer.of_group(s, group)) rows.push_back(*std::move(row));
    return rows;
}

}  // namespace o2v::bench_search
