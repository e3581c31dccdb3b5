// Promotion: versions, lineage, the gate, what a kill or another process leaves.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "model/data/durable_file.hpp"
#include "tests/orchestrator/promoted_study.hpp"
#include "tests/orchestrator/small_disk.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using RegistryTest = PromotedStudyTest;

TEST_F(RegistryTest, PromotionMakesVersionsAndMovesCurrent) {
    complete(0.7, 0.7);
    complete(0.8, 0.8);
    const PromotedModel first = promote_as(0);
    EXPECT_EQ(first.version, 1);
    EXPECT_FALSE(first.already);
    EXPECT_EQ(first.compared, "");
    EXPECT_TRUE(promote_as(0).already);
    const PromotedModel second = promote_as(1);
    EXPECT_EQ(second.version, 2);
    EXPECT_EQ(fs::canonical(second.current), fs::canonical(second.path));
    EXPECT_EQ(data::read_whole(first.path + "/deep/weights"), "weights 0") << "the earlier version stays";
    EXPECT_EQ(data::read_whole(second.current + "/deep/weights"), "weights 1");
    EXPECT_THAT(versions().numbers(), ElementsAre(1, 2));
}

TEST_F(RegistryTest, TheLineageSaysWhereAModelComesFromAndNamesNoPlaceOrTime) {
    complete({{"validation:accuracy", 0.7}, {"test:accuracy", 0.6}, {"train:loss", std::nan("")}}, 0.25);
    promote_as(0);
    const json lineage = this->lineage(1);
    EXPECT_EQ(lineage.at("study"), "s");
    EXPECT_EQ(lineage.at("trial"), 0);
    EXPECT_EQ(lineage.at("seed"), 100);
    EXPECT_EQ(lineage.at("params"), (json{{"x", 0.25}}));
    EXPECT_EQ(lineage.at("fixed"), (json{{"epochs", 5}}));
    EXPECT_EQ(lineage.at("metrics").at("train:loss"), "nan");
    EXPECT_EQ(lineage.at("best_epoch"), 3);
    EXPECT_EQ(lineage.at("data").at("train"),
              (json{{"file", "train.jsonl"}, {"bytes", 3}, {"xxh3", "aa"}, {"pairs", 2}}));
    EXPECT_EQ(lineage.at("code").at("commit"), "c0ffee");
    EXPECT_EQ(lineage.at("code").at("o2v"), "9.9");
    EXPECT_EQ(lineage.at("versions"), (json{{"o2v", "0.1"}}));
    EXPECT_TRUE(lineage.at("refit").is_null());
    const Judged expected{"test", "cc", {{{"test:accuracy", Direction::maximize}, 0.6}}};
    EXPECT_EQ(judged_in(lineage), expected);
    EXPECT_THAT(lineage.dump(), testing::Not(HasSubstr(temporary_.path())));
    EXPECT_THAT(lineage.dump(), testing::Not(HasSubstr("/home/me")));

    const std::string bytes = data::read_whole(versions().version(1) + "/promotion.json");
    fs::remove_all(stored_.folder.models());
    promote_as(0);
    EXPECT_EQ(data::read_whole(versions().version(1) + "/promotion.json"), bytes);
}

TEST_F(RegistryTest, AWorseModelIsRefusedWithBothFiguresUnlessForced) {
    complete(0.8, 0.75);
    complete(0.9, 0.7);  // chosen by validation, and worse on the test set
    promote_as(0);
    EXPECT_THROW(promote_as(1), PromotionRefused);
    EXPECT_THAT(error_of(1), HasSubstr("trial 1 is worse than m's current model: test:accuracy 0.7 against "
                                       "0.75 of version 1 (trial 0) on the same test set"));
    EXPECT_THAT(error_of(1), HasSubstr("--force"));
    EXPECT_EQ(current(), 1);
    EXPECT_THAT(versions().numbers(), ElementsAre(1)) << "nothing was copied";
    EXPECT_EQ(promote_as(1, true).version, 2);
    EXPECT_EQ(current(), 2);
    const PromotedModel better = promote_as(0);
    EXPECT_EQ(better.version, 3);
    EXPECT_EQ(better.compared, "test:accuracy 0.75 against 0.7 of version 2 (trial 1) on the same test set");
}

TEST_F(RegistryTest, AsGoodPassesAndNaNIsWorseThanEveryNumber) {
    complete(0.8, 0.75);
    complete(0.7, 0.75);
    complete(0.9, std::nan(""));
    promote_as(0);
    EXPECT_EQ(promote_as(1).version, 2);
    EXPECT_THAT(error_of(2), HasSubstr("test:accuracy nan against 0.75"));
}

TEST_F(RegistryTest, WhatCannotBeComparedIsSaidAndPromoted) {
    complete(0.8, 0.9);
    complete(0.7, 0.1);
    promote_as(0);
    const auto with = [&](const char* what, auto change) {
        json changed = lineage(1);
        change(changed);
        data::write_durably(versions().version(1) + "/promotion.json", changed.dump());
        const std::string said = promote_as(1).compared;
        EXPECT_EQ(current(), 2) << what;
        versions().set_current(1);
        fs::remove_all(versions().version(2));
        return said;
    };
    EXPECT_THAT(with("data", [](json& l) { l["judged"]["xxh3"] = "dd"; }),
                HasSubstr("not compared with version 1 (trial 0): the test set is not the same (XXH3-128 cc "
                          "now, dd then)"));
    EXPECT_THAT(with("set", [](json& l) { l["judged"]["set"] = "validation"; }),
                HasSubstr("this one is judged on its test set, that one on its validation set"));
    EXPECT_THAT(with("goal",
                     [](json& l) {
                         l["judged"] = {{"set", "test"}, {"xxh3", "cc"}, {"goals", json::array()}};
                     }),
                HasSubstr("judged by other goals"));
    EXPECT_THAT(with("nothing", [](json& l) { l.erase("judged"); }), HasSubstr("no figure of that one"));
    data::write_durably(versions().version(1) + "/promotion.json", "{\"study\": ");
    EXPECT_THAT(promote_as(1).compared, HasSubstr("whose record cannot be read"));
}

TEST_F(RegistryTest, WithoutATestSetTheValidationSetDecides) {
    json without = hashes();
    without.erase("test");
    stored_.record.data_hashes = without.dump();
    complete({{"validation:accuracy", 0.8}});
    complete({{"validation:accuracy", 0.7}});
    complete({{"other", 0.7}});
    promote_as(0);
    EXPECT_THAT(error_of(1), HasSubstr("validation:accuracy 0.7 against 0.8 of version 1 (trial 0) on the "
                                       "same validation set"));
    EXPECT_THAT(promote_as(2).compared, HasSubstr("this one reports no validation:accuracy"));
}

TEST_F(RegistryTest, ARefitIsJudgedOnATestSetOnly) {
    complete(0.8, 0.75);
    Refit refit{stored_.folder.trial(0) + "/model", Completed{{{"test:accuracy", 0.77}}, 3, ""}, 4, hashes()};
    promote_as(0);
    const PromotionRequest request{0, "m"};
    const PromotedModel promoted = promote(stored_, request, refit);
    EXPECT_EQ(promoted.version, 2) << "the same trial, but not the same model";
    EXPECT_THAT(promoted.compared, HasSubstr("0.77 against 0.75"));
    EXPECT_EQ(lineage(2).at("refit"),
              (json{{"epochs", 4},
                    {"pairs", 2},
                    {"xxh3", "aa"},
                    {"metrics_before",
                     {{"validation:accuracy", 0.8}, {"test:accuracy", 0.75}, {"model_bytes", 8.0}}}}));
    EXPECT_TRUE(already_promoted(stored_, request, true));
    EXPECT_FALSE(already_promoted(stored_, request, false));

    json without = hashes();
    without.erase("test");
    stored_.record.data_hashes = without.dump();
    EXPECT_THAT(promote(stored_, {0, "n"}, refit).compared, "");
    complete(0.9, 0.9);
    EXPECT_THAT(promote(stored_, {1, "n"}, refit).compared, HasSubstr("can be compared on a test set only"));
}

TEST_F(RegistryTest, AnObjectiveWithoutDataIsItsOwnMeasure) {
    stored_.experiment.data = {};
    stored_.experiment.command.arguments = {"./train.sh"};
    stored_.record.data_hashes = "{}";
    complete({{"validation:accuracy", 0.8}});
    complete({{"validation:accuracy", 0.7}});
    promote_as(0);
    EXPECT_THAT(error_of(1), HasSubstr("on the same objective"));
    stored_.experiment.command.arguments = {"./other.sh"};
    EXPECT_THAT(promote_as(1).compared, HasSubstr("the objective is not the same"));
}

TEST_F(RegistryTest, PromotionOntoAFullDiskLeavesTheVersionThatIsThere) {
    const SmallDisk disk(stored_.folder.models(), 64);
    O2V_NEEDS_MOUNTED(disk);
    complete(0.7, 0.7);
    complete(0.8, 0.8);
    promote_as(0);
    const std::string filler = disk.fill();
    EXPECT_THROW(promote_as(1), StorageError);
    EXPECT_EQ(current(), 1);
    EXPECT_FALSE(fs::exists(versions().version(2)));
    fs::remove(filler);
    EXPECT_EQ(promote_as(1).version, 2);
}

TEST_F(RegistryTest, PromotionSaysWhyNot) {
    for (const double value : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}) complete(value, value);
    stored_.study.apply(TrialCreated{6, {}, 1});
    EXPECT_THAT(error_of(0), HasSubstr("only those of the best 5"));
    EXPECT_THAT(error_of(6), HasSubstr("has not completed: it is waiting"));
    EXPECT_THAT(error_of(7), HasSubstr("the study has 7"));
    EXPECT_THAT(error_of(-1), HasSubstr("there is no such trial"));
}

// What a kill leaves at each step of a promotion.
TEST_F(RegistryTest, APromotionThatWasKilledIsDoneByTheNextOne) {
    complete(0.7, 0.7);
    complete(0.8, 0.8);
    promote_as(0);
    promote_as(1);
    versions().set_current(1);  // killed before `current` was moved
    temporary_.write("study/models/m/3.tmp/half", "x");
    fs::create_directory_symlink("2", versions().current_link() + ".tmp");
    const PromotedModel again = promote_as(1);
    EXPECT_EQ(again.version, 2) << "the version that is whole is taken";
    EXPECT_FALSE(again.already);
    EXPECT_EQ(current(), 2);
    EXPECT_EQ(promote_as(0, true).version, 3);
    EXPECT_FALSE(fs::exists(versions().version(3) + "/half")) << "the half version is none";
}

// Kills a process in the midst of promotions, again and again, and looks at what is there.
TEST_F(RegistryTest, AfterAKillAtAnyMomentCurrentIsWhole) {
    complete(0.7, 0.7);
    complete(0.7, 0.7);
    promote_as(0);
    const auto before = std::chrono::steady_clock::now();
    promote_as(1);
    const auto took = std::chrono::steady_clock::now() - before;
    const std::size_t at_first = versions().numbers().size();
    constexpr int kRounds = 30;
    for (int round = 0; round < kRounds; ++round) {
        const pid_t child = fork();
        if (child == 0) {
            for (TrialId trial = 1;; trial = 1 - trial) promote_as(trial, true);
        }
        ASSERT_GT(child, 0);
        std::this_thread::sleep_for(took * (round + 1) / 10);  // up to three promotions
        // However slow the disk is, the last one gets as far as a version.
        for (int i = 0; round == kRounds - 1 && i < 6000 && versions().numbers().size() == at_first; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        ASSERT_TRUE(current()) << round;
        const json here = lineage(*current());
        EXPECT_EQ(data::read_whole(versions().version(*current()) + "/deep/weights"),
                  "weights " + here.at("trial").dump());
    }
    EXPECT_GT(versions().numbers().size(), at_first);
}

TEST_F(RegistryTest, PromotionsAtOnceMakeAVersionEach) {
    constexpr int kEach = 8;
    for (int i = 0; i < 4; ++i) complete(0.7, 0.7);
    std::vector<pid_t> children;
    for (TrialId trial = 0; trial < 4; ++trial) {
        children.push_back(fork());
        if (children.back() != 0) continue;
        for (int i = 0; i < kEach; ++i) promote_as(trial, true);
        _exit(0);
    }
    for (const pid_t child : children) {
        int status = -1;
        waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    const std::vector<int> numbers = versions().numbers();
    EXPECT_GE(numbers.size(), 4U);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        EXPECT_EQ(numbers[i], static_cast<int>(i) + 1);
        EXPECT_EQ(data::read_whole(versions().version(numbers[i]) + "/deep/weights"),
                  "weights " + lineage(numbers[i]).at("trial").dump());
    }
    EXPECT_EQ(current(), numbers.back());
}

TEST_F(RegistryTest, ARunThatStartsLeavesAPromotionInTheMakingAlone) {
    temporary_.write("study/models/m/1.tmp/half", "x");
    temporary_.write("study/models/n/1.tmp/half", "x");
    {
        const ModelLock promoting(versions());
        collect(stored_.folder, stored_.study);
        EXPECT_TRUE(fs::exists(versions().version(1) + ".tmp"));
        EXPECT_FALSE(fs::exists(stored_.folder.models() + "/n/1.tmp"));
    }
    collect(stored_.folder, stored_.study);
    EXPECT_FALSE(fs::exists(versions().version(1) + ".tmp"));
}

TEST_F(RegistryTest, ARollbackIsNotUndoneByTheEndOfARun) {
    complete(0.7, 0.7);
    complete(0.8, 0.8);
    promote_as(0);
    promote_as(1);
    const RolledBack moved = roll_back(versions(), std::nullopt);
    EXPECT_EQ(moved.from, 2);
    EXPECT_EQ(moved.to, 1);
    EXPECT_EQ(current(), 1);
    EXPECT_THAT(versions().withdrawn(), ElementsAre(2));
    EXPECT_THAT(error_of(1, true),
                HasSubstr("version 2 of m (trial 1) was rolled back and stays out of use"));
    EXPECT_EQ(current(), 1);
    EXPECT_EQ(promote_as(1).version, 2) << "asked for, it comes back";
    EXPECT_THAT(versions().withdrawn(), ElementsAre());
    EXPECT_TRUE(promote_as(1, false, true).already);
}

}  // namespace
}  // namespace o2v::orchestrator
