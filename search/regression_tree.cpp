#include "search/regression_tree.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace o2v::search {
namespace {

constexpr int kDeepest = 64;

// Points of a node: how often they were drawn, and the sum of their targets.
struct Sums {
    double n = 0, targets = 0;

    void add(double times, double target) {
        n += times;
        targets += times * target;
    }
    Sums operator-(const Sums& other) const { return {n - other.n, targets - other.targets}; }
    // What the squared error falls by when this part gets a mean of its own (but for what all parts share).
    double gain() const { return targets * targets / n; }
};

struct Split {
    double gain = 0;
    std::size_t axis = 0;
    double threshold = 0;          // numbers below it go left
    std::vector<char> left_holds;  // categories that go left
};

class Grower {
  public:
    Grower(const TreeData& data, Rng& rng) : data_(data), rng_(rng), times_(data.targets.size(), 0) {
        for (std::size_t i = 0; i < times_.size(); ++i) ++times_[uniform_index(rng_, times_.size())];
        std::vector<std::size_t> drawn;
        for (std::size_t i = 0; i < times_.size(); ++i)
            if (times_[i] > 0) drawn.push_back(i);
        for (std::size_t axis = 0; axis < data_.axes.size(); ++axis) {
            const std::vector<double>& column = data_.columns[axis];
            std::stable_sort(drawn.begin(), drawn.end(),
                             [&](std::size_t a, std::size_t b) { return column[a] < column[b]; });
            orders_.push_back(drawn);
        }
        if (orders_.empty()) orders_.push_back(drawn);
        goes_left_.resize(times_.size());
        shuffled_.resize(data_.axes.size());
        std::iota(shuffled_.begin(), shuffled_.end(), std::size_t{0});
    }

    std::vector<Leaf> grow() {
        std::vector<Side> box;
        for (const Axis& axis : data_.axes) box.push_back({0, 1, std::vector<char>(axis.categories, 1)});
        grow(0, orders_.front().size(), 0, box);
        return std::move(leaves_);
    }

  private:
    // The node of the points first .. last - 1, the same ones in each axis's order.
    void grow(std::size_t first, std::size_t last, int depth, std::vector<Side>& box) {
        Sums all;
        double low = data_.targets[orders_[0][first]], high = low;
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t point = orders_[0][i];
            all.add(times_[point], data_.targets[point]);
            low = std::min(low, data_.targets[point]);
            high = std::max(high, data_.targets[point]);
        }
        std::optional<Split> found;
        if (low < high && depth < kDeepest) found = best_split(first, last, all);
        if (!found) {
            leaves_.push_back({low == high ? low : all.targets / all.n, box});
            return;
        }
        const Split& split = *found;
        const std::size_t middle = part(first, last, split);
        const Side whole = box[split.axis];
        Side left = whole, right = whole;
        if (split.left_holds.empty()) {
            left.high = right.low = split.threshold;
        } else {
            for (std::size_t c = 0; c < whole.holds.size(); ++c) {
                left.holds[c] = whole.holds[c] && split.left_holds[c];
                right.holds[c] = whole.holds[c] && !split.left_holds[c];
            }
        }
        box[split.axis] = left;
        grow(first, middle, depth + 1, box);
        box[split.axis] = right;
        grow(middle, last, depth + 1, box);
        box[split.axis] = whole;
    }

    // nullopt when the points agree in all axes. A split that gains nothing still divides: axes may matter
    // together only.
    std::optional<Split> best_split(std::size_t first, std::size_t last, const Sums& all) {
        const std::size_t enough = (shuffled_.size() * 5 + 5) / 6;
        std::size_t divided = 0;
        std::optional<Split> best;
        for (std::size_t i = 0; i < shuffled_.size() && divided < enough; ++i) {
            std::swap(shuffled_[i], shuffled_[i + uniform_index(rng_, shuffled_.size() - i)]);
            const std::size_t axis = shuffled_[i];
            const std::vector<double>& column = data_.columns[axis];
            if (column[orders_[axis][first]] == column[orders_[axis][last - 1]]) continue;
            ++divided;
            if (data_.axes[axis].categories == 0)
                split_numbers(axis, first, last, all, best);
            else
                split_categories(axis, first, last, all, best);
        }
        return best;
    }

    void split_numbers(std::size_t axis, std::size_t first, std::size_t last, const Sums& all,
                       std::optional<Split>& best) {
        const std::vector<double>& column = data_.columns[axis];
        const std::vector<std::size_t>& order = orders_[axis];
        Sums left;
        for (std::size_t i = first; i + 1 < last; ++i) {
            left.add(times_[order[i]], data_.targets[order[i]]);
            const double here = column[order[i]], next = column[order[i + 1]];
            if (here == next) continue;
            const double gain = left.gain() + (all - left).gain();
            if (best && gain <= best->gain) continue;
            const double middle = here + (next - here) / 2;
            best = Split{gain, axis, middle > here ? middle : next, {}};
        }
    }

    void split_categories(std::size_t axis, std::size_t first, std::size_t last, const Sums& all,
                          std::optional<Split>& best) {
        const std::vector<double>& column = data_.columns[axis];
        std::vector<Sums> sums(data_.axes[axis].categories);
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t point = orders_[axis][i];
            sums[static_cast<std::size_t>(column[point])].add(times_[point], data_.targets[point]);
        }
        std::vector<std::size_t> present;
        for (std::size_t c = 0; c < sums.size(); ++c)
            if (sums[c].n > 0) present.push_back(c);
        std::stable_sort(present.begin(), present.end(), [&](std::size_t a, std::size_t b) {
            return sums[a].targets / sums[a].n < sums[b].targets / sums[b].n;
        });
        Sums left;
        std::vector<char> holds(sums.size(), 0);
        for (std::size_t i = 0; i + 1 < present.size(); ++i) {
            left = {left.n + sums[present[i]].n, left.targets + sums[present[i]].targets};
            holds[present[i]] = 1;
            const double gain = left.gain() + (all - left).gain();
            if (!best || gain > best->gain) best = Split{gain, axis, 0, holds};
        }
    }

    // Puts the points that go left first, in every axis's order; where the others begin.
    std::size_t part(std::size_t first, std::size_t last, const Split& split) {
        const std::vector<double>& column = data_.columns[split.axis];
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t point = orders_[0][i];
            goes_left_[point] = split.left_holds.empty()
                                    ? column[point] < split.threshold
                                    : split.left_holds[static_cast<std::size_t>(column[point])];
        }
        std::size_t middle = first;
        for (std::vector<std::size_t>& order : orders_) {
            std::size_t lefts = first;
            spare_.clear();
            for (std::size_t i = first; i < last; ++i) {
                if (goes_left_[order[i]])
                    order[lefts++] = order[i];
                else
                    spare_.push_back(order[i]);
            }
            std::copy(spare_.begin(), spare_.end(), order.begin() + static_cast<std::ptrdiff_t>(lefts));
            middle = lefts;
        }
        return middle;
    }

    const TreeData& data_;
    Rng& rng_;
    std::vector<double> times_;                     // by point: how often drawn
    std::vector<std::vector<std::size_t>> orders_;  // by axis: the drawn points, by their place on it
    std::vector<char> goes_left_;                   // by point
    std::vector<std::size_t> shuffled_, spare_;
    std::vector<Leaf> leaves_;
};

}  // namespace

double Side::width() const {
    if (holds.empty()) return high - low;
    return static_cast<double>(std::count(holds.begin(), holds.end(), 1)) / static_cast<double>(holds.size());
}

double Leaf::volume() const {
    return std::accumulate(sides.begin(), sides.end(), 1.0,
                           [](double product, const Side& side) { return product * side.width(); });
}

std::vector<Leaf> grow_tree(const TreeData& data, Rng& rng) {
    return Grower(data, rng).grow();
}

}  // namespace o2v::search
