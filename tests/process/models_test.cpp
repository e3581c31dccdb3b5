// Promotion and the models commands as a person uses them, on a command that leaves a model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class ModelsTest : public testing::Test {
  protected:
    // Trials of x = 1, 2, ...: the loss is 10 - x, so each is better than the one before.
    std::string experiment(int trials, const json& more = json::object()) {
        folder_.write("train.sh",
                      "#!/bin/sh\necho $1 > $O2V_CHECKPOINT_DIR/weights\necho loss=$((10 - $1))\n");
        fs::permissions(folder_.file("train.sh"), fs::perms::owner_all);
        json j = json::parse(R"json({
            "name": "mine",
            "objective": {"command": ["./train.sh", "{x}"], "metric": "loss", "direction": "minimize",
                          "metrics": [{"name": "loss", "regex": "^loss=(\\S+)"}]},
            "search": {"strategy": "grid", "grid_points": 9,
                       "space": {"x": {"type": "int", "min": 1, "max": 9}}},
            "resources": {"slots": 1},
            "promote": {"as": "best"}})json");
        j["budget"] = {{"trials", trials}};
        j.merge_patch(more);
        return folder_.write("mine.json", j.dump());
    }
    Finished tune(std::vector<std::string> arguments) {
        return run_tune(folder_.path(), std::move(arguments));
    }
    std::string current() const {
        return fs::read_symlink(folder_.file("runs/mine/models/best/current")).string();
    }

    TemporaryFolder folder_;
};

TEST_F(ModelsTest, ARunPromotesItsBestAndVersionsAreListedShownComparedAndRolledBack) {
    const Finished first = tune({"run", experiment(2)});
    ASSERT_EQ(first.exit_code, 0) << first.err;
    EXPECT_THAT(first.out, HasSubstr("promoted: runs/mine/models/best/current (version 1)"));
    const Finished second = tune({"run", experiment(3), "--extend"});
    ASSERT_EQ(second.exit_code, 0) << second.err;
    EXPECT_THAT(second.out,
                HasSubstr("promotion: loss 7 against 8 of version 1 (trial 1) on the same objective"));
    EXPECT_THAT(second.out, HasSubstr("(version 2)"));

    const Finished list = tune({"models", "list"});
    EXPECT_THAT(list.out, testing::ContainsRegex("[*] +best +2 +mine +2 +loss +7 "));
    const json versions = json::parse(tune({"models", "list", "best", "--json"}).out);
    ASSERT_EQ(versions.size(), 2U);
    EXPECT_EQ(versions[0].at("value"), 8);
    EXPECT_EQ(versions[1].at("current"), true);
    EXPECT_THAT(tune({"models", "show", "best"}).out, HasSubstr("best version 2 (current)"));
    EXPECT_EQ(json::parse(tune({"models", "show", "mine", "--version", "1", "--json"}).out).at("trial"), 1);
    EXPECT_THAT(tune({"models", "diff", "best", "1"}).out, HasSubstr("x  2  ->  3"));
    EXPECT_EQ(json::parse(tune({"models", "diff", "best", "2", "1", "--json"}).out)
                  .at("differences")
                  .at("metrics")
                  .at("loss"),
              (json{7, 8}));

    const Finished back = tune({"models", "rollback", "best"});
    EXPECT_EQ(back.exit_code, 0) << back.err;
    EXPECT_EQ(back.out, "runs/mine/models/best/current is version 1, after version 2\n");
    const Finished again = tune({"run", folder_.file("mine.json")});
    EXPECT_EQ(again.exit_code, 0) << "what the gate keeps back is no failure";
    EXPECT_THAT(again.out, HasSubstr("was rolled back and stays out of use"));
    EXPECT_EQ(current(), "1");
    EXPECT_EQ(tune({"promote", "--run", "mine"}).exit_code, 0);
    EXPECT_EQ(current(), "2");
}

TEST_F(ModelsTest, AWorseTrialIsRefusedWithExitCodeOneUnlessForced) {
    ASSERT_EQ(tune({"run", experiment(3)}).exit_code, 0);
    const Finished refused = tune({"promote", "0", "--run", "mine"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("loss 9 against 7 of version 1 (trial 2)"));
    EXPECT_EQ(current(), "1");
    EXPECT_EQ(json::parse(tune({"promote", "0", "--run", "mine", "--force", "--json"}).out).at("version"), 2);
    EXPECT_EQ(current(), "2");
    EXPECT_EQ(tune({"promote", "0", "--run", "mine", "--as", "other"}).exit_code, 0)
        << "it has no rival there";
    const Finished quiet = tune({"run", experiment(3), "--quiet"});
    EXPECT_EQ(quiet.exit_code, 0);
}

// A run whose best trial is worse than what somebody has put in its place.
TEST_F(ModelsTest, ARunWhoseBestIsWorseSaysSoAndEndsWell) {
    ASSERT_EQ(tune({"run", experiment(1)}).exit_code, 0);
    const std::string record = folder_.file("runs/mine/models/best/1/promotion.json");
    json better = json::parse(std::ifstream(record));
    better["trial"] = 7;
    better["judged"]["goals"][0]["value"] = 0.5;
    std::ofstream(record) << better.dump();
    for (const char* how : {"--json", "--quiet", ""}) {
        std::vector<std::string> arguments{"run", folder_.file("mine.json")};
        if (*how) arguments.push_back(how);
        const Finished run = tune(arguments);
        EXPECT_EQ(run.exit_code, 0) << run.err;
        EXPECT_THAT(run.out, HasSubstr("loss 9 against 0.5 of version 1 (trial 7)")) << how;
    }
    EXPECT_EQ(current(), "1");
}

TEST_F(ModelsTest, AnExportIsWhatItSaysItIs) {
    ASSERT_EQ(tune({"run", experiment(1)}).exit_code, 0);
    const Finished folder = tune({"models", "export", "best", "--output", "out"});
    EXPECT_EQ(folder.exit_code, 0) << folder.err;
    EXPECT_THAT(folder.out, HasSubstr("best version 1 is in out:\n"));
    EXPECT_THAT(folder.out, HasSubstr("promotion.json"));
    EXPECT_TRUE(fs::exists(folder_.file("out/weights")));
    EXPECT_EQ(tune({"models", "export", "best", "--output", "out"}).exit_code, 2) << "it is there";
    EXPECT_EQ(tune({"models", "export", "best", "--output", "m.tar.gz"}).exit_code, 0);
    fs::create_directories(folder_.file("bucket"));
    EXPECT_EQ(tune({"models", "export", "best", "--sagemaker", "--output", "bucket"}).exit_code, 0);
    EXPECT_TRUE(fs::exists(folder_.file("bucket/model.tar.gz")));
    EXPECT_EQ(tune({"models", "export", "best", "--sagemaker", "--output", "model"}).exit_code, 2);
}

TEST_F(ModelsTest, BadInputIsTwoAndNamesWhatThereIs) {
    EXPECT_THAT(tune({"models", "list"}).out, HasSubstr("no model is promoted"));
    EXPECT_EQ(tune({"models", "list", "--json"}).out, "[]\n");
    ASSERT_EQ(tune({"run", experiment(1)}).exit_code, 0);
    const Finished unknown = tune({"models", "show", "bestt"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("did you mean best?"));
    EXPECT_EQ(tune({"models"}).exit_code, 2);
    EXPECT_EQ(tune({"models", "show", "best", "--version", "0"}).exit_code, 2);
    EXPECT_EQ(tune({"models", "show", "best", "--version", "4"}).exit_code, 2);
    EXPECT_EQ(tune({"models", "diff", "best", "1", "4"}).exit_code, 2);
    EXPECT_EQ(tune({"models", "rollback", "best"}).exit_code, 2);
    EXPECT_EQ(tune({"promote", "0", "--as", "../x"}).exit_code, 2);
    EXPECT_EQ(tune({"promote", "9"}).exit_code, 2);
    const Finished refit = tune({"promote", "0", "--refit"});
    EXPECT_EQ(refit.exit_code, 2);
    EXPECT_THAT(refit.err, HasSubstr("its objective does not train on /data"));
    std::ofstream(folder_.file("runs/mine/models/best/1/promotion.json")) << "{";
    const Finished damaged = tune({"models", "show", "best"});
    EXPECT_EQ(damaged.exit_code, 1);
    EXPECT_THAT(damaged.err, HasSubstr("promotion.json: is damaged"));
    EXPECT_EQ(tune({"models", "list"}).exit_code, 0);
}

TEST_F(ModelsTest, EveryCommandTeachesWithAnExample) {
    for (const char* command : {"list", "show", "diff", "rollback", "export"}) {
        const Finished help = tune({"models", command, "--help"});
        EXPECT_EQ(help.exit_code, 0);
        EXPECT_THAT(help.out, testing::ContainsRegex("Examples?:\n  o2v-tune models ")) << command;
    }
}

}  // namespace
}  // namespace o2v
