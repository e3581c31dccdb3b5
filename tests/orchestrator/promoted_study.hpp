// A study whose completed trials have models, for tests of promotion.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "orchestrator/kept_files.hpp"
#include "orchestrator/model_versions.hpp"
#include "orchestrator/registry.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {

class PromotedStudyTest : public testing::Test {
  protected:
    PromotedStudyTest() { stored_.folder.create(); }

    // A completed trial with these metrics and a model.
    TrialId complete(Metrics metrics, double x = 0) {
        Study& study = stored_.study;
        const auto id = static_cast<TrialId>(study.trials().size());
        const std::string folder = "checkpoints/trial-" + std::to_string(id);
        temporary_.write("study/" + folder + "/model/config.json", "{}");
        temporary_.write("study/" + folder + "/model/provenance.json",
                         R"({"program": {"version": "9.9", "commit": "c0ffee"}, "libtorch": "2.0"})");
        temporary_.write("study/" + folder + "/model/deep/weights", "weights " + std::to_string(id));
        study.apply(TrialCreated{id, {{"x", x}}, 100 + static_cast<std::uint64_t>(id)});
        study.apply(AttemptStarted{id, 1, "w", "cpu", "h", {}});
        study.apply(TrialEnded{id, Completed{std::move(metrics), 3, folder + "/model"}});
        tidy_up(stored_.folder, study, id);
        return id;
    }
    // By accuracy on validation and test.
    TrialId complete(double validation, double test) {
        return complete({{"validation:accuracy", validation}, {"test:accuracy", test}, {"model_bytes", 8}});
    }
    PromotedModel promote_as(TrialId trial, bool force = false, bool automatic = false) {
        return promote(stored_, {trial, "m", "classification", force, automatic});
    }
    std::string error_of(TrialId trial, bool automatic = false) {
        try {
            promote_as(trial, false, automatic);
        } catch (const std::exception& e) {
            return e.what();
        }
        return "no error";
    }
    ModelVersions versions() const { return ModelVersions(stored_.folder.models() + "/m"); }
    std::optional<int> current() const { return versions().current(); }
    // What stands in a file of a version.
    nlohmann::json lineage(int version) const { return read_lineage(versions().version(version)); }

    static StudySpec spec() {
        StudySpec s;
        s.name = "s";
        s.goal = {"validation:accuracy", Direction::maximize};
        s.fixed = {{"epochs", std::int64_t{5}}};
        return s;
    }
    // Of a study that trains on data, with a test set.
    static nlohmann::json hashes() {
        return {{"train", {{"path", "/home/me/train.jsonl"}, {"bytes", 3}, {"xxh3", "aa"}, {"pairs", 2}}},
                {"validation", {{"path", "/home/me/v.jsonl"}, {"bytes", 3}, {"xxh3", "bb"}, {"pairs", 2}}},
                {"test", {{"path", "/home/me/test.jsonl"}, {"bytes", 3}, {"xxh3", "cc"}, {"pairs", 2}}}};
    }
    static Experiment experiment() {
        Experiment e;
        e.file = "/home/me/s.json";
        e.study = spec();
        e.data.train = "/home/me/train.jsonl";
        e.data.validation = "/home/me/v.jsonl";
        e.data.test = "/home/me/test.jsonl";
        return e;
    }

    TemporaryFolder temporary_;
    StoredStudy stored_{RunFolder(temporary_.file("study")),
                        {"s", "{}", hashes().dump(), "{}", R"({"o2v": "0.1"})"},
                        experiment(),
                        Study(spec())};
};

}  // namespace o2v::orchestrator
