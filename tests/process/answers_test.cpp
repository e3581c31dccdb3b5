// The real programs asked about a small trained model: from files, and over HTTP.
#ifdef O2V_WITH_TORCH
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Pairs whose class is that of their words: ids 2 to 11 are the first, 12 to 21 the second.
std::string pairs(int rows) {
    std::string lines;
    for (int i = 0; i < rows; ++i) {
        const int label = i % 2, base = 2 + 10 * label;
        lines +=
            json{{"label", label}, {"in0", {base + i % 7}}, {"in1", {base + i % 5, base + i % 3}}}.dump() +
            '\n';
    }
    return lines;
}

class AnswersTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new TemporaryFolder;
        folder_->write("train.jsonl", pairs(400));
        folder_->write("validation.jsonl", pairs(100));
        json words{{"<pad>", 0}, {"<unk>", 1}};
        for (int id = 2; id < 22; ++id) words["w" + std::to_string(id)] = id;
        folder_->write("words.json", words.dump());
        folder_->write("labels.json", R"(["low", "high"])");
        folder_->write("x.json", json{{"name", "x"},
                                      {"data",
                                       {{"train", "train.jsonl"},
                                        {"validation", "validation.jsonl"},
                                        {"vocabulary", "words.json"},
                                        {"labels", "labels.json"}}},
                                      {"fixed",
                                       {{"num_classes", 2},
                                        {"enc0_vocab_size", 22},
                                        {"enc1_vocab_size", 22},
                                        {"enc0_max_seq_len", 3},
                                        {"enc1_max_seq_len", 3},
                                        {"enc_dim", 6},
                                        {"epochs", 8},
                                        {"mlp_dim", 16},
                                        {"dropout", 0},
                                        {"mini_batch_size", 16},
                                        {"learning_rate", 0.01}}}}
                                     .dump());
        const Finished trained = run_tune(folder_->path(), {"train", "x.json", "--as", "m", "--quiet"});
        ASSERT_EQ(trained.exit_code, 0) << trained.err;
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }
    Finished run(const std::vector<std::string>& arguments) { return run_tune(folder_->path(), arguments); }

    static TemporaryFolder* folder_;
};
TemporaryFolder* AnswersTest::folder_ = nullptr;

TEST_F(AnswersTest, AFileIsAnsweredInSageMakersShapesAndInItsOrder) {
    std::ofstream(folder_->file("ask.jsonl")) << pairs(10'000) << "\n{\"in1\": \"w3 w4\"}\n";
    const Finished done = run({"predict", "m", "--input", "ask.jsonl", "--output", "told.jsonl"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_EQ(done.out, "told.jsonl: 10001 answers\n");
    std::ifstream told(folder_->file("told.jsonl"));
    int row = 0, right = 0;
    std::string line;
    for (; row < 10'000 && std::getline(told, line); ++row) {
        const json answer = json::parse(line);
        ASSERT_EQ(answer.size(), 1U) << line;
        right += (answer.at("scores").at(1).get<double>() > 0.5) == (row % 2 == 1);
    }
    EXPECT_EQ(row, 10'000);
    EXPECT_GT(right, 9'900);
    std::getline(told, line);
    EXPECT_EQ(json::parse(line).at("embeddings").size(), 6U);
    EXPECT_FALSE(std::getline(told, line));
}

TEST_F(AnswersTest, ADocumentIsAnsweredByADocument) {
    folder_->write("ask.json",
                   R"({"instances": [{"in0": "w3", "in1": "w4 w5"}, {"in0": [13], "in1": [14]}]})");
    const Finished done = run({"predict", "m", "--input", "ask.json", "--json"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    const json predictions = json::parse(done.out).at("predictions");
    EXPECT_GT(predictions.at(0).at("scores").at(0), 0.5);
    EXPECT_GT(predictions.at(1).at("scores").at(1), 0.5);
    folder_->write("bad.json", R"({"instances": [{"in0": "w3", "in1": [22]}]})");
    const Finished bad = run({"predict", "m", "--input", "bad.json"});
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_THAT(bad.err, HasSubstr("bad.json: instances[0]: in1[0] = 22: must be a token id"));
}

TEST_F(AnswersTest, PeopleGetATable) {
    const Finished done = run({"predict", "m", "--in0", "w13", "--in1", "[14, 15]"});
    EXPECT_THAT(done.out, testing::StartsWith("in0: w13\nin1: [14,15]\n  "));
    EXPECT_THAT(done.out, testing::ContainsRegex("[0-9.]+ %  high\n +[0-9.]+ %  low\n"));
    EXPECT_THAT(run({"predict", "m", "--in0", "w13", "--in1", "w14", "--json", "--label"}).out,
                HasSubstr(R"("label":"high"})"));
    EXPECT_EQ(run({"predict", "m", "--in0", "w13", "--in1", "w14", "--in1", "w15"}).exit_code, 2);
    EXPECT_EQ(run({"predict", "nothing", "--in0", "w13"}).exit_code, 2);
}

TEST_F(AnswersTest, AnInterruptionLeavesNothingHalfDone) {
    const std::string pipe = folder_->file("ask.pipe"), aside = folder_->file("half.jsonl.tmp");
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    for (const int signal : {SIGINT, SIGTERM}) {
        Program program(folder_->path(),
                        tune({"predict", "m", "--input", "ask.pipe", "--output", "half.jsonl"}));
        std::ofstream ask(pipe);  // once the program reads, and kept open
        ask << pairs(3) << std::flush;
        for (int i = 0; i < 3000 && !std::filesystem::exists(aside); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        ASSERT_TRUE(std::filesystem::exists(aside));
        program.signal(signal);
        EXPECT_EQ(program.wait().exit_code, 128 + signal);
        EXPECT_FALSE(std::filesystem::exists(aside));
        EXPECT_FALSE(std::filesystem::exists(folder_->file("half.jsonl")));
    }
}

TEST_F(AnswersTest, BadLinesLeaveNoFileAndAreAllNamed) {
    std::ofstream(folder_->file("ask.jsonl"))
        << pairs(3) << "{\"in0\": [99]}\nnonsense\n{\"in0\": [1]}\n{}\n";
    const Finished done = run({"predict", "m", "--input", "ask.jsonl", "--output", "never.jsonl"});
    EXPECT_EQ(done.exit_code, 2);
    for (const char* place : {"ask.jsonl:4: in0[0] = 99", "ask.jsonl:5 = nonsense", "ask.jsonl:7"})
        EXPECT_THAT(done.err, HasSubstr(place));
    EXPECT_FALSE(std::filesystem::exists(folder_->file("never.jsonl")));
    EXPECT_FALSE(std::filesystem::exists(folder_->file("never.jsonl.tmp")));
    const Finished shown = run({"predict", "m", "--input", "ask.jsonl", "--json"});
    EXPECT_EQ(std::count(shown.out.begin(), shown.out.end(), '\n'), 3) << "those before the first bad one";
    const Finished unwritable = run({"predict", "m", "--in0", "w2", "--output", "no/such/folder.jsonl"});
    EXPECT_EQ(unwritable.exit_code, 1);
    EXPECT_THAT(unwritable.err, HasSubstr("no/such/folder.jsonl"));
}

TEST_F(AnswersTest, StandardInputGoesOnWhereItStandsAndALostOutputIsAnError) {
    folder_->write("two.jsonl", "{\"in0\": \"w2\"}\n{\"in0\": \"w3\"}\n");
    const auto shell = [&](const std::string& words) {
        std::vector<std::string> command = tune({});
        command.insert(command.begin(), {"/bin/sh", "-c", words, "sh"});
        return Program(folder_->path(), command).wait();
    };
    const Finished second = shell(R"({ read -r first; "$@" predict m --json; } <two.jsonl)");
    EXPECT_EQ(second.out, run({"predict", "m", "--in0", "w3", "--json"}).out) << second.err;
    folder_->write("two.json", R"(skipped
{"instances": [{"in0": "w3"}]})");
    const Finished document =
        shell(R"({ read -r first; "$@" predict m --json --content-type json; } <two.json)");
    EXPECT_THAT(document.out, HasSubstr("predictions")) << document.err;
    folder_->write("many.jsonl", pairs(1'000));
    for (const char* command : {"predict m --in0 w2", "predict m --json --input many.jsonl",
                                "embed m --side in0 --vocabulary", "models list"}) {
        const Finished full = shell("\"$@\" " + std::string(command) + " >/dev/full");
        EXPECT_EQ(full.exit_code, 1) << command;
        EXPECT_THAT(full.err, HasSubstr("No space left")) << command;
        EXPECT_EQ(shell("\"$@\" " + std::string(command) + " >&-").exit_code, 0) << "nobody reads it";
    }
}

TEST_F(AnswersTest, AnOutputThatCannotBeIsToldBeforeTheWork) {
    folder_->write("nonsense.jsonl", "nonsense\n");
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"predict", "m", "--input", "nonsense.jsonl", "--output", "."},
          {"cluster", "m", "--side", "in0", "--items", "nonsense.jsonl", "--output", "."}}) {
        const Finished done = run(command);
        EXPECT_EQ(done.exit_code, 1);
        EXPECT_THAT(done.err, HasSubstr("Is a directory"));
    }
    ASSERT_EQ(::mkfifo(folder_->file("pipe").c_str(), 0600), 0);
    const Finished piped =
        run({"embed", "m", "--side", "in0", "--vocabulary", "--format", "npy", "--output", "pipe"});
    EXPECT_EQ(piped.exit_code, 2);
    EXPECT_THAT(piped.err, HasSubstr("--format = npy: needs an --output file"));
    EXPECT_EQ(run({"predict", "m", "--in0", "w2", "--input", "nonsense.jsonl"}).exit_code, 2);
}

TEST_F(AnswersTest, EmbeddingsAreWrittenForOtherPrograms) {
    std::ofstream(folder_->file("items.jsonl")) << R"({"in1": "w2 w3", "name": "two\tthree"})" << '\n'
                                                << R"({"in1": [12], "in0": [3]})" << '\n';
    const auto embed = [&](const std::string& output) {
        const Finished done =
            run({"embed", "m", "--side", "in1", "--input", "items.jsonl", "--output", output});
        EXPECT_EQ(done.exit_code, 0) << done.err;
        std::ostringstream text;
        text << std::ifstream(folder_->file(output == "-" ? "stdout" : output), std::ios::binary).rdbuf();
        return output == "-" ? done.out : text.str();
    };
    const std::string lines = embed("x.jsonl");
    EXPECT_EQ(lines, embed("-"));
    std::istringstream in(lines);
    std::string line;
    std::getline(in, line);
    const json first = json::parse(line);
    EXPECT_EQ(first.at("name"), "two\tthree");
    const auto numbers = first.at("embeddings").get<std::vector<float>>();
    ASSERT_EQ(numbers.size(), 6U);
    std::getline(in, line);
    EXPECT_FALSE(json::parse(line).contains("name"));

    const std::string npy = embed("x.npy");
    ASSERT_EQ(npy.size(), 128U + 2 * 6 * 4);
    EXPECT_THAT(npy, testing::StartsWith(std::string("\x93NUMPY\x01\x00\x76\x00", 10)));
    EXPECT_THAT(npy, HasSubstr("'descr': '<f4', 'fortran_order': False, 'shape': (2, 6)"));
    std::vector<float> row(6);
    std::memcpy(row.data(), npy.data() + 128, 24);
    EXPECT_EQ(row, numbers);

    const std::string tsv = embed("x.tsv");
    EXPECT_EQ(std::count(tsv.begin(), tsv.end(), '\t'), 10);
    std::ostringstream names;
    names << std::ifstream(folder_->file("x.metadata.tsv")).rdbuf();
    EXPECT_EQ(names.str(), "two three\nw12\n");

    const Finished vocabulary = run({"embed", "m", "--side", "in0", "--vocabulary"});
    EXPECT_EQ(std::count(vocabulary.out.begin(), vocabulary.out.end(), '\n'), 21) << "all but the padding";
    EXPECT_THAT(vocabulary.out, HasSubstr(R"("name":"w7")"));
    EXPECT_EQ(run({"embed", "m", "--side", "in2"}).exit_code, 2);
    EXPECT_EQ(run({"embed", "m", "--side", "in1", "--input", "items.jsonl", "--output", "x.csv"}).exit_code,
              2);
    const Finished missing = run({"embed", "m", "--side", "in0", "--input", "items.jsonl"});
    EXPECT_EQ(missing.exit_code, 2);
    EXPECT_THAT(missing.err, HasSubstr("items.jsonl:1: has no in0"));
}

TEST_F(AnswersTest, AServerAnswersCurlUntilItIsTerminated) {
    ASSERT_EQ(std::system("command -v curl >/dev/null"), 0) << "curl is among what `make install` installs";
    folder_->write("token", "secret\n");
    Program server(folder_->path(), tune({"serve", "m", "--port", "0", "--token-file", "token"}));
    ASSERT_TRUE(server.wait_for("serving "));
    const std::string said = server.output();
    const std::string address = said.substr(said.find("http://"), said.find(" (") - said.find("http://"));
    const auto curl = [&](const std::string& arguments) {
        const std::string command =
            "curl -sS -w '\\n%{http_code}' -H 'Authorization: Bearer secret' " + arguments;
        FILE* pipe = popen(command.c_str(), "r");
        std::string text;
        for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
        pclose(pipe);
        return text;
    };
    EXPECT_EQ(curl(address + "/ping"), "\n200");
    // As SageMaker's runtime client sends it.
    const std::string answer =
        curl(address +
             "/invocations -H 'Content-Type: application/json' -H 'Accept: application/json' "
             "-d '{\"instances\": [{\"in0\": [13], \"in1\": [14, 15]}, {\"in0\": \"w3\"}]}'");
    ASSERT_THAT(answer, testing::EndsWith("\n200"));
    const json predictions = json::parse(answer.substr(0, answer.rfind('\n'))).at("predictions");
    EXPECT_GT(predictions.at(0).at("scores").at(1), 0.5);
    EXPECT_EQ(predictions.at(1).at("embeddings").size(), 6U);
    const std::string lines =
        curl(address +
             "/invocations -H 'Content-Type: application/jsonlines; infer_max_seqlens=1,1' "
             "--data-binary '{\"in0\":[13],\"in1\":[14]}'");
    EXPECT_THAT(lines, testing::StartsWith("{\"scores\":["));
    EXPECT_THAT(curl(address + "/ping -X DELETE"), HasSubstr("405"));
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait().exit_code, 0);
    EXPECT_THAT(server.output(), HasSubstr("stopped"));
    const Finished refused = run({"serve", "m", "--host", "nowhere"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--host = nowhere"));
}

}  // namespace
}  // namespace o2v
#endif
