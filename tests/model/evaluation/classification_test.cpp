#include "model/evaluation/classification.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "model/evaluation/roc_curve.hpp"

namespace o2v::model {
namespace {

constexpr BootstrapOptions kNone{0, 1};

// Labels 0 0 1 1 2 predicted as 0 1 1 1 0; class 3 is nobody's.
struct FiveRows {
    std::vector<float> scores = {0.7f, 0.1f, 0.2f, 0,  //
                                 0.2f, 0.5f, 0.3f, 0,  //
                                 0.1f, 0.8f, 0.1f, 0,  //
                                 0.3f, 0.4f, 0.3f, 0,  //
                                 0.6f, 0.2f, 0.2f, 0};
    std::vector<std::int32_t> labels = {0, 0, 1, 1, 2};
};

TEST(Classification, FiguresOfFiveRowsByHand) {
    const FiveRows five;
    const Classification got = evaluate_classification(five.scores, five.labels, 4, kNone);
    EXPECT_EQ(got.rows, 5);
    EXPECT_DOUBLE_EQ(got.accuracy.value, 0.6);
    EXPECT_EQ(got.confusion, (std::vector<std::int64_t>{1, 1, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_DOUBLE_EQ(got.classes[0].precision.value, 0.5);
    EXPECT_DOUBLE_EQ(got.classes[0].recall.value, 0.5);
    EXPECT_DOUBLE_EQ(got.classes[1].precision.value, 2.0 / 3);
    EXPECT_DOUBLE_EQ(got.classes[1].recall.value, 1);
    EXPECT_DOUBLE_EQ(got.classes[1].f1.value, 0.8);
    EXPECT_EQ(got.classes[2].rows, 1);
    EXPECT_EQ(got.classes[2].predicted, 0);
    EXPECT_DOUBLE_EQ(got.classes[2].precision.value, 0) << "nothing was given class 2";
    // Class 3 has neither rows nor predictions: it is in no mean.
    EXPECT_DOUBLE_EQ(got.macro_f1.value, (0.5 + 0.8 + 0) / 3);
    EXPECT_DOUBLE_EQ(got.macro_precision.value, (0.5 + 2.0 / 3) / 3);
    EXPECT_DOUBLE_EQ(got.macro_recall.value, 1.5 / 3);
    EXPECT_DOUBLE_EQ(got.weighted_f1.value, (2 * 0.5 + 2 * 0.8) / 5);
    EXPECT_NEAR(got.cross_entropy.value,
                -(std::log(0.7) + std::log(0.2) + std::log(0.8) + std::log(0.4) + std::log(0.2)) / 5, 1e-7);
    EXPECT_DOUBLE_EQ(macro_f1(five.scores, five.labels, 4), got.macro_f1.value);
    EXPECT_DOUBLE_EQ(got.accuracy.low, 0.6) << "without resamples there is no interval";
}

TEST(Classification, RocAreaOfTheRestCountsTiesHalf) {
    const FiveRows five;
    const Classification got = evaluate_classification(five.scores, five.labels, 4, kNone);
    // Class 0: 0.7, 0.2 against 0.1, 0.3, 0.6: 3 + 1 of 6. Class 1: 0.8, 0.4 against 0.1, 0.5, 0.2: 3 + 2
    // of 6. Class 2: 0.2 against 0.2, 0.3, 0.1, 0.3: half and one of 4.
    EXPECT_DOUBLE_EQ(*got.classes[0].roc_auc, 4.0 / 6);
    EXPECT_DOUBLE_EQ(*got.classes[1].roc_auc, 5.0 / 6);
    EXPECT_DOUBLE_EQ(*got.classes[2].roc_auc, 1.5 / 4);
    EXPECT_FALSE(got.classes[3].roc_auc);
    EXPECT_DOUBLE_EQ(got.roc_auc->value, (4.0 / 6 + 5.0 / 6 + 1.5 / 4) / 3);
}

TEST(Classification, OfTwoClassesTheRocAreaIsTheSecondOnes) {
    const std::vector<float> scores = {0.9f, 0.1f, 0.4f, 0.6f, 0.6f, 0.4f, 0.2f, 0.8f};
    const std::vector<std::int32_t> labels = {0, 0, 1, 1};
    const Classification got = evaluate_classification(scores, labels, 2, kNone);
    EXPECT_DOUBLE_EQ(got.roc_auc->value, 0.75);
    const std::vector<std::int32_t> one_class = {1, 1, 1, 1};
    EXPECT_FALSE(evaluate_classification(scores, one_class, 2).roc_auc);
}

TEST(Classification, CalibrationByHand) {
    // Confidences 0.75 and 0.75, one right; 0.5 (the end of its bin), right. Four bins.
    const std::vector<float> scores = {0.75f, 0.25f, 0.25f, 0.75f, 0.5f, 0.5f};
    const std::vector<std::int32_t> labels = {0, 0, 0};
    const Classification got = evaluate_classification(scores, labels, 2, kNone, 4);
    ASSERT_EQ(got.calibration.size(), 4u);
    EXPECT_EQ(got.calibration[1].rows, 1);
    EXPECT_EQ(got.calibration[2].rows, 2);
    EXPECT_DOUBLE_EQ(got.calibration[2].accuracy, 0.5);
    EXPECT_NEAR(got.calibration_error.value, (2 * 0.25 + 0.5) / 3, 1e-12);
}

TEST(RocArea, CountsRowsAsOftenAsTheyWereDrawn) {
    const std::vector<float> scores = {1, 2, 2, 3};
    const std::vector<std::int32_t> labels = {0, 1, 0, 1};
    const RocArea curve(scores.data(), 1, labels, 1);
    EXPECT_DOUBLE_EQ(*curve.area(), (1.5 + 2) / 4);
    const std::vector<std::uint16_t> counts = {3, 2, 1, 0};
    EXPECT_DOUBLE_EQ(*curve.area(counts), (2 * (3 + 0.5)) / 8);
    const std::vector<std::uint16_t> no_positive = {1, 0, 1, 0};
    EXPECT_FALSE(curve.area(no_positive));
}

// Rows whose classes are guessed with a known accuracy.
struct Guesses {
    std::vector<float> scores;
    std::vector<std::int32_t> labels;
    Guesses(int rows, double accuracy, std::uint64_t seed) {
        std::mt19937_64 random(seed);
        std::uniform_real_distribution<double> uniform;
        for (int i = 0; i < rows; ++i) {
            const auto label = static_cast<std::int32_t>(random() % 2);
            const bool right = uniform(random) < accuracy;
            const auto sure = static_cast<float>(accuracy);
            const float one = (label == 1) == right ? sure : 1 - sure;
            scores.insert(scores.end(), {1 - one, one});
            labels.push_back(label);
        }
    }
};

TEST(Classification, IntervalsAreTheSameForTheSameSeed) {
    const Guesses guesses(300, 0.8, 1);
    const auto once = evaluate_classification(guesses.scores, guesses.labels, 2, {200, 5});
    const auto again = evaluate_classification(guesses.scores, guesses.labels, 2, {200, 5});
    const auto other = evaluate_classification(guesses.scores, guesses.labels, 2, {200, 6});
    EXPECT_EQ(once.macro_f1.low, again.macro_f1.low);
    EXPECT_EQ(once.roc_auc->high, again.roc_auc->high);
    EXPECT_NE(once.macro_f1.low, other.macro_f1.low);
}

// An interval of 95 % holds the true accuracy 0.8 in about 190 of 200 sets; fewer than 175 are below five
// standard deviations of that binomial (3.1), and fixed seeds leave nothing to chance.
TEST(Classification, IntervalsHoldTheTruthAsOftenAsTheySay) {
    int holds = 0, calibrated = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Guesses guesses(400, 0.8, seed);
        const auto got = evaluate_classification(guesses.scores, guesses.labels, 2, {300, seed});
        holds += got.accuracy.low <= 0.8 && 0.8 <= got.accuracy.high ? 1 : 0;
        calibrated += got.calibration_error.low < 0.02 ? 1 : 0;
        EXPECT_LE(got.accuracy.low, got.accuracy.value);
        EXPECT_GE(got.accuracy.high, got.accuracy.value);
    }
    EXPECT_GE(holds, 175);
    EXPECT_LE(holds, 200);
    EXPECT_GE(calibrated, 175) << "a calibrated model's error may be none";
}

}  // namespace
}  // namespace o2v::model
