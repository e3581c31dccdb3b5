// A model that is replaced while it answers.
#include "worker/serve/model_source.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/worker/serve/served_model.hpp"
#include "worker/answers/items.hpp"

namespace o2v::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

class ModelSourceTest : public ServedModelTest {
  protected:
    // Of in1 sequences.
    void make_index(const std::string& version, std::vector<std::vector<std::int32_t>> items) const {
        const std::string folder = version_folder(version);
        const model::Predictor predictor(folder);
        model::IndexedItems indexed{1, model::fingerprint_of_model(folder), {}, {}};
        for (const auto& ids : items) {
            indexed.names.push_back("item " + std::to_string(ids.front()));
            indexed.tokens.append(ids);
        }
        const model::Matrix embeddings = predictor.embed(1, indexed.tokens);
        const model::NeighborIndex index({embeddings.values.data(), embeddings.rows, embeddings.columns}, {});
        model::write_index(answers::default_index(folder, 1), index, indexed);
    }
    // Within ten seconds; what answers then.
    std::shared_ptr<const LoadedModel> after_reloads(std::uint64_t reloads) const {
        for (int i = 0; i < 1000 && metrics_.reloads < reloads; ++i) std::this_thread::sleep_for(10ms);
        EXPECT_EQ(metrics_.reloads, reloads);
        for (int i = 0; i < 100 && said().size() < reloads; ++i) std::this_thread::sleep_for(10ms);
        std::this_thread::sleep_for(20ms);
        return source_->current();
    }
    std::vector<std::string> said() const {
        const std::lock_guard lock(mutex_);
        return said_;
    }
    void start() {
        source_.emplace(ModelSourceOptions{current(), "cpu", "", "", 5ms,
                                           [this](const std::string& text) {
                                               const std::lock_guard lock(mutex_);
                                               said_.push_back(text);
                                           }},
                        metrics_);
    }

    mutable std::mutex mutex_;
    std::vector<std::string> said_;
    ServiceMetrics metrics_;
    std::optional<ModelSource> source_;
};

TEST_F(ModelSourceTest, AnIndexMadeWhileItAnswersIsTakenUp) {
    start();
    const auto before = source_->current();
    EXPECT_FALSE(before->items);
    make_index("1", {{2}});
    const auto with_one = after_reloads(1);
    ASSERT_TRUE(with_one->items);
    EXPECT_EQ(with_one->items->index.count(), 1);
    make_index("1", {{2}, {3}, {4}});
    const auto with_three = after_reloads(2);
    ASSERT_TRUE(with_three->items);
    EXPECT_EQ(with_three->items->index.count(), 3);
    EXPECT_THAT(said(), ElementsAre("its new index answers now", "its new index answers now"));
    EXPECT_FALSE(before->items);  // what answers from it goes on with it
}

TEST_F(ModelSourceTest, ADamagedIndexIsSaidOnceAndTheModelAnswers) {
    make_index("1", {{2}, {3}});
    start();
    ASSERT_TRUE(source_->current()->items);
    std::ofstream(answers::default_index(version_folder("1"), 1) + "/index.json") << "{";
    EXPECT_FALSE(after_reloads(1)->items);
    std::this_thread::sleep_for(50ms);
    EXPECT_THAT(said(), ElementsAre(StartsWith("no neighbors: "), "it has no index now"));
}

TEST_F(ModelSourceTest, AVersionThatCannotBeReadIsLeftOutAndTheNextOneTaken) {
    start();
    save("2", 2);
    std::ofstream(version_folder("2") + "/config.json") << "{";
    make_current("2");
    for (int i = 0; i < 1000 && said().empty(); ++i) std::this_thread::sleep_for(10ms);
    EXPECT_THAT(said(), ElementsAre(StartsWith("a new version is left out: ")));
    EXPECT_EQ(source_->current()->version, "1");
    save("3", 3);
    make_index("3", {{2}});
    make_current("3");
    const auto third = after_reloads(1);
    EXPECT_EQ(third->version, "3");
    EXPECT_TRUE(third->items);
    EXPECT_THAT(said().back(), HasSubstr("version 3 answers now"));
}

}  // namespace
}  // namespace o2v::serve
