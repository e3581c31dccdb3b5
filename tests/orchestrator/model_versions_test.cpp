// Promoted models looked at: list, show, diff, rollback, export.
#include <gmock/gmock.h>

#include <fstream>

#include "model/data/durable_file.hpp"
#include "orchestrator/model_export.hpp"
#include "orchestrator/model_pages.hpp"
#include "tests/orchestrator/promoted_study.hpp"
#include "tests/program.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class ModelVersionsTest : public PromotedStudyTest {
  protected:
    ModelVersionsTest() {
        complete({{"validation:accuracy", 0.7}, {"test:accuracy", 0.71}}, 0.25);
        complete({{"validation:accuracy", 0.8}, {"test:accuracy", 0.81}, {"model_bytes", 8}}, 0.5);
        complete({{"validation:accuracy", 0.9}, {"test:accuracy", 0.91}}, 0.75);
        for (TrialId trial = 0; trial < 3; ++trial) promote_as(trial);
    }
    template <class Action>
    std::string error(Action action) {
        try {
            action();
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    }
    VersionRecord version(int number) { return find_version({versions(), std::nullopt}, number); }
};

TEST_F(ModelVersionsTest, RollbackGoesToTheVersionBelowOrTheOneNamed) {
    EXPECT_EQ(roll_back(versions(), std::nullopt).to, 2);
    EXPECT_EQ(roll_back(versions(), std::nullopt).to, 1);
    EXPECT_THAT(versions().withdrawn(), ElementsAre(2, 3));
    EXPECT_THAT(error([&] { roll_back(versions(), std::nullopt); }),
                HasSubstr("has no version before the current one, 1"));
    EXPECT_EQ(roll_back(versions(), 3).to, 3);
    EXPECT_THAT(versions().withdrawn(), ElementsAre(2)) << "forward takes it back into use";
    EXPECT_EQ(current(), 3);
    EXPECT_THAT(error([&] { roll_back(versions(), 3); }), HasSubstr("is the current version"));
    EXPECT_THAT(error([&] { roll_back(versions(), 9); }), HasSubstr("there are 1, 2, 3"));
    fs::remove_all(versions().version(2));
    EXPECT_EQ(roll_back(versions(), std::nullopt).to, 1) << "one that is gone is passed over";
    fs::remove(versions().current_link());
    EXPECT_THAT(error([&] { roll_back(versions(), std::nullopt); }), HasSubstr("has no current version"));
    EXPECT_EQ(roll_back(versions(), 3).from, 0);
}

TEST_F(ModelVersionsTest, AListHoldsWhatIsThereDamagedOnesToo) {
    data::write_durably(versions().version(2) + "/promotion.json", "[]");
    fs::create_directories(versions().folder() + "/007");
    fs::create_directories(versions().folder() + "/4.tmp");
    const std::vector<VersionRecord> all = list_versions(versions());
    ASSERT_EQ(all.size(), 3U);
    EXPECT_TRUE(all[2].current);
    EXPECT_FALSE(all[0].current);
    EXPECT_THAT(all[1].damage, HasSubstr("m/2/promotion.json: is damaged"));
    EXPECT_GT(all[0].bytes, 0U);
    const std::string text = models_table(all, [](const std::string& path) { return path; });
    EXPECT_THAT(text, testing::ContainsRegex("m +1 +s +0 +test:accuracy +0.71 "));
    EXPECT_THAT(text, testing::ContainsRegex("[*] +m +3 +s +2 +test:accuracy +0.91 "));
    EXPECT_THAT(text, testing::ContainsRegex("m +2 +[?] +[?] +- +- "));
    EXPECT_THAT(summary_json(all[1]).at("trial").dump(), "null");
    const json third = summary_json(all[2]);
    EXPECT_EQ(third.at("trial"), 2);
    EXPECT_EQ(third.at("value"), 0.91);
    EXPECT_EQ(third.at("current"), true);
    EXPECT_EQ(third.at("refit"), false);
    EXPECT_EQ(models_table({}, [](const std::string& path) { return path; }), "");
}

TEST_F(ModelVersionsTest, APageShowsMetricsHyperparametersAndLineage) {
    const std::string page = version_page(version(2));
    for (const char* part :
         {"m version 2\n", "trial        1, seed 101", "compared on  the test set (XXH3-128 cc)",
          "test:accuracy        0.81", "searched\n  x  0.5", "fixed\n  epochs  5", "train       aa",
          "commit    c0ffee"})
        EXPECT_THAT(page, HasSubstr(part));
    EXPECT_THAT(version_page(version(3)), HasSubstr("m version 3 (current)"));
    EXPECT_EQ(version_json(version(2)).at("lineage").at("trial"), 1);
}

TEST_F(ModelVersionsTest, ADiffShowsWhatDiffersAndNothingElse) {
    const auto found = differences(version(1), version(2));
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0], (ModelDifference{"metrics", "model_bytes", std::nullopt, json(8.0)}));
    EXPECT_EQ(found[1].name, "test:accuracy");
    EXPECT_EQ(found[2].name, "validation:accuracy");
    EXPECT_EQ(found[3], (ModelDifference{"hyperparameters", "x", json(0.25), json(0.5)}));
    const std::string page = difference_page(version(1), version(2));
    EXPECT_THAT(page, HasSubstr("m version 1 (trial 0) -> m version 2 (trial 1)"));
    EXPECT_THAT(page, HasSubstr("hyperparameters\n  x  0.25  ->  0.5"));
    EXPECT_THAT(page, testing::Not(HasSubstr("data")));
    EXPECT_THAT(difference_page(version(1), version(1)), HasSubstr("nothing differs"));
    json other = lineage(2);
    other["data"]["train"]["xxh3"] = "ee";
    other["code"]["commit"] = "decaf";
    data::write_durably(versions().version(2) + "/promotion.json", other.dump());
    const json shown = difference_json(version(1), version(2)).at("differences");
    EXPECT_EQ(shown.at("data").at("train"), (json{"aa", "ee"}));
    EXPECT_EQ(shown.at("code").at("commit"), (json{"c0ffee", "decaf"}));
}

TEST_F(ModelVersionsTest, APathNamesAModelOrAVersion) {
    EXPECT_EQ(find_version(find_model(versions().folder())).number, 3);
    EXPECT_EQ(find_version(find_model(versions().version(1))).number, 1);
    EXPECT_EQ(find_version(find_model(versions().version(1)), 2).number, 2);
    EXPECT_EQ(find_version(find_model(versions().current_link())).number, 3);
    EXPECT_THAT(error([] { find_model("nothing"); }), HasSubstr("is no promoted model"));
    EXPECT_THAT(error([&] { find_version(find_model(versions().folder()), 8); }),
                HasSubstr("8: is none of m; there are 1, 2, 3"));
}

TEST_F(ModelVersionsTest, AnExportStandsAloneAndIsTheSameEachTime) {
    const std::string folder = temporary_.file("out");
    const auto files = export_version(version(2), ExportForm::folder, folder);
    ASSERT_EQ(files.size(), 4U);
    EXPECT_EQ(files[0].name, "config.json");
    EXPECT_EQ(files[1].name, "deep/weights");
    EXPECT_EQ(files[1].bytes, 9U);
    EXPECT_EQ(data::read_whole(folder + "/deep/weights"), "weights 1");
    EXPECT_EQ(read_lineage(folder), lineage(2));

    const std::string archive = temporary_.file("m.tar.gz"), again = temporary_.file("again.tgz");
    export_version(version(2), ExportForm::archive, archive);
    fs::last_write_time(versions().version(2) + "/config.json", fs::file_time_type::clock::now());
    export_version(version(2), ExportForm::archive, again);
    EXPECT_EQ(data::read_whole(archive), data::read_whole(again));
    EXPECT_EQ(
        run_program("tar -tzf " + archive).output,
        "m-2/\nm-2/config.json\nm-2/deep/\nm-2/deep/weights\nm-2/promotion.json\nm-2/provenance.json\n");
    const std::string sagemaker = temporary_.file("model.tar.gz");
    export_version(version(2), ExportForm::sagemaker, sagemaker);
    const std::string unpacked = temporary_.file("opt");
    fs::create_directories(unpacked);
    EXPECT_EQ(run_program("tar -xzf " + sagemaker + " -C " + unpacked).exit_code, 0);
    EXPECT_EQ(data::read_whole(unpacked + "/config.json"), "{}");
    for (const auto& entry : fs::directory_iterator(temporary_.path()))
        EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry << " was left";
}

TEST_F(ModelVersionsTest, AnExportWritesOverNothing) {
    const std::string taken = temporary_.write("taken.tar.gz", "mine");
    EXPECT_THAT(error([&] { export_version(version(1), ExportForm::archive, taken); }),
                HasSubstr("is there already"));
    EXPECT_EQ(data::read_whole(taken), "mine");
    EXPECT_THAT(error([&] { export_version(version(1), ExportForm::folder, temporary_.file("no/where")); }),
                HasSubstr("there is no folder"));
}

}  // namespace
}  // namespace o2v::orchestrator
