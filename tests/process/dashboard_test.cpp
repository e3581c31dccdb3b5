// o2v-tune dashboard as a browser, curl in its place, sees it.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "orchestrator/storage.hpp"
#include "tests/process/branin.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DashboardTest : public BraninTest {
  protected:
    void begin(std::vector<std::string> more = {}) {
        fs::create_directories(folder_.file("runs"));
        std::vector<std::string> arguments{"dashboard", "--port", "0"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        dashboard_ = std::make_unique<Program>(folder_.path(), tune(arguments));
        ASSERT_TRUE(dashboard_->wait_for("Ctrl-C ends it"));
        const std::string said = dashboard_->output();
        const std::size_t at = said.find("http://");
        address_ = said.substr(at, said.find('/', at + 7) - at);
    }
    // What curl prints, and the status on a line of its own.
    std::string get(const std::string& path, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"/usr/bin/curl", "-sS", "--path-as-is", "-m", "20", "-w",
                                           "\n%{http_code}"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        arguments.push_back(address_ + path);
        const Finished finished = Program(folder_.path(), arguments).wait();
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        return finished.out;
    }
    json get_json(const std::string& path) {
        const std::string answer = get(path);
        EXPECT_THAT(answer, HasSubstr("\n200")) << path;
        return json::parse(answer.substr(0, answer.rfind('\n')));
    }
    std::unique_ptr<Program> follow(const std::string& path, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"/usr/bin/curl", "-sSN", address_ + path};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return std::make_unique<Program>(folder_.path(), arguments);
    }
    std::string run_three() {
        const std::string file = experiment(3);
        const Finished finished = run_tune(folder_.path(), {"run", file});
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        return file;
    }
    void record(const std::string& study, const TrialEvent& event) {
        const auto storage = orchestrator::open_sqlite_storage(folder_.file("runs/" + study + "/study.db"),
                                                               orchestrator::OpenMode::read_write);
        storage->record({&event, 1});
    }

    std::unique_ptr<Program> dashboard_;
    std::string address_;
};

TEST_F(DashboardTest, ServesThePageTheStudiesAndTheirLogs) {
    run_three();
    begin();
    fs::create_directory_symlink("round", folder_.file("runs/round"));  // a link that leads nowhere
    const std::string page = get("/");
    EXPECT_THAT(page, HasSubstr("<!doctype html>"));
    EXPECT_THAT(page, HasSubstr("\n200"));
    EXPECT_THAT(get("/", {"-I"}), HasSubstr("Content-Security-Policy: default-src 'none'"));
    EXPECT_EQ(get("/", {"--compressed"}), page);
    const json studies = get_json("/api/studies");
    ASSERT_EQ(studies.size(), 1U);
    EXPECT_EQ(studies[0]["name"], "branin");
    EXPECT_EQ(studies[0]["folder"], "runs/branin");
    EXPECT_EQ(studies[0]["state"], "idle");
    EXPECT_EQ(studies[0]["trials"], 3);
    const json document = get_json("/api/studies/branin");
    ASSERT_EQ(document["trials"].size(), 3U);
    EXPECT_EQ(studies[0]["best"]["trial"], document["best"]);
    const json board = leaderboard("branin");
    EXPECT_EQ(board[0]["trial"], document["best"]);
    EXPECT_EQ(board[0]["value"], studies[0]["best"]["value"]);
    EXPECT_THAT(get("/api/studies/branin", {"--compressed"}), HasSubstr(R"("name":"branin")"));
    fs::create_directories(folder_.file("runs/branin/checkpoints/trial-1"));
    std::ofstream(folder_.file("runs/branin/checkpoints/trial-1/output.log"))
        << std::string(200'000, 'x') << "\nthe end\n";
    const std::string log = get("/api/studies/branin/trials/1/log");
    EXPECT_THAT(log, HasSubstr("the end\n"));
    EXPECT_LT(log.size(), 70'000U);
    EXPECT_THAT(get("/api/studies/branin/trials/77/log"), HasSubstr("\n404"));
    dashboard_->signal(SIGINT);
    EXPECT_EQ(dashboard_->wait().exit_code, 0);
}

// Who has the page or a study's document is told that it is still the same.
TEST_F(DashboardTest, WhatIsKeptIsAskedForByItsTag) {
    run_three();
    begin();
    const auto tag_of = [](const std::string& answer) {
        const std::size_t at = answer.find("ETag: ");
        return at == std::string::npos ? "" : answer.substr(at + 6, answer.find('\r', at) - at - 6);
    };
    // Importances take a while to compute, and are added once.
    const auto study_tag = [&] { return tag_of(get("/api/studies/branin", {"-o", "body", "-D", "-"})); };
    const std::string without = study_tag();
    for (int i = 0; i < 60 && study_tag() == without; ++i) usleep(500'000);
    for (const std::string path : {"/", "/api/studies", "/api/studies/branin"}) {
        for (const std::string encoding : {"identity", "gzip"}) {
            const std::vector<std::string> accept{"-H", "Accept-Encoding: " + encoding, "-o", "body", "-D",
                                                  "-"};
            const auto ask = [&](std::vector<std::string> more) {
                more.insert(more.end(), accept.begin(), accept.end());
                return get(path, more);
            };
            const std::string first = ask({});
            const std::string tag = tag_of(first);
            EXPECT_THAT(first, AllOf(HasSubstr("\n200"), HasSubstr("Cache-Control: no-cache")));
            ASSERT_EQ(tag.size(), 34U) << path;
            EXPECT_EQ(tag_of(ask({})), tag);
            fs::remove(folder_.file("body"));
            for (const std::string& named : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
                const std::string same = ask({"-H", "If-None-Match: " + named});
                EXPECT_THAT(same,
                            AllOf(HasSubstr("\n304"), HasSubstr("ETag: " + tag),
                                  Not(HasSubstr("Content-Length")), Not(HasSubstr("Content-Encoding"))));
            }
            EXPECT_FALSE(fs::exists(folder_.file("body")) && fs::file_size(folder_.file("body")) > 0);
            EXPECT_THAT(ask({"-H", "If-None-Match: \"other\""}), HasSubstr("\n200"));
            EXPECT_GT(fs::file_size(folder_.file("body")), 0U);
        }
    }
    // One connection goes on after an answer without a body.
    const std::string tag = tag_of(get("/", {"-I"}));
    ASSERT_EQ(tag.size(), 34U);
    const std::string twice = get("/api/studies", {"-w", "\n%{http_code} %{num_connects}", "-H",
                                                   "If-None-Match: " + tag, address_ + "/"});
    EXPECT_THAT(twice, AllOf(HasSubstr("\n304 1"), HasSubstr("\n200 0"), HasSubstr("\"branin\"")));

    const std::string before = tag_of(get("/api/studies/branin", {"-I"}));
    record("branin", TrialCreated{3, {{"x0", 1.0}, {"x1", 2.0}}, 5});
    const std::string changed = get("/api/studies/branin", {"-H", "If-None-Match: " + before});
    EXPECT_THAT(changed, AllOf(HasSubstr("\n200"), HasSubstr("\"id\":3")));
    // What went wrong and what a trial has printed are asked for anew.
    for (const char* path : {"/api/studies/nowhere", "/api/studies/branin/trials/0/log"})
        EXPECT_THAT(
            get(path, {"-i", "-H", "If-None-Match: *"}),
            AllOf(HasSubstr("Cache-Control: no-store"), Not(HasSubstr("ETag")), Not(HasSubstr("\n304"))));
}

// Of each of these the message is there within a second of the event's commit.
TEST_F(DashboardTest, TellsWhatHappensWithinASecond) {
    run_three();
    begin();
    const auto viewer = follow("/api/studies/branin/events"), other = follow("/api/studies/branin/events");
    ASSERT_TRUE(viewer->wait_for("event: study"));
    ASSERT_TRUE(other->wait_for("event: study"));
    for (TrialId id = 3; id < 6; ++id) {
        std::this_thread::sleep_for(milliseconds(130));
        record("branin", TrialCreated{id, {{"x0", 1.0}, {"x1", 2.0}}, 5});
        const auto begun = steady_clock::now();
        ASSERT_TRUE(viewer->wait_for("\"trials\":[{\"id\":" + std::to_string(id)));
        EXPECT_LT(steady_clock::now() - begun, milliseconds(1000));
        ASSERT_TRUE(other->wait_for("\"trials\":[{\"id\":" + std::to_string(id)));
    }
    // One who was cut off gets what has been missed, and one with another server's number everything.
    const std::string told = viewer->output();
    const std::size_t third = told.rfind("id: ", told.find("\"trials\":[{\"id\":3"));
    const std::string last = told.substr(third + 4, told.find('\n', third) - third - 4);
    const auto again = follow("/api/studies/branin/events", {"-H", "Last-Event-ID: " + last});
    ASSERT_TRUE(again->wait_for("\"id\":5"));
    EXPECT_THAT(again->output(), HasSubstr("\"trials\":[{\"id\":4"));
    const auto stranger = follow("/api/studies/branin/events", {"-H", "Last-Event-ID: 1.1-1"});
    ASSERT_TRUE(stranger->wait_for("\"id\":5"));
    EXPECT_THAT(stranger->output(), HasSubstr("\"trials\":[{\"id\":0"));
    dashboard_->signal(SIGTERM);
    EXPECT_EQ(dashboard_->wait().exit_code, 0);
    EXPECT_NE(viewer->wait().exit_code, -1);
}

TEST_F(DashboardTest, StudiesComeAndGo) {
    begin();
    EXPECT_EQ(get_json("/api/studies"), json::array());
    EXPECT_THAT(get("/api/studies/branin"), HasSubstr("\n404"));
    run_three();
    EXPECT_EQ(get_json("/api/studies").size(), 1U);
    const auto viewer = follow("/api/studies/branin/events");
    ASSERT_TRUE(viewer->wait_for("event: study"));
    fs::remove_all(folder_.file("runs/branin"));
    const auto deadline = steady_clock::now() + std::chrono::seconds(10);
    while (viewer->running() && steady_clock::now() < deadline) std::this_thread::sleep_for(milliseconds(20));
    EXPECT_FALSE(viewer->running());
    EXPECT_THAT(get("/api/studies/branin"), HasSubstr("\n404"));
    run_three();
    EXPECT_EQ(get_json("/api/studies/branin")["trials"].size(), 3U);
    std::ofstream(folder_.file("runs/branin/study.db"), std::ios::trunc) << "no database";
    fs::remove(folder_.file("runs/branin/study.db-wal"));
    EXPECT_NE(get_json("/api/studies")[0]["error"], nullptr);
    EXPECT_TRUE(dashboard_->running());
}

TEST_F(DashboardTest, NamesAndLogsAreData) {
    const std::string name = "<script>alert(1)";
    run_three();
    fs::rename(folder_.file("runs/branin"), folder_.file("runs/" + name));
    begin();
    EXPECT_EQ(get_json("/api/studies")[0]["name"], name);
    EXPECT_EQ(get_json("/api/studies/%3Cscript%3Ealert(1)")["trials"].size(), 3U);
    fs::create_directories(folder_.file("runs/" + name + "/checkpoints/trial-0"));
    std::ofstream(folder_.file("runs/" + name + "/checkpoints/trial-0/output.log"))
        << "<script>alert(2)</script>";
    const std::string log = get("/api/studies/%3Cscript%3Ealert(1)/trials/0/log", {"-i"});
    EXPECT_THAT(log, HasSubstr("Content-Type: text/plain; charset=utf-8"));
    EXPECT_THAT(log, HasSubstr("X-Content-Type-Options: nosniff"));
}

TEST_F(DashboardTest, RefusesWhatIsHostile) {
    run_three();
    std::ofstream(folder_.file("secret")) << "secret";
    begin();
    for (const char* path :
         {"/api/studies/..", "/api/studies/..%2f..", "/api/studies/%2e%2e/events", "/../secret",
          "/runs/branin/study.db", "/api/studies/branin/trials/..%2f0/log"}) {
        const std::string answer = get(path);
        EXPECT_TRUE(answer.ends_with("\n400") || answer.ends_with("\n404")) << path << ": " << answer;
        EXPECT_THAT(answer, Not(HasSubstr("secret")));
    }
    EXPECT_THAT(get("/", {"-H", "Host: evil.example"}), HasSubstr("\n403"));
    EXPECT_THAT(get("/", {"-X", "POST", "-d", "x"}), HasSubstr("\n4"));
    EXPECT_THAT(get("/", {"-X", "DELETE"}), HasSubstr("\n405"));
    EXPECT_THAT(get("/", {"-H", "X: " + std::string(20'000, 'x')}), HasSubstr("\n431"));
    EXPECT_THAT(get("/api/studies", {"-H", "Origin: http://evil.example", "-i"}),
                Not(HasSubstr("Access-Control-Allow-Origin")));
    EXPECT_TRUE(dashboard_->running());
}

// A viewer that lets more than 16 MiB wait is let go; the others see everything meanwhile.
TEST_F(DashboardTest, AViewerThatReadsNothingHoldsNobodyUp) {
    run_three();
    begin();
    const int silent = socket(AF_INET, SOCK_STREAM, 0);
    const int small = 4096;
    setsockopt(silent, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address_.substr(address_.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(silent, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const std::string request = "GET /api/studies/branin/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    ASSERT_EQ(write(silent, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    const std::string seen = folder_.file("seen");
    const auto viewer = follow("/api/studies/branin/events", {"-o", seen});
    const auto sees = [&](std::size_t bytes) {
        const auto deadline = steady_clock::now() + std::chrono::seconds(10);
        std::error_code error;
        while (steady_clock::now() < deadline) {
            const auto size = fs::file_size(seen, error);
            if (!error && size >= bytes) return true;
            std::this_thread::sleep_for(milliseconds(10));
        }
        return false;
    };
    ASSERT_TRUE(sees(1));
    constexpr std::size_t kLarge = 3 << 20;
    for (TrialId id = 3; id < 15; ++id) {
        record("branin", TrialCreated{id, {{"x0", 1.0}, {"x1", 2.0}}, 5, std::string(kLarge, 'y')});
        ASSERT_TRUE(sees(static_cast<std::size_t>(id - 2) * kLarge));
    }
    const timeval patience{10, 0};
    setsockopt(silent, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::vector<char> taken(1 << 20);
    std::size_t bytes = 0;
    ssize_t got = 0;
    while ((got = read(silent, taken.data(), taken.size())) > 0) bytes += static_cast<std::size_t>(got);
    EXPECT_TRUE(got == 0 || errno == ECONNRESET) << "the end, and no waiting for more: " << errno;
    EXPECT_LT(bytes, 12 * kLarge);
    close(silent);
    EXPECT_EQ(get_json("/api/studies")[0]["trials"], 15);
}

TEST_F(DashboardTest, SaysWhatIsWrong) {
    EXPECT_EQ(run_tune(folder_.path(), {"dashboard", "--folder", "nowhere"}).exit_code, 2);
    fs::create_directories(folder_.file("runs"));
    const Finished host = run_tune(folder_.path(), {"dashboard", "--host", "no.such.host.invalid"});
    EXPECT_EQ(host.exit_code, 2);
    EXPECT_THAT(host.err, HasSubstr("no.such.host.invalid"));
    EXPECT_EQ(run_tune(folder_.path(), {"dashboard", "--port", "99999"}).exit_code, 2);
    begin();
    const std::string port = address_.substr(address_.rfind(':') + 1);
    const Finished taken = run_tune(folder_.path(), {"dashboard", "--port", port});
    EXPECT_EQ(taken.exit_code, 1);
    EXPECT_THAT(taken.err, HasSubstr("take another --port"));
}

}  // namespace
}  // namespace o2v
