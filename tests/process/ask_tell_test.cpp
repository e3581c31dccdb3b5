// `o2v-tune ask-tell` as another program uses it: over pipes, killed in between, continued.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <cstdlib>

#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// The program at the other end of two pipes.
class Conversation {
  public:
    explicit Conversation(const std::vector<std::string>& arguments) {
        int down[2], up[2];
        if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0) std::abort();
        std::vector<char*> argv;
        for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        pid_ = fork();
        if (pid_ == 0) {
            dup2(down[0], STDIN_FILENO);
            dup2(up[1], STDOUT_FILENO);
            execv(argv[0], argv.data());
            _exit(127);
        }
        close(down[0]);
        close(up[1]);
        to_ = down[1];
        from_ = up[0];
    }
    ~Conversation() {
        kill();
        close(from_);
    }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    void say(const std::string& line) {
        const std::string text = line + '\n';
        ASSERT_EQ(write(to_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    // The next line; null when none comes within half a minute.
    json hear() {
        std::size_t end = std::string::npos;
        while ((end = heard_.find('\n')) == std::string::npos) {
            pollfd ready{from_, POLLIN, 0};
            char buffer[4096];
            if (poll(&ready, 1, 30'000) != 1) return nullptr;
            const ssize_t size = read(from_, buffer, sizeof buffer);
            if (size <= 0) return nullptr;
            heard_.append(buffer, static_cast<std::size_t>(size));
        }
        const json line = json::parse(heard_.substr(0, end));
        heard_.erase(0, end + 1);
        return line;
    }
    json answer(const std::string& line) {
        say(line);
        return hear();
    }
    void kill() {
        if (pid_ > 0) ::kill(pid_, SIGKILL);
        end();
    }
    // Ends its input; the exit code, or 128 + signal.
    int end() {
        if (pid_ <= 0) return -1;
        close(to_);
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

  private:
    pid_t pid_ = -1;
    int to_ = -1, from_ = -1;
    std::string heard_;
};

class AskTellTest : public testing::Test {
  protected:
    TemporaryFolder folder_;
    const std::string file_ = folder_.write("space.json", R"({"search": {"seed": 5, "space": {
        "depth": {"type": "int", "min": 1, "max": 50},
        "rate": {"type": "float", "min": 1e-4, "max": 1, "scale": "log"}}}})");
};

TEST_F(AskTellTest, EveryAnswerComesAtOnceAndTheEndIsZero) {
    Conversation program(tune({"ask-tell", file_, "--strategy", "sobol"}));
    for (int i = 0; i < 20; ++i) {
        const json asked = program.answer(R"({"ask": 1})");
        ASSERT_EQ(asked.at("trial"), i);
        const double rate = asked.at("params").at("rate");
        const json told{{"tell", {{"trial", i}, {"value", rate}}}};
        ASSERT_EQ(program.answer(told.dump()), json::parse(R"({"ok": true})"));
        ASSERT_TRUE(program.answer("not this").contains("error"));
    }
    EXPECT_EQ(program.end(), 0);
}

TEST_F(AskTellTest, AKilledStudyIsContinued) {
    const auto command = tune({"ask-tell", file_, "--db", folder_.file("study.db")});
    Conversation whole(tune({"ask-tell", file_}));
    std::vector<json> expected;
    for (int i = 0; i < 6; ++i) expected.push_back(whole.answer(R"({"ask": 1})"));
    EXPECT_EQ(whole.end(), 0);
    {
        Conversation first(command);
        for (int i = 0; i < 4; ++i)
            EXPECT_EQ(first.answer(R"({"ask": 1})"), expected[static_cast<std::size_t>(i)]);
        EXPECT_TRUE(first.answer(R"({"tell": {"trial": 1, "value": 0.25}})").at("ok"));
        const Finished second = run_tune(folder_.path(), {"ask-tell", file_, "--db", "study.db"});
        EXPECT_EQ(second.exit_code, 1) << "one at a time";
        EXPECT_THAT(second.err, HasSubstr("is being run by"));
        first.kill();
    }
    Conversation second(command);
    EXPECT_EQ(second.answer(R"({"ask": 1})"), expected[4]);
    EXPECT_TRUE(second.answer(R"({"tell": {"trial": 0, "value": 0.5}})").at("ok")) << "an open trial";
    EXPECT_TRUE(second.answer(R"({"tell": {"trial": 1, "value": 0.5}})").contains("error")) << "told before";
    EXPECT_EQ(second.end(), 0);
    const Finished board = run_tune(folder_.path(), {"leaderboard", folder_.path(), "--format", "json"});
    EXPECT_EQ(json::parse(board.out).at(0).at("trial"), 1) << board.err;
}

TEST_F(AskTellTest, BadFilesEndWithTwo) {
    const auto ended = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "ask-tell");
        const Finished finished = run_tune(folder_.path(), std::move(arguments));
        EXPECT_EQ(finished.out, "");
        return std::to_string(finished.exit_code) + ": " + finished.err;
    };
    EXPECT_THAT(ended({}), HasSubstr("2: FILE is required"));
    EXPECT_THAT(ended({"none.json"}), HasSubstr("2: o2v-tune: none.json"));
    EXPECT_THAT(ended({folder_.write("list.json", "[]")}), HasSubstr("must be an object"));
    EXPECT_THAT(ended({file_, "--strategy", "rando"}), HasSubstr("did you mean random?"));
    EXPECT_THAT(ended({file_, "--seed", "-1"}), testing::StartsWith("2: "));
    EXPECT_THAT(ended({file_, "--db", "no/such/folder/x.db"}), testing::StartsWith("1: "));
    folder_.write("damaged.db", std::string(5000, 'x'));
    EXPECT_THAT(ended({file_, "--db", "damaged.db"}), HasSubstr("1: o2v-tune: damaged.db: it is damaged"));
}

}  // namespace
}  // namespace o2v
