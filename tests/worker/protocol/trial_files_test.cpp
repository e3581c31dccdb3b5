#include "worker/protocol/trial_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::protocol {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class TrialFilesTest : public testing::Test {
  protected:
    fs::path trial(int number) const { return folder_.file("trial-" + std::to_string(number)); }
    // Below the folder of trials, without those that lead to others.
    std::vector<std::string> leaves() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
            if (!entry.is_directory() || entry.is_symlink() || fs::is_empty(entry))
                found.push_back(fs::relative(entry.path(), folder_.path()).string());
        return found;
    }

    TemporaryFolder folder_;
};

TEST_F(TrialFilesTest, WhatIsClearedAwayServesALaterTrialEmpty) {
    const TrialFiles first(trial(1));
    folder_.write("trial-1/saved/deep/model", "x");
    folder_.write("trial-1/output.log", "x");
    folder_.write("trial-1/own/file", "x");
    clear_away(trial(1));
    EXPECT_THAT(leaves(), ElementsAre(".spare-0/saved"));
    const TrialFiles second(trial(2));
    EXPECT_THAT(leaves(), ElementsAre("trial-2/saved"));
    EXPECT_FALSE(second.has_saved());
}

TEST_F(TrialFilesTest, ATrialThatGoesOnKeepsItsFolderThoughThereIsASpareOne) {
    const TrialFiles first(trial(1)), second(trial(2));
    folder_.write("trial-2/saved/model", "x");
    clear_away(trial(1));
    EXPECT_TRUE(TrialFiles(trial(2)).has_saved());
    EXPECT_THAT(leaves(), UnorderedElementsAre(".spare-0/saved", "trial-2/saved/model"));
}

TEST_F(TrialFilesTest, ManyAtOnceAreAllClearedAway) {
    for (int i = 0; i < 70; ++i) const TrialFiles files(trial(i));
    for (int i = 0; i < 70; ++i) clear_away(trial(i));
    const std::vector<std::string> left = leaves();
    EXPECT_EQ(left.size(), 64U);
    for (const std::string& path : left) EXPECT_EQ(path.substr(0, 7), ".spare-");
}

TEST_F(TrialFilesTest, WhatIsNotACommandsFolderIsRemovedAndNoLinkIsFollowed) {
    folder_.write("trial-1/model/config.json", "x");
    folder_.write("elsewhere/precious", "x");
    fs::create_directory(trial(2));
    fs::create_directory_symlink(folder_.file("elsewhere"), trial(2) / "saved");
    const TrialFiles third(trial(3));
    fs::create_directory_symlink(folder_.file("elsewhere"), trial(3) / "saved" / "link");
    for (int i : {1, 2, 3, 4}) clear_away(trial(i));
    EXPECT_THAT(leaves(), UnorderedElementsAre("elsewhere/precious", ".spare-0/saved"));
}

}  // namespace
}  // namespace o2v::protocol
