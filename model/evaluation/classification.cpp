#include "model/evaluation/classification.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/evaluation/roc_curve.hpp"

namespace o2v::model {
namespace {

constexpr double kLeastProbability = 1e-12;
constexpr std::int64_t kMostRocSteps = 200'000'000;  // rows x classes x resamples, about a second
constexpr int kFewestRocResamples = 200;

double ratio(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

// A row, as far as the figures need it.
struct Row {
    std::uint32_t cell;  // label * classes + prediction
    std::uint32_t bin;
    double confidence, loss;
};

struct ClassFigures {
    double precision, recall, f1, rows;
};

// The figures on one choice of rows, from sums.
struct Figures {
    double rows = 0, correct = 0, loss = 0;
    std::vector<std::int64_t> confusion;
    std::vector<double> bin_rows, bin_confidence, bin_correct;

    Figures(std::int64_t classes, int bins)
        : confusion(static_cast<std::size_t>(classes * classes)),
          bin_rows(static_cast<std::size_t>(bins)),
          bin_confidence(bin_rows.size()),
          bin_correct(bin_rows.size()) {}

    void clear() {
        rows = correct = loss = 0;
        std::fill(confusion.begin(), confusion.end(), 0);
        for (auto* sums : {&bin_rows, &bin_confidence, &bin_correct})
            std::fill(sums->begin(), sums->end(), 0.0);
    }

    void add(const Row& row, bool right, std::uint16_t times) {
        const double n = times, hits = right ? n : 0;
        rows += n;
        correct += hits;
        loss += n * row.loss;
        confusion[row.cell] += times;
        bin_rows[row.bin] += n;
        bin_confidence[row.bin] += n * row.confidence;
        bin_correct[row.bin] += hits;
    }

    double calibration_error() const {
        double error = 0;
        for (std::size_t i = 0; i < bin_rows.size(); ++i)
            error += std::abs(bin_confidence[i] - bin_correct[i]);
        return error / rows;
    }

    std::vector<ClassFigures> classes(std::int64_t count) const {
        std::vector<ClassFigures> result;
        for (std::int64_t c = 0; c < count; ++c) {
            double labelled = 0, predicted = 0;
            for (std::int64_t other = 0; other < count; ++other) {
                labelled += static_cast<double>(confusion[static_cast<std::size_t>(c * count + other)]);
                predicted += static_cast<double>(confusion[static_cast<std::size_t>(other * count + c)]);
            }
            const auto right = static_cast<double>(confusion[static_cast<std::size_t>(c * count + c)]);
            result.push_back({ratio(right, predicted), ratio(right, labelled),
                              ratio(2 * right, labelled + predicted), labelled});
        }
        return result;
    }
};

struct Means {
    double precision = 0, recall = 0, f1 = 0, weighted_f1 = 0;
};

Means means_of(const std::vector<ClassFigures>& classes, const std::vector<bool>& occurs) {
    Means means;
    double count = 0, rows = 0;
    for (std::size_t c = 0; c < classes.size(); ++c) {
        rows += classes[c].rows;
        means.weighted_f1 += classes[c].rows * classes[c].f1;
        if (!occurs[c]) continue;
        count += 1;
        means.precision += classes[c].precision;
        means.recall += classes[c].recall;
        means.f1 += classes[c].f1;
    }
    return {ratio(means.precision, count), ratio(means.recall, count), ratio(means.f1, count),
            ratio(means.weighted_f1, rows)};
}

std::vector<Row> rows_of(std::span<const float> scores, std::span<const std::int32_t> labels,
                         std::int64_t classes, int bins) {
    std::vector<Row> rows;
    rows.reserve(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto row =
            scores.subspan(i * static_cast<std::size_t>(classes), static_cast<std::size_t>(classes));
        const auto best = std::max_element(row.begin(), row.end());
        const double confidence = *best;
        const double truth = row[static_cast<std::size_t>(labels[i])];
        // Bins hold their upper end: (0, 1/15], (1/15, 2/15], ...
        const int bin = static_cast<int>(std::ceil(confidence * bins)) - 1;
        rows.push_back({static_cast<std::uint32_t>(labels[i] * classes + (best - row.begin())),
                        static_cast<std::uint32_t>(std::clamp(bin, 0, bins - 1)), confidence,
                        -std::log(std::max(truth, kLeastProbability))});
    }
    return rows;
}

std::vector<bool> occurring(const std::vector<std::int64_t>& confusion, std::int64_t classes) {
    std::vector<bool> occurs(static_cast<std::size_t>(classes));
    for (std::size_t cell = 0; cell < confusion.size(); ++cell) {
        if (confusion[cell] == 0) continue;
        occurs[cell / occurs.size()] = true;
        occurs[cell % occurs.size()] = true;
    }
    return occurs;
}

// The mean over the curves that are defined on these rows; NaN when none is.
double mean_area(const std::vector<RocArea>& curves, std::span<const std::uint16_t> counts) {
    double sum = 0, defined = 0;
    for (const RocArea& curve : curves) {
        if (const auto area = curve.area(counts)) {
            sum += *area;
            defined += 1;
        }
    }
    return defined > 0 ? sum / defined : std::numeric_limits<double>::quiet_NaN();
}

void measure_roc(Classification& result, std::span<const float> scores, std::span<const std::int32_t> labels,
                 std::int64_t classes, BootstrapOptions options) {
    std::vector<RocArea> curves;
    for (std::int64_t c = 0; c < classes; ++c) {
        RocArea curve(scores.data() + c, classes, labels, static_cast<std::int32_t>(c));
        result.classes[static_cast<std::size_t>(c)].roc_auc = curve.area();
        if (classes > 2 || c == 1) curves.push_back(std::move(curve));
    }
    const double value = mean_area(curves, {});
    if (std::isnan(value)) return;
    const std::int64_t steps = result.rows * static_cast<std::int64_t>(curves.size());
    const auto affordable = std::max<std::int64_t>(kFewestRocResamples, kMostRocSteps / steps);
    options.resamples = static_cast<int>(std::min<std::int64_t>(options.resamples, affordable));
    Spread spread;
    Resamples(result.rows, options).each([&](std::span<const std::uint16_t> counts) {
        spread.add(mean_area(curves, counts));
    });
    result.roc_auc = spread.percentile(value);
}

}  // namespace

Classification evaluate_classification(std::span<const float> scores, std::span<const std::int32_t> labels,
                                       std::int64_t classes, const BootstrapOptions& options,
                                       int calibration_bins) {
    const std::vector<Row> rows = rows_of(scores, labels, classes, calibration_bins);
    std::vector<bool> right(rows.size());
    Figures all(classes, calibration_bins);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        right[i] =
            rows[i].cell % static_cast<std::uint32_t>(classes) == static_cast<std::uint32_t>(labels[i]);
        all.add(rows[i], right[i], 1);
    }
    const std::vector<bool> occurs = occurring(all.confusion, classes);

    Spread accuracy, loss, error, precision, recall, f1, weighted;
    struct OfClass {
        Spread precision, recall, f1;
    };
    std::vector<OfClass> of_class(static_cast<std::size_t>(classes));
    Figures drawn(classes, calibration_bins);
    Resamples(static_cast<std::int64_t>(rows.size()), options)
        .each([&](std::span<const std::uint16_t> counts) {
            drawn.clear();
            for (std::size_t i = 0; i < rows.size(); ++i)
                if (counts[i] != 0) drawn.add(rows[i], right[i], counts[i]);
            accuracy.add(drawn.correct / drawn.rows);
            loss.add(drawn.loss / drawn.rows);
            error.add(drawn.calibration_error());
            const auto figures = drawn.classes(classes);
            const Means means = means_of(figures, occurs);
            precision.add(means.precision);
            recall.add(means.recall);
            f1.add(means.f1);
            weighted.add(means.weighted_f1);
            for (std::size_t c = 0; c < figures.size(); ++c) {
                of_class[c].precision.add(figures[c].precision);
                of_class[c].recall.add(figures[c].recall);
                of_class[c].f1.add(figures[c].f1);
            }
        });

    Classification result;
    result.rows = static_cast<std::int64_t>(rows.size());
    result.accuracy = accuracy.percentile(all.correct / all.rows);
    result.cross_entropy = loss.percentile(all.loss / all.rows);
    result.calibration_error = error.mirrored(all.calibration_error());
    const auto figures = all.classes(classes);
    const Means means = means_of(figures, occurs);
    result.macro_precision = precision.percentile(means.precision);
    result.macro_recall = recall.percentile(means.recall);
    result.macro_f1 = f1.percentile(means.f1);
    result.weighted_f1 = weighted.percentile(means.weighted_f1);
    for (std::size_t c = 0; c < figures.size(); ++c) {
        ClassQuality quality;
        quality.rows = static_cast<std::int64_t>(figures[c].rows);
        for (std::size_t label = 0; label < figures.size(); ++label)
            quality.predicted += all.confusion[label * figures.size() + c];
        quality.precision = of_class[c].precision.percentile(figures[c].precision);
        quality.recall = of_class[c].recall.percentile(figures[c].recall);
        quality.f1 = of_class[c].f1.percentile(figures[c].f1);
        result.classes.push_back(quality);
    }
    for (std::size_t i = 0; i < all.bin_rows.size(); ++i) {
        result.calibration.push_back({static_cast<std::int64_t>(all.bin_rows[i]),
                                      ratio(all.bin_confidence[i], all.bin_rows[i]),
                                      ratio(all.bin_correct[i], all.bin_rows[i])});
    }
    result.confusion = all.confusion;
    measure_roc(result, scores, labels, classes, options);
    return result;
}

double macro_f1(std::span<const float> scores, std::span<const std::int32_t> labels, std::int64_t classes) {
    Figures all(classes, 1);
    for (const Row& row : rows_of(scores, labels, classes, 1)) all.add(row, false, 1);
    return means_of(all.classes(classes), occurring(all.confusion, classes)).f1;
}

}  // namespace o2v::model
