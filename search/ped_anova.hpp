// PED-ANOVA (Watanabe, Bansal & Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in
// Arbitrary Subspaces", IJCAI 2023): how much does each parameter decide whether a trial is among the best?
#pragma once

#include "search/importance.hpp"
#include "search/study/study.hpp"

namespace o2v::search {

// Compares, parameter by parameter, the density of the values of the best trials with that of all trials, by
// Pearson's divergence: sum over cells of p_all (p_top / p_all - 1)^2. Densities are Parzen estimates on at
// most 50 cells of the parameter's scale, of Scott's bandwidth, with one prior kernel as wide as the domain;
// unordered values are counted instead, with a uniform prior of the same weight.
//
// In a conditional space (Baba, Ozaki & Watanabe, "Conditional PED-ANOVA", arXiv 2601.20800) only the trials
// that have the parameter enter its densities, and the divergence counts alpha^2 / beta times, where alpha
// and beta are the shares of the best and of all trials that have it: what its parents decide is theirs.
//
// The best are the first `top` share of all ended and paused trials, at least two, and all that tie with the
// last of them. Trials are ordered by the first goal: completed within the constraints, then pruned and
// paused by epochs and value, then completed outside of the constraints by violation, then those that failed
// or have no number, which are never among the best. Needs two completed trials with a number.
// REQUIRES: 0 < top < 1.
Importances ped_anova(const Study& study, double top = 0.1);

}  // namespace o2v::search
