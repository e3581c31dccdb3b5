// A study that begins with what others found out.
#include "orchestrator/warm_start.hpp"
#include "orchestrator/run.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "orchestrator/sqlite_schema.hpp"
#include "orchestrator/storage.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json space() {
    return json::parse(
        R"({"x": {"type": "float", "min": 0, "max": 1}, "y": {"type": "int", "min": 1, "max": 5}})");
}

class WarmStartTest : public testing::Test {
  protected:
    // A study of x with y fixed, and trials that ended in every way.
    void earlier(const std::string& database, const char* metric = "loss") {
        const Experiment e = parse_experiment(json{{"objective", {{"metric", metric}}},
                                                   {"fixed", {{"y", 3}, {"z", "not searched"}}},
                                                   {"search", {{"space", {{"x", space().at("x")}}}}}},
                                              "earlier.json", Origin::asked);
        std::filesystem::create_directories(std::filesystem::path(folder_.file(database)).parent_path());
        const auto storage = open_sqlite_storage(folder_.file(database), OpenMode::read_write);
        storage->create({"earlier", to_json(e).dump(), "{}", "{}", "{}"});
        std::vector<TrialEvent> events;
        for (TrialId id = 0; id < 7; ++id) {
            events.push_back(TrialCreated{id, {{"x", static_cast<double>(id) / 8}}, 0});
            events.push_back(AttemptStarted{id, 1, "w", "cpu", "h", {}});
        }
        const auto reported = [&](TrialId id, double loss) {
            Measurement m;
            m.metrics = {{metric, loss}};
            events.push_back(Reported{id, 1, m});
        };
        reported(3, 7);
        reported(5, 9);
        reported(6, 4);
        events.push_back(TrialEnded{1, Completed{{{metric, 1.5}}, 0, ""}});
        events.push_back(TrialEnded{0, Completed{{{metric, std::nan("")}}, 0, ""}});
        events.push_back(TrialEnded{2, Failure{FailureKind::crashed, "signal"}});
        events.push_back(TrialEnded{3, Pruned{"worse", false}});
        events.push_back(TrialEnded{4, Pruned{"before its first epoch", false}});
        events.push_back(TrialEnded{5, Pruned{"not finite", true}});
        events.push_back(Paused{6, "waits"});
        storage->record(events);
    }
    Experiment later(const json& warm_start) {
        return parse_experiment(json{{"objective", {{"metric", "loss"}}},
                                     {"search", {{"space", space()}}},
                                     {"warm_start", warm_start}},
                                folder_.file("later.json"), Origin::asked);
    }
    std::string error_of(const json& warm_start) {
        try {
            trials_of_earlier_studies(later(warm_start));
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    }

    TemporaryFolder folder_;
};

TEST_F(WarmStartTest, EndedTrialsComeWithTheirValues) {
    earlier("a/study.db");
    earlier("runs/b.db");
    const auto prior = trials_of_earlier_studies(later({"a", "a/study.db", "runs/b.db"}));
    ASSERT_EQ(prior.size(), 18U);
    for (std::size_t i = 0; i < prior.size(); ++i) EXPECT_EQ(prior[i].study, static_cast<int>(i / 6));
    const auto params = [](double x) { return Assignment{{"x", x}, {"y", std::int64_t{3}}}; };
    EXPECT_EQ(prior[0], (PriorTrial{0, params(0.125), 1.5})) << "y was fixed there and is searched here";
    EXPECT_EQ(prior[1].params, params(0));
    EXPECT_TRUE(std::isnan(prior[1].value)) << "completed without a number";
    EXPECT_TRUE(std::isnan(prior[2].value)) << "failed";
    EXPECT_EQ(prior[3], (PriorTrial{0, params(0.375), 7})) << "pruned: the best it had";
    EXPECT_TRUE(std::isnan(prior[4].value)) << "diverged";
    EXPECT_EQ(prior[4].params, params(0.625)) << "the one pruned without any value is left out";
    EXPECT_EQ(prior[5], (PriorTrial{0, params(0.75), 4})) << "paused: the best it had";
}

TEST_F(WarmStartTest, TheStudyStaysWholeWithoutItsParents) {
    earlier("a/study.db");
    Experiment e = later({"a"});
    const std::string database = folder_.file("later.db");
    e.study.prior = prior_trials(e, database);
    ASSERT_EQ(e.study.prior.size(), 6U);
    {
        const auto storage = open_sqlite_storage(database, OpenMode::read_write);
        EXPECT_EQ(prior_trials(e, database).size(), 6U) << "a database without a study yet";
        storage->create({"later", to_json(e).dump(), "{}", "{}", "{}"});
    }
    std::filesystem::remove_all(folder_.file("a"));
    const auto kept = prior_trials(later({"a"}), database);
    ASSERT_EQ(kept.size(), 6U);
    EXPECT_EQ(kept[0], e.study.prior[0]);
    EXPECT_EQ(kept[3], e.study.prior[3]);
    EXPECT_TRUE(std::isnan(kept[4].value));
    EXPECT_THROW(prior_trials(later({"a"}), folder_.file("new.db")), InputError);
}

TEST_F(WarmStartTest, AStudyThatHasBegunIsReadAndLeftAsItIs) {
    earlier("a/study.db");
    Experiment e = later({"a"});
    const std::string database = folder_.file("later.db");
    e.study.prior = prior_trials(e, database);
    SQLite::Database db(database, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    upgrade_schema(db, 1);
    SQLite::Statement insert(db,
                             "INSERT INTO study (id, name, experiment, data_hashes, machine, versions) "
                             "VALUES (1, 'later', ?, '{}', '{}', '{}')");
    insert.bind(1, to_json(e).dump());
    insert.exec();
    std::filesystem::remove_all(folder_.file("a"));
    EXPECT_EQ(prior_trials(later({"a"}), database).size(), 6U);
    EXPECT_EQ(schema_version(db), 1) << "it is not upgraded";
}

TEST_F(WarmStartTest, OfSeveralGoalsTheRunSaysThatItHasNoEffect) {
    earlier("a/study.db");
    json experiment{{"name", "several"},
                    {"problem", "branin"},
                    {"objectives", {{{"metric", "loss"}}, {{"metric", "size"}}}},
                    {"warm_start", {folder_.file("a")}}};
    const auto notes = [&] {
        return make_plan(parse_experiment(experiment, "x.json"), folder_.file("run")).notes;
    };
    EXPECT_THAT(notes(), testing::Contains(HasSubstr("/warm_start: has no effect")));
    experiment.erase("objectives");
    experiment["objective"] = {{"metric", "loss"}};
    EXPECT_THAT(notes(), testing::IsEmpty());
}

TEST_F(WarmStartTest, EachStudyThatCannotBeUsedIsNamed) {
    earlier("a/study.db");
    earlier("accuracy/study.db", "accuracy");
    folder_.write("damaged/study.db", std::string(5000, 'x'));
    open_sqlite_storage(folder_.file("empty.db"), OpenMode::read_write);
    const std::string errors = error_of({"a", "none", "damaged", "accuracy", "empty.db"});
    EXPECT_THAT(errors, HasSubstr("later.json: /warm_start/1 = none: there is no such study"));
    EXPECT_THAT(errors, HasSubstr("/warm_start/2 = damaged: cannot be read: "));
    EXPECT_THAT(errors, HasSubstr("it is damaged or no study database"));
    EXPECT_THAT(errors,
                HasSubstr("/warm_start/3 = accuracy: cannot be compared: it maximizes accuracy, this one "
                          "minimizes loss"));
    EXPECT_THAT(errors, HasSubstr("/warm_start/4 = empty.db: cannot be read: "));
    EXPECT_THAT(errors, testing::Not(HasSubstr("/warm_start/0")));
}

}  // namespace
}  // namespace o2v::orchestrator
