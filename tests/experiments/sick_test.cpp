#include "experiments/prepare/sick.hpp"

#include <gmock/gmock.h>

#include "search/study/errors.hpp"
#include "tests/experiments/folder_fixture.hpp"

namespace o2v::prepare {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHeading = "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n";

class SickTest : public FolderTest {
  protected:
    void SetUp() override {
        write("sick/SICK_train.txt", std::string(kHeading) +
                                         "1\tA dog runs\tA dog isn't running\t3.5\tCONTRADICTION\r\n"
                                         "2\tA cat sleeps\tThe cat sleeps\t5\tENTAILMENT\n");
        write("sick/SICK_trial.txt",
              std::string(kHeading) + "4\tA dog sleeps\tThe dog runs\t2.25\tNEUTRAL\n");
        write("sick/SICK_test_annotated.txt", std::string(kHeading) + "6\tA cat\tA bird\t1\tNEUTRAL\n");
        options_.source = path("sick");
    }
    std::string failure() {
        try {
            prepare_sick(options_, SickTask::entailment, path("out"));
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }
    SickOptions options_;
};

TEST_F(SickTest, EntailmentHasThreeClassesAndOneVocabulary) {
    prepare_sick(options_, SickTask::entailment, path("out"));
    EXPECT_EQ(read("out/vocabulary.json"),
              "{\n\"<pad>\": 0,\n\"<unk>\": 1,\n\"a\": 2,\n\"cat\": 3,\n\"dog\": 4,\n\"sleeps\": 5\n}\n");
    EXPECT_EQ(read("out/train.jsonl"),
              "{\"label\":0,\"in0\":[2,4,1],\"in1\":[2,4,1,1]}\n"
              "{\"label\":1,\"in0\":[2,3,5],\"in1\":[1,3,5]}\n");
    EXPECT_EQ(read("out/validation.jsonl"), "{\"label\":2,\"in0\":[2,4,5],\"in1\":[1,4,1]}\n");
    EXPECT_EQ(read("out/test.jsonl"), "{\"label\":2,\"in0\":[2,3],\"in1\":[2,1]}\n");
    EXPECT_EQ(json::parse(read("out/labels.json")), (json{"CONTRADICTION", "ENTAILMENT", "NEUTRAL"}));
    EXPECT_THAT(read("out/README.txt"), HasSubstr("BY-NC-SA"));
}

TEST_F(SickTest, RelatednessTrainsInBothDirections) {
    options_.min_count = 1;
    prepare_sick(options_, SickTask::relatedness, path("out"));
    const auto train = records("out/train.jsonl");
    ASSERT_EQ(train.size(), 4u);
    for (const std::size_t i : {0u, 2u}) {
        EXPECT_EQ(train[i]["label"], train[i + 1]["label"]);
        EXPECT_EQ(train[i]["in0"], train[i + 1]["in1"]);
        EXPECT_EQ(train[i]["in1"], train[i + 1]["in0"]);
    }
    EXPECT_EQ(train[0]["label"], 3.5);
    EXPECT_EQ(records("out/validation.jsonl").size(), 1u);
    EXPECT_EQ(records("out/test.jsonl")[0]["label"], 1);
    EXPECT_FALSE(std::filesystem::exists(path("out/labels.json")));
}

TEST_F(SickTest, IsDoneAgainOnlyWhenSomethingChanged) {
    prepare_sick(options_, SickTask::entailment, path("out"));
    EXPECT_TRUE(prepare_sick(options_, SickTask::entailment, path("out")).was_up_to_date);
    EXPECT_FALSE(prepare_sick(options_, SickTask::relatedness, path("out")).was_up_to_date);
}

TEST_F(SickTest, BadLinesAreAllNamedWithPlaceFieldAndValue) {
    write("sick/SICK_trial.txt",
          std::string(kHeading) + "1\ta\tb\t6\tNEUTRAL\n1\ta\tb\t2\tMAYBE\n1\ta\tb\n1\t-\tb\t2\tNEUTRAL\n");
    const std::string message = failure();
    EXPECT_THAT(message, HasSubstr("SICK_trial.txt:2: relatedness_score = 6"));
    EXPECT_THAT(message, HasSubstr("SICK_trial.txt:3: entailment_judgment = MAYBE"));
    EXPECT_THAT(message, HasSubstr("SICK_trial.txt:4 = 3 fields"));
    EXPECT_THAT(message, HasSubstr("SICK_trial.txt:5: sentence_A = -"));
    EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(SickTest, AMissingFileSaysWhereToDownload) {
    options_.source = path("nowhere");
    EXPECT_THAT(failure(), HasSubstr("zenodo.org"));
}

}  // namespace
}  // namespace o2v::prepare
