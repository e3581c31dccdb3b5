// What programs that run the trials themselves meet: every request and every wrong line.
#include "orchestrator/ask_tell.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "orchestrator/stored_study.hpp"
#include "orchestrator/tuner.hpp"
#include "search/catalog.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

json two_floats() {
    return json::parse(R"({"search": {"strategy": "random", "seed": 3, "space": {
        "x": {"type": "float", "min": -1, "max": 1},
        "any name": {"type": "int", "min": 1, "max": 9}}}})");
}

// Pauses every trial at its first epoch, stops it when a value is above 100, and promotes those with a value
// below 1.
class PausingPruner final : public search::Pruner {
  public:
    search::Verdict judge(const Trial& trial, const Study& study) const override {
        const double value = *trial.value(study.spec().goal);
        if (value > 100) return {search::Verdict::Kind::stop, "too large"};
        if (trial.curve.size() == 1) return {search::Verdict::Kind::pause, "the first rung"};
        return {search::Verdict::Kind::go_on, "fine"};
    }
    std::optional<TrialId> promote(const Study& study) const override {
        for (const Trial& trial : study.trials())
            if (trial.state() == TrialState::paused && *trial.value(study.spec().goal) < 1) return trial.id;
        return std::nullopt;
    }
};

class AskTellTest : public testing::Test {
  protected:
    void begin(const json& file, const std::string& database = "") {
        experiment_ = parse_experiment(file, "x.json", Origin::asked);
        opened_ = AskedStorage{};
        opened_ = open_asked(experiment_, database);
        study_ = std::make_unique<Study>(rebuild(experiment_.study, *opened_.storage));
        searcher_ = search::make_searcher(experiment_.study);
        ask_tell_ = std::make_unique<AskTell>(*study_, *opened_.storage, *searcher_, pausing_);
    }
    std::vector<json> lines(const std::string& line) {
        std::vector<json> answers;
        for (const std::string& answer : ask_tell_->answer(line)) answers.push_back(json::parse(answer));
        return answers;
    }
    json line(const std::string& request) {
        const std::vector<json> answers = lines(request);
        EXPECT_EQ(answers.size(), 1U) << request;
        return answers.front();
    }
    std::string error(const std::string& request) {
        const std::size_t before = opened_.storage->load().size();
        const json answer = line(request);
        EXPECT_EQ(opened_.storage->load().size(), before) << request << " changed something";
        return answer.value("error", "no error: " + answer.dump());
    }

    TemporaryFolder folder_;
    Experiment experiment_;
    AskedStorage opened_;
    std::unique_ptr<Study> study_;
    std::unique_ptr<search::Searcher> searcher_;
    PausingPruner pausing_;
    std::unique_ptr<AskTell> ask_tell_;
};

TEST_F(AskTellTest, GivesWhatTheTunerWouldTry) {
    begin(two_floats());
    const std::vector<json> answers = lines(R"({"ask": 3})");
    ASSERT_EQ(answers.size(), 3U);
    Study study(experiment_.study);
    for (TrialId id = 0; id < 3; ++id) {
        Rng rng(suggestion_seed(experiment_.study, id));
        const auto suggestion = searcher_->suggest(study, rng);
        study.apply(TrialCreated{id, suggestion->params, 0});
        const json& answer = answers[static_cast<std::size_t>(id)];
        EXPECT_EQ(answer.at("trial"), id);
        EXPECT_EQ(answer.at("params").at("x"), std::get<double>(suggestion->params.at("x")));
        EXPECT_EQ(answer.at("params").at("any name"),
                  std::get<std::int64_t>(suggestion->params.at("any name")));
    }
}

TEST_F(AskTellTest, TakesNumbersFailuresAndWhatIsNoNumber) {
    begin(two_floats());
    lines(R"({"ask": 9})");
    EXPECT_EQ(line(R"({"tell": {"trial": 1, "value": 1.5}})"), json::parse(R"({"ok": true})"));
    const char* no_numbers[] = {"null", "NaN", R"("nan")", R"("NaN")"};
    for (int i = 0; i < 4; ++i) {
        const std::string id = std::to_string(i + 2);
        EXPECT_TRUE(line(R"({"tell": {"trial": )" + id + R"(, "value": )" + no_numbers[i] + "}}").at("ok"));
        const Trial& trial = study_->trial(i + 2);
        EXPECT_EQ(trial.state(), TrialState::completed);
        EXPECT_TRUE(std::isnan(*trial.value(study_->spec().goal)));
    }
    EXPECT_TRUE(line(R"({"tell": {"trial": 6, "state": "failed", "message": "no memory"}})").at("ok"));
    EXPECT_EQ(std::get<Failure>(*study_->trial(6).ending).message, "no memory");
    EXPECT_TRUE(line(R"({"tell": {"trial": 7, "state": "pruned"}})").at("ok"));
    EXPECT_EQ(study_->trial(7).state(), TrialState::pruned);
    EXPECT_TRUE(line(R"({"tell": {"trial": 8, "values": {"value": -2, "bytes": -Infinity}}})").at("ok"));
    EXPECT_EQ(*study_->trial(8).value({"bytes", Direction::minimize}), -INFINITY);
    EXPECT_EQ(study_->best()->id, 8);
}

TEST_F(AskTellTest, SeveralGoalsAndConstraintsAreToldTogether) {
    json file = two_floats();
    file["objectives"] = {{{"metric", "loss"}}, {{"metric", "gain"}, {"direction", "maximize"}}};
    file["constraints"] = {{{"metric", "bytes"}, {"max", 10}}};
    begin(file);
    lines(R"({"ask": 2})");
    EXPECT_THAT(error(R"({"tell": {"trial": 0, "value": 1}})"), HasSubstr("has no number for gain"));
    EXPECT_THAT(error(R"({"tell": {"trial": 0, "values": {"loss": 1, "gain": 2}}})"),
                HasSubstr("has no number for bytes"));
    EXPECT_TRUE(line(R"({"tell": {"trial": 0, "value": 1, "values": {"gain": 2, "bytes": 11}}})").at("ok"));
    EXPECT_EQ(study_->best(), nullptr) << "its bytes are above the bound";
    EXPECT_TRUE(line(R"({"tell": {"trial": 1, "values": {"loss": 3, "gain": 2, "bytes": 9}}})").at("ok"));
    EXPECT_EQ(study_->best()->id, 1);
}

TEST_F(AskTellTest, AnExhaustedSpaceAnswersEachThatIsAskedFor) {
    begin(json::parse(R"({"search": {"space": {"x": {"type": "categorical", "values": ["a", true, 3]}}}})"));
    const std::vector<json> answers = lines(R"({"ask": 5})");
    ASSERT_EQ(answers.size(), 5U);
    for (std::size_t i = 3; i < 5; ++i) {
        EXPECT_TRUE(answers[i].at("trial").is_null());
        EXPECT_THAT(answers[i].at("reason").get<std::string>(), HasSubstr("has been tried"));
    }
    EXPECT_EQ(study_->trials().size(), 3U);
}

TEST_F(AskTellTest, APausedTrialComesBackBeforeNewOnes) {
    begin(two_floats());
    const std::vector<json> asked = lines(R"({"ask": 2})");
    EXPECT_EQ(line(R"({"report": {"trial": 0, "epoch": 0, "value": 5}})"),
              json::parse(R"({"verdict": "pause", "reason": "the first rung"})"));
    EXPECT_EQ(line(R"({"report": {"trial": 1, "epoch": 0, "value": 0.5}})").at("verdict"), "pause");
    EXPECT_THAT(error(R"({"report": {"trial": 1, "epoch": 1, "value": 0.5}})"), HasSubstr("is paused"));
    const std::vector<json> answers = lines(R"({"ask": 2})");
    EXPECT_EQ(answers[0],
              (json{{"trial", 1}, {"params", asked[1].at("params")}, {"resume", true}, {"epoch", 1}}));
    EXPECT_EQ(answers[1].at("trial"), 2);
    EXPECT_EQ(line(R"({"report": {"trial": 1, "epoch": 1, "value": 0.4}})"),
              json::parse(R"({"verdict": "go_on", "reason": "fine"})"));
    EXPECT_TRUE(line(R"({"tell": {"trial": 0, "value": 4}})").at("ok")) << "a paused trial may be told";
    EXPECT_EQ(study_->trial(0).state(), TrialState::completed);
}

TEST_F(AskTellTest, AStoppedTrialHasEnded) {
    begin(two_floats());
    lines(R"({"ask": 1})");
    EXPECT_EQ(line(R"({"report": {"trial": 0, "epoch": 0, "value": 101}})"),
              json::parse(R"({"verdict": "stop", "reason": "too large"})"));
    EXPECT_TRUE(line(R"({"tell": {"trial": 0, "state": "pruned"}})").at("ok")) << "the verdict repeated";
    EXPECT_THAT(error(R"({"tell": {"trial": 0, "value": 3}})"),
                HasSubstr("/tell/trial = 0: has ended: pruned (too large)"));
}

TEST_F(AskTellTest, TheLastPlannedEpochIsNotJudged) {
    json file = two_floats();
    file["fixed"]["epochs"] = 1;
    begin(file);
    lines(R"({"ask": 1})");
    EXPECT_EQ(line(R"({"report": {"trial": 0, "epoch": 0, "value": 101}})"),
              json::parse(R"({"verdict": "go_on", "reason": "its last epoch"})"));
}

TEST_F(AskTellTest, EachWrongLineIsNamedAndChangesNothing) {
    begin(two_floats());
    lines(R"({"ask": 2})");
    line(R"({"tell": {"trial": 0, "value": 1}})");
    const std::string deep = R"({"tell": )" + std::string(400'000, '[');
    const std::string longest = R"({"tell": {"trial": 1, "value": ")" + std::string(900'000, 'x') + "\"}}";
    const std::vector<std::pair<std::string, std::string>> table{
        {"", "line: "},
        {"hello", "line: parse error"},
        {"{\"ask\": 1", "line: parse error"},
        {"{\"ask\": \"\xff\xfe\"}", "line: parse error"},
        {deep, "nested too deeply"},
        {longest, "must be a number"},
        {"[]", "a line is"},
        {"7", "a line is"},
        {"{}", "a line is"},
        {R"({"ask": 1, "tell": {}})", "a line is"},
        {R"({"aks": 1})", R"("aks" is no request)"},
        {R"({"ask": 0})", "/ask = 0: must be an integer from 1 to 10000"},
        {R"({"ask": 10001})", "/ask = 10001: must be"},
        {R"({"ask": 1.5})", "/ask = 1.5: must be"},
        {R"({"ask": NaN})", "/ask = \"NaN\": must be"},
        {R"({"ask": "2"})", "/ask = \"2\": must be"},
        {R"({"ask": null})", "/ask = null: must be"},
        {R"({"tell": 3})", "/tell = 3: must be an object"},
        {R"({"tell": {}})", "/tell/trial: is required"},
        {R"({"tell": {"trial": 1}})", "/tell: has no number for value"},
        {R"({"tell": {"trial": "1", "value": 2}})", "/tell/trial = \"1\": must be an integer"},
        {R"({"tell": {"trial": -1, "value": 2}})", "/tell/trial = -1: must be an integer"},
        {R"({"tell": {"trial": 1e300, "value": 2}})", "/tell/trial = 1e+300: must be an integer"},
        {R"({"tell": {"trial": 99999999999999999999, "value": 2}})", "must be an integer"},
        {R"({"tell": {"trial": 2, "value": 2}})",
         "/tell/trial = 2: there is no such trial: the last one is 1"},
        {R"({"tell": {"trial": 0, "value": 2}})", "/tell/trial = 0: has ended: completed"},
        {R"({"tell": {"trial": 1, "value": "2"}})", "/tell/value = \"2\": must be a number"},
        {R"({"tell": {"trial": 1, "value": [2]}})", "/tell/value = [2]: must be a number"},
        {R"({"tell": {"trial": 1, "value": true}})", "/tell/value = true: must be a number"},
        {R"({"tell": {"trial": 1, "value": 1e999}})", "line: number overflow"},
        {R"({"tell": {"trial": 1, "vale": 2}})", "did you mean value?"},
        {R"({"tell": {"trial": 1, "values": 2}})", "/tell/values = 2: must be an object"},
        {R"({"tell": {"trial": 1, "values": {"value": "x"}}})",
         "/tell/values/value = \"x\": must be a number"},
        {R"({"tell": {"trial": 1, "values": {"loss": 1}}})", "has no number for value"},
        {R"({"tell": {"trial": 1, "state": "faild"}})", "did you mean failed?"},
        {R"({"tell": {"trial": 1, "state": "failed", "value": 2}})", "goes without a value"},
        {R"({"tell": {"trial": 1, "state": "failed", "message": 2}})", "/tell/message = 2: must be a text"},
        {R"({"report": {"trial": 1, "value": 2}})", "/report/epoch: is required"},
        {R"({"report": {"trial": 1, "epoch": 0}})", "/report: has no number for value"},
        {R"({"report": {"trial": 1, "epoch": 1, "value": 2}})",
         "/report/epoch = 1: would leave a gap: epochs count from 0, and the next one of trial 1 is 0"},
        {R"({"report": {"trial": 1, "epoch": -1, "value": 2}})", "/report/epoch = -1: must be an integer"},
        {R"({"report": {"trial": 1, "epoch": 0.5, "value": 2}})", "/report/epoch = 0.5: must be an integer"},
        {R"({"report": {"trial": 7, "epoch": 0, "value": 2}})", "there is no such trial"},
        {R"({"report": {"trial": 0, "epoch": 0, "value": 2}})", "has ended: completed"},
        {R"({"report": {"trial": 1, "epoch": 0, "value": 2, "state": "failed"}})", "is not known here"}};
    for (const auto& [request, message] : table)
        EXPECT_THAT(error(request), HasSubstr(message)) << request.substr(0, 200);
    EXPECT_LT(ask_tell_->answer(longest).front().size(), 2000U);
    EXPECT_TRUE(line(R"({"tell": {"trial": 1, "value": 2}})").at("ok"));
}

TEST_F(AskTellTest, AnEpochReportedAgainReplaces) {
    begin(two_floats());
    lines(R"({"ask": 1})");
    line(R"({"tell": {"trial": 0, "state": "failed"}})");
    EXPECT_THAT(error(R"({"tell": {"trial": 0, "state": "failed"}})"), HasSubstr("has ended: failed"));
    json file = two_floats();
    file["fixed"]["epochs"] = 1;  // so that the pruner is not asked
    begin(file);
    lines(R"({"ask": 1})");
    line(R"({"report": {"trial": 0, "epoch": 0, "value": 3}})");
    line(R"({"report": {"trial": 0, "epoch": 0, "value": 4}})");
    ASSERT_EQ(study_->trial(0).curve.size(), 1U);
    EXPECT_EQ(study_->trial(0).curve[0].metrics.at("value"), 4);
}

TEST_F(AskTellTest, ADatabaseKeepsTheStudyAndItsOpenTrials) {
    const std::string database = folder_.file("mine.db");
    begin(two_floats());
    const std::vector<json> undisturbed = lines(R"({"ask": 4})");
    begin(two_floats(), database);
    EXPECT_EQ(lines(R"({"ask": 2})"), (std::vector<json>{undisturbed[0], undisturbed[1]}));
    line(R"({"report": {"trial": 1, "epoch": 0, "value": 0.5}})");
    begin(two_floats(), database);
    EXPECT_TRUE(line(R"({"tell": {"trial": 0, "value": 1}})").at("ok"));
    EXPECT_EQ(line(R"({"ask": 1})").at("resume"), true);
    EXPECT_EQ(line(R"({"ask": 1})").at("trial"), 2);
    begin(two_floats(), database);
    EXPECT_EQ(study_->count(TrialState::completed), 1U);
    EXPECT_EQ(study_->count(TrialState::running), 2U);
    EXPECT_THROW(RunLock::of_database(database), StorageError) << "one process at a time";
}

TEST_F(AskTellTest, AnotherFileIsRefusedAndALargerSpaceTaken) {
    const std::string database = folder_.file("study.db");
    begin(two_floats(), database);
    lines(R"({"ask": 4})");
    const auto refused = [&](const char* pointer, const json& value) -> std::string {
        json file = two_floats();
        file[json::json_pointer(pointer)] = value;
        try {
            begin(file, database);
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    };
    EXPECT_THAT(refused("/search/seed", 4), HasSubstr("/search/seed: 3 -> 4"));
    EXPECT_THAT(refused("/search/space/x/scale", "reverse_log"), HasSubstr("x"));
    EXPECT_THAT(refused("/search/space/x/step", 0.5), HasSubstr("/search/space/x/step: 0 -> 0.5"));
    EXPECT_THAT(refused("/search/space/x/min", 0.99),
                HasSubstr("trial 0 lies outside of the new space: x = "));
    EXPECT_EQ(refused("/search/space/x/min", -7), "no error");
    EXPECT_EQ(study_->trials().size(), 4U);
    EXPECT_EQ(load_study(RunFolder(folder_.path())).study.trials().size(), 4U) << "leaderboards read it";
}

TEST_F(AskTellTest, AWholeExperimentFileIsTaken) {
    const Experiment e = parse_experiment(
        json::parse(R"({"$schema": "s", "name": "n", "description": "d", "data": {"train": "none.jsonl"},
            "objective": {"metric": "validation:accuracy"}, "fixed": {"epochs": 5, "mine": "x"},
            "search": {"space": {"encoder": {"type": "categorical", "values": ["hcnn"]},
                       "width": {"type": "int", "min": 1, "max": 3, "when": {"encoder": "hcnn"}}}},
            "pruner": {"type": "median"}, "budget": {"trials": 3}, "resources": {"slots": "no"},
            "promote": {"as": "m"}})"),
        "x.json", Origin::asked);
    EXPECT_EQ(e.study.goal, (Goal{"validation:accuracy", Direction::maximize}));
    EXPECT_TRUE(e.is_asked());
    EXPECT_EQ(to_json(parse_experiment(to_json(e), "y.json", Origin::stored)), to_json(e));
}

TEST_F(AskTellTest, AWrongFileIsNamed) {
    const auto errors = [](const char* text) -> std::string {
        try {
            parse_experiment(json::parse(text), "x.json", Origin::asked);
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    };
    EXPECT_THAT(errors("[]"), HasSubstr("must be an object"));
    EXPECT_THAT(errors(R"({"serch": {}})"), HasSubstr("did you mean search?"));
    EXPECT_THAT(errors(R"({"search": {"strategy": "rando"}})"), HasSubstr("did you mean random?"));
    EXPECT_THAT(errors(R"({"objective": {"metric": 3}})"), HasSubstr("must be a text"));
    EXPECT_THAT(errors(R"({"search": {"space": {"x": {"type": "float", "min": 2, "max": 1}}}})"),
                HasSubstr("x.json: /search/space/x/min = 2: must not be above max, 1"));
}

TEST_F(AskTellTest, ServesLinesUntilTheEndAndSkipsTheTooLong) {
    begin(two_floats());
    const std::string in = folder_.write(
        "in", std::string(kMaxLine + 1, ' ') + "\n" + std::string(3 * kMaxLine, 'x') + "\n{\"ask\": 1}\r\n" +
                  std::string(kMaxLine - 10, ' ') + "{\"ask\":1}\n{\"ask\": 1}");
    std::FILE* input = std::fopen(in.c_str(), "r");
    std::FILE* output = std::fopen(folder_.file("out").c_str(), "w");
    serve(*ask_tell_, fileno(input), output);
    std::fclose(input);
    std::fclose(output);
    std::ifstream file(folder_.file("out"));
    std::vector<json> answers;
    for (std::string text; std::getline(file, text);) answers.push_back(json::parse(text));
    ASSERT_EQ(answers.size(), 5U);
    EXPECT_THAT(answers[0].at("error").get<std::string>(), HasSubstr("longer than 1 MiB"));
    EXPECT_TRUE(answers[1].contains("error"));
    for (std::size_t i = 2; i < 5; ++i) EXPECT_EQ(answers[i].at("trial"), i - 2);
}

TEST_F(AskTellTest, TheCommandLineCountsInPlaceOfTheFile) {
    const std::string file = folder_.write("space.json", two_floats().dump());
    const Experiment e = load_asked(file, "sobol", 9);
    EXPECT_EQ(e.study.search.strategy, "sobol");
    EXPECT_EQ(e.study.search.seed, 9U);
    EXPECT_EQ(load_asked(file, std::nullopt, std::nullopt).study.search.seed, 3U);
    EXPECT_THROW(load_asked(file, "nothing", std::nullopt), InputError);
    EXPECT_THROW(load_asked(folder_.file("none.json"), std::nullopt, std::nullopt), InputError);
}

}  // namespace
}  // namespace o2v::orchestrator
