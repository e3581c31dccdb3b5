// What strategies are compared on: a space whose every value is known at no cost.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::bench_search {

// All landscapes minimise this.
Goal least_loss();

class Landscape {
  public:
    // `random_values`: what uniform draws give, any order; NaN = diverged, counts as worse than every number.
    Landscape(std::string name, std::string group, SearchSpace space, double optimum,
              std::vector<double> random_values);
    virtual ~Landscape() = default;

    const std::string& name() const { return name_; }
    const std::string& group() const { return group_; }
    const SearchSpace& space() const { return space_; }
    // The least value there is.
    double optimum() const { return optimum_; }
    // The median, over random searches, of the best of their n draws. REQUIRES: n >= 1.
    virtual double random_best(std::size_t n) const = 0;
    // The value that counts as 0 of the gap after n trials; the optimum counts as 1.
    virtual double zero(std::size_t n) const { return random_best(n); }

    // What a trial tries in place of `suggested`: the same, or the nearest there is that the study has not
    // tried; nullopt when all has been tried.
    virtual std::optional<Assignment> place(const Assignment& suggested, const Study& study) const = 0;
    // REQUIRES: `params` comes from place(). NaN = diverged.
    virtual double value(const Assignment& params) const = 0;

    // (zero(n) - value) / (zero(n) - optimum): 0 = as good as random search, 1 = the optimum, less than 0
    // when worse than random search. Minus infinity for NaN.
    double gap_closed(double value, std::size_t n) const;

  protected:
    const std::vector<double>& random_values() const { return random_values_; }

  private:
    std::string name_, group_;
    SearchSpace space_;
    double optimum_;
    std::vector<double> random_values_;  // best first
};

using Landscapes = std::vector<std::unique_ptr<const Landscape>>;

}  // namespace o2v::bench_search
