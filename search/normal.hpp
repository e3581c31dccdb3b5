// The standard normal distribution.
#pragma once

namespace o2v::search {

double normal_density(double z);
double log_normal_density(double z);      // without underflow
double normal_probability(double z);      // P(Z <= z)
double log_normal_probability(double z);  // of any z, without underflow
double normal_quantile(double p);         // REQUIRES: 0 < p < 1

// log E[max(0, z + Z)], the logarithm of expected improvement in units of the deviation (Ament et al.,
// "Unexpected Improvements to Expected Improvement", NeurIPS 2023), for any z without underflow; and its
// derivative.
double log_improvement(double z);
double log_improvement_slope(double z);

}  // namespace o2v::search
