#include "worker/serve/batcher.hpp"

#include <gmock/gmock.h>

#include "tests/worker/serve/served_model.hpp"

namespace o2v::serve {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class BatcherTest : public ServedModelTest {
  protected:
    // A job whose answer comes as a future.
    Job job(answers::Queries queries, std::future<Answered>& answer,
            std::optional<model::MaxLengths> lengths = std::nullopt) {
        auto promise = std::make_shared<std::promise<Answered>>();
        answer = promise->get_future();
        return {model_,
                std::move(queries),
                lengths,
                [promise](Answered a) { promise->set_value(std::move(a)); },
                {}};
    }
    // A job that keeps its replica busy until `go_on` is fulfilled.
    Job blocking(std::shared_future<void> go_on, std::promise<void>& begun) {
        return {model_,
                pair(0),
                std::nullopt,
                [go_on, &begun](const Answered&) {
                    begun.set_value();
                    go_on.wait();
                },
                {}};
    }
    std::vector<float> scores(const Answered& answered) const {
        EXPECT_FALSE(answered.error);
        const auto row = (*answered.answers)[answered.begin];
        return {row.begin(), row.end()};
    }
    void expect_alone(const Answered& answered, const answers::Queries& queries) const {
        const auto alone = answers::answer(model_->predictor, queries);
        ASSERT_EQ(answered.end - answered.begin, alone.size());
        for (std::int64_t row = 0; row < alone.size(); ++row)
            for (std::size_t k = 0; k < alone[row].size(); ++k)
                EXPECT_NEAR((*answered.answers)[answered.begin + row][k], alone[row][k], 1e-6);
    }

    std::shared_ptr<const LoadedModel> model_ = load();
    ServiceMetrics metrics_;
};

TEST_F(BatcherTest, WhatWaitsIsComputedTogetherAndEachGetsItsOwnAnswer) {
    Batcher batcher({}, metrics_);
    std::promise<void> go_on, begun;
    ASSERT_TRUE(batcher.submit(blocking(go_on.get_future().share(), begun)));
    begun.get_future().wait();
    std::vector<std::future<Answered>> answers(10);
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(batcher.submit(job(pair(i), answers[static_cast<std::size_t>(i)])));
    go_on.set_value();
    for (int i = 0; i < 10; ++i) expect_alone(answers[static_cast<std::size_t>(i)].get(), pair(i));
    EXPECT_THAT(metrics_.batch_rows.text("b", "help"), HasSubstr("b_sum 11\nb_count 2\n"));
    EXPECT_EQ(metrics_.rows, 11U);
}

TEST_F(BatcherTest, PairsAndSingleSidesGoTogether) {
    Batcher batcher({}, metrics_);
    const std::vector<std::int32_t> ids{3, 4};
    answers::Queries mixed = pair(1), side;
    mixed.append(&ids, nullptr);
    mixed.append(nullptr, &ids);
    mixed.append(pair(2));
    side.append(nullptr, &ids);
    std::future<Answered> a, b;
    batcher.submit(job(mixed, a));
    batcher.submit(job(side, b));
    const Answered both = a.get();
    expect_alone(both, mixed);
    EXPECT_FALSE(both.answers->is_embedding(both.begin));
    EXPECT_TRUE(both.answers->is_embedding(both.begin + 1));
    expect_alone(b.get(), side);
}

TEST_F(BatcherTest, OtherLimitsAndLargerBatchesAreOnesOfTheirOwn) {
    BatcherOptions options;
    options.max_batch = 4;
    Batcher batcher(options, metrics_);
    std::promise<void> go_on, begun;
    batcher.submit(blocking(go_on.get_future().share(), begun));
    begun.get_future().wait();
    std::vector<std::future<Answered>> answers(7);
    for (std::size_t i = 0; i < 6; ++i) batcher.submit(job(pair(8), answers[i]));  // batches of 4 and 2
    batcher.submit(job(pair(8), answers[6], model::MaxLengths{1, 1}));
    go_on.set_value();
    const std::vector<float> usual = scores(answers[5].get()), cut = scores(answers[6].get());
    EXPECT_NE(usual, cut) << "only the first token of in0 counts there";
    EXPECT_THAT(metrics_.batch_rows.text("b", "help"), HasSubstr("b_sum 8\nb_count 4\n"));
}

TEST_F(BatcherTest, ABatchIsFilledForItsDelay) {
    BatcherOptions options;
    options.delay = 30s;
    options.max_batch = 3;
    Batcher batcher(options, metrics_);
    std::vector<std::future<Answered>> answers(3);
    for (int i = 0; i < 2; ++i) batcher.submit(job(pair(i), answers[static_cast<std::size_t>(i)]));
    EXPECT_EQ(answers[0].wait_for(100ms), std::future_status::timeout);
    batcher.submit(job(pair(2), answers[2]));
    for (int i = 0; i < 3; ++i) expect_alone(answers[static_cast<std::size_t>(i)].get(), pair(i));
    EXPECT_THAT(metrics_.batch_rows.text("b", "help"), HasSubstr("b_sum 3\nb_count 1\n"));
}

TEST_F(BatcherTest, WhatDoesNotFitTheQueueIsRefusedButOneIsAlwaysTaken) {
    BatcherOptions options;
    options.queue_rows = 3;
    Batcher batcher(options, metrics_);
    std::promise<void> go_on, begun;
    batcher.submit(blocking(go_on.get_future().share(), begun));
    begun.get_future().wait();
    std::vector<std::future<Answered>> answers(4);
    answers::Queries five;
    for (int i = 0; i < 5; ++i) five.append(pair(i));
    EXPECT_TRUE(batcher.submit(job(five, answers[0]))) << "none waited";
    EXPECT_EQ(metrics_.queue_rows, 5);
    EXPECT_FALSE(batcher.submit(job(pair(1), answers[1])));
    go_on.set_value();
    expect_alone(answers[0].get(), five);
    EXPECT_TRUE(batcher.submit(job(pair(1), answers[2])));
    answers[2].get();
    EXPECT_EQ(metrics_.queue_rows, 0);
}

TEST_F(BatcherTest, WhatCannotBeComputedIsAnErrorOfItsOwnJobs) {
    Batcher batcher({}, metrics_);
    const std::vector<std::int32_t> wrong{kVocabulary};
    answers::Queries queries;
    queries.append(&wrong, nullptr);
    std::future<Answered> a, b;
    batcher.submit(job(queries, a));
    EXPECT_TRUE(a.get().error);
    batcher.submit(job(pair(1), b));
    EXPECT_FALSE(b.get().error);
}

TEST_F(BatcherTest, WhatWaitsAtTheEndIsAnswered) {
    std::vector<std::future<Answered>> answers(20);
    {
        BatcherOptions options;
        options.replicas = 3;
        options.delay = 30s;
        Batcher batcher(options, metrics_);
        for (int i = 0; i < 20; ++i) batcher.submit(job(pair(i), answers[static_cast<std::size_t>(i)]));
    }
    for (int i = 0; i < 20; ++i) expect_alone(answers[static_cast<std::size_t>(i)].get(), pair(i));
}

}  // namespace
}  // namespace o2v::serve
