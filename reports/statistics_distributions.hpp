// The distributions that the statistics need. Private to the room.
#pragma once

namespace o2v::reports {

// REQUIRES: 0 < p < 1.
double student_t_quantile(double p, double degrees);
double student_t_cdf(double t, double degrees);
// I_x(a, b), by its continued fraction (NIST DLMF 8.17.22, evaluated by Lentz's method).
double incomplete_beta(double a, double b, double x);

}  // namespace o2v::reports
