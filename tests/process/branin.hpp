// A study of a synthetic objective on one slot, whose trials are the same however often it is interrupted.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/branin_space.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {

class BraninTest : public testing::Test {
  protected:
    // So many trials of five epochs, with a checkpoint after each epoch.
    std::string experiment(int trials, double epoch_seconds = 0, const nlohmann::json& more = {}) {
        nlohmann::json j{
            {"name", "branin"},
            {"problem", "branin"},
            {"fixed", {{"epochs", 5}, {"epoch_seconds", epoch_seconds}, {"checkpoint_seconds", 0}}},
            {"objective", {{"metric", "validation:loss"}}},
            {"search", {{"strategy", "random"}, {"seed", 3}, {"space", branin_space()}}},
            {"pruner", {{"type", "median"}, {"startup_trials", 3}}},
            {"budget", {{"trials", trials}}},
            {"resources", {{"slots", 1}}}};
        if (more.is_object()) j.merge_patch(more);
        return folder_.write("branin.json", j.dump(2));
    }
    nlohmann::json leaderboard(const std::string& run) {
        const Finished finished = run_tune(folder_.path(), {"leaderboard", run, "--all", "--format", "json"});
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        return nlohmann::json::parse(finished.out);
    }
    // What the trials are, without what a machine's speed decides.
    nlohmann::json essence(const std::string& run) { return without_measured(leaderboard(run)); }
    Finished run(const std::string& file, const std::string& out) {
        return run_tune(folder_.path(), {"run", file, "--out", out});
    }

    TemporaryFolder folder_;
};

}  // namespace o2v
