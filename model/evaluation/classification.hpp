// How good a model's classes are, as its users judge it. No LibTorch: plain arrays of scores and labels.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/evaluation/bootstrap.hpp"

namespace o2v::model {

struct ClassQuality {
    std::int64_t rows = 0;       // with this label
    std::int64_t predicted = 0;  // given this class
    // Of the rows given this class, those that have it; of the rows that have it, those given it; their
    // harmonic mean. Each is 0 where nothing would be divided.
    Estimate precision, recall, f1;
    // The chance that a row of this class has a higher score for it than a row of another, ties half.
    // Missing when all rows, or none, are of this class.
    std::optional<double> roc_auc;
};

struct CalibrationBin {
    std::int64_t rows = 0;
    double confidence = 0, accuracy = 0;  // means over the bin's rows; 0 without rows
};

struct Classification {
    std::int64_t rows = 0;
    Estimate accuracy;
    Estimate cross_entropy;  // mean -log of the true class's probability, which counts as at least 1e-12
    // Means over the classes that are some row's label or prediction; weighted: by their numbers of rows.
    Estimate macro_precision, macro_recall, macro_f1, weighted_f1;
    // Two classes: of class 1. More: the mean of each class against the rest. Missing when no class has
    // rows and others do too.
    std::optional<Estimate> roc_auc;
    // The expected calibration error (Naeini et al. 2015): mean distance of confidence, the best class's
    // probability, and accuracy over `calibration`'s bins of equal width, weighted by their rows.
    Estimate calibration_error;
    std::vector<CalibrationBin> calibration;
    std::vector<ClassQuality> classes;
    std::vector<std::int64_t> confusion;  // [label * classes + prediction], rows
};

// scores: a row's `classes` probabilities side by side, all finite; the first of equal best ones is the
// prediction. Classes without predictions and labels are left out of means. Bootstrapped ROC-AUCs take fewer
// resamples on large sets (at least 200).
// REQUIRES: labels from 0 to classes - 1, not empty; scores.size() = labels.size() * classes; classes > 1.
Classification evaluate_classification(std::span<const float> scores, std::span<const std::int32_t> labels,
                                       std::int64_t classes, const BootstrapOptions& options = {},
                                       int calibration_bins = 15);

// Only the mean over classes of F1, without an interval. REQUIRES: as above.
double macro_f1(std::span<const float> scores, std::span<const std::int32_t> labels, std::int64_t classes);

}  // namespace o2v::model
