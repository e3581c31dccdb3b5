// How sure a figure is: its interval under resampling of the rows (Efron & Tibshirani, An Introduction to the
// Bootstrap, 1993, chapter 13).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace o2v::model {

// A figure with its bootstrap interval of 95 %.
struct Estimate {
    double value = 0, low = 0, high = 0;
};

struct BootstrapOptions {
    int resamples = 1000;  // 0 = no intervals: low and high are the value
    std::uint64_t seed = 1;
};

// Rows drawn with replacement, again and again; the same for the same seed and number of rows, whatever is
// measured on them.
class Resamples {
  public:
    Resamples(std::int64_t rows, const BootstrapOptions& options);

    // Calls `measure` once a resample with how often each row was drawn.
    void each(const std::function<void(std::span<const std::uint16_t>)>& measure);

  private:
    std::uint64_t next();

    std::int64_t rows_;
    int resamples_;
    std::uint64_t state_;
};

// Values of one figure on the resamples -> its interval. Resamples on which the figure is not defined (NaN)
// are left out; without any, both ends are the value.
class Spread {
  public:
    void add(double value) { values_.push_back(value); }
    // From the 2.5th to the 97.5th percentile.
    Estimate percentile(double value);
    // The percentiles mirrored at the value, for figures that resampling shifts (a calibration error only
    // grows by it), cut at 0.
    Estimate mirrored(double value);

  private:
    std::vector<double> values_;
};

}  // namespace o2v::model
