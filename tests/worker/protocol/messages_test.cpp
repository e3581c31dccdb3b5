#include "worker/protocol/messages.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "worker/protocol/json.hpp"

namespace o2v::protocol {
namespace {

template <class Message>
std::string body_of(const Message& message) {
    FrameReader reader;
    const std::string frame = encode(message);
    reader.append(frame.data(), frame.size());
    return reader.next().value();
}

StartTrial a_start() {
    StartTrial start;
    start.trial = 7;
    start.attempt = 2;
    start.seed = std::numeric_limits<std::uint64_t>::max();
    start.hyperparameters = {
        {"learning_rate", 0.1}, {"mlp_dim", std::int64_t{64}}, {"optimizer", std::string("adam")}};
    start.goal = {"validation:accuracy", Direction::maximize};
    start.keep = Keep::objective;
    start.asked_metrics = {"validation:hits@10", "latency_p99_ms"};
    start.data.train = "/data/a \"quoted\" name.jsonl";
    start.data.skip_bad_lines = 3;
    start.folder = "/runs/x";
    start.resume_from = "/runs/x/checkpoint";
    start.fork_from = "/runs/x/parent";
    start.epochs_recorded = 12;
    return start;
}

StartTrial a_command() {
    StartTrial start;
    start.command = {
        {"./train.sh", "--lr={lr}"}, "/exp", {{"loss", "loss=(\\S+)"}, {"epoch", "(\\d+)"}}, ValueRule::best};
    start.keep = Keep::last;
    return start;
}

TEST(Messages, EveryDownMessageReadsBackEqual) {
    const std::vector<Down> messages{a_start(), a_command(), Proceed{3}, StopTrial{4, true}, Shutdown{}};
    for (const Down& message : messages) EXPECT_EQ(decode_down(body_of(message)), message) << message.index();
}

TEST(Messages, EveryUpMessageReadsBackEqual) {
    Hello hello;
    hello.pid = 4711;
    hello.cores = {0, 3};
    hello.gpus = {"GPU-a", "GPU-b"};
    hello.blas = "libopenblas.so.0";
    const Measurement measurement{
        4, {{"validation:accuracy", 0.1 + 0.2}}, std::chrono::milliseconds(1234), 1e5, 1 << 30};
    const std::vector<Up> messages{hello,
                                   EpochEnded{1, 2, measurement},
                                   CheckpointSaved{1, 2, 3, "/x"},
                                   TrialCompleted{1, 1, {{"test:accuracy", 0.5}}, 3, "/m"},
                                   TrialDiverged{1, 1, "loss is nan"},
                                   TrialStopped{1, 1},
                                   TrialFailed{1, 1, FailureKind::out_of_memory, "no memory", true}};
    for (const Up& message : messages) EXPECT_EQ(decode_up(body_of(message)), message) << message.index();
}

TEST(Messages, ParametersKeepTheirType) {
    const Down decoded = decode_down(body_of(Down(a_start())));
    const Assignment& params = std::get<StartTrial>(decoded).hyperparameters;
    EXPECT_TRUE(std::holds_alternative<std::int64_t>(params.at("mlp_dim")));
    EXPECT_TRUE(std::holds_alternative<double>(params.at("learning_rate")));
    StartTrial whole;
    whole.hyperparameters = {{"dropout", 1.0}};  // a float that looks like an integer stays a float
    const Down again = decode_down(body_of(Down(whole)));
    EXPECT_TRUE(std::holds_alternative<double>(std::get<StartTrial>(again).hyperparameters.at("dropout")));
}

TEST(Messages, NonFiniteMetricsSurvive) {
    const double inf = std::numeric_limits<double>::infinity();
    const Up decoded = decode_up(
        body_of(Up(EpochEnded{0, 1, {0, {{"a", std::nan("")}, {"b", inf}, {"c", -inf}}, {}, 0, 0}})));
    const Metrics& metrics = std::get<EpochEnded>(decoded).measurement.metrics;
    EXPECT_TRUE(std::isnan(metrics.at("a")));
    EXPECT_EQ(metrics.at("b"), inf);
    EXPECT_EQ(metrics.at("c"), -inf);
}

TEST(Messages, TextThatIsNotUtf8IsReplacedNotThrownOver) {
    EXPECT_NO_THROW(decode_up(body_of(Up(TrialFailed{1, 1, FailureKind::crashed, "caf\xe9"}))));
}

TEST(Messages, WrongMessagesAreProtocolErrors) {
    for (const char* text :
         {"", "{", "[]", "{}", R"({"type":"nonsense"})", R"({"type":"proceed"})",
          R"({"type":"proceed","trial":"x"})", R"({"type":5})",
          R"({"type":"trial_failed","trial":1,"attempt":1,"kind":"bored","message":""})"}) {
        EXPECT_THROW(decode_down(text), ProtocolError) << text;
        EXPECT_THROW(decode_up(text), ProtocolError) << text;
    }
}

TEST(Messages, WordsThatAreNotKnownAreProtocolErrors) {
    const auto whole = nlohmann::json::parse(body_of(Down(a_command())));
    for (const char* pointer : {"/goal/direction", "/keep", "/command/value"}) {
        auto wrong = whole;
        const nlohmann::json::json_pointer field(pointer);
        ASSERT_TRUE(wrong.contains(field)) << pointer << ' ' << wrong;
        wrong[field] = "bored";
        EXPECT_THROW(decode_down(wrong.dump()), ProtocolError) << pointer;
    }
}

TEST(Messages, ATrialWithoutACommandSaysNothingOfIt) {
    const auto json = nlohmann::json::parse(body_of(Down(a_start())));
    EXPECT_FALSE(json.contains("command"));
}

TEST(FrameReader, CutsAStreamThatArrivesByteByByte) {
    const std::string stream = encode(Down(Proceed{1})) + encode(Down(Shutdown{}));
    FrameReader reader;
    std::vector<Down> got;
    for (const char c : stream) {
        reader.append(&c, 1);
        while (auto body = reader.next()) got.push_back(decode_down(*body));
    }
    EXPECT_EQ(got, (std::vector<Down>{Proceed{1}, Shutdown{}}));
}

TEST(FrameReader, RefusesAFrameOverTheLimit) {
    FrameReader reader;
    reader.append("\xff\xff\xff\xff", 4);
    EXPECT_THROW(reader.next(), ProtocolError);
}

TEST(Events, EveryEventReadsBackEqual) {
    const std::vector<TrialEvent> events{
        TrialCreated{0, {{"lr", 1e-5}}, 9},
        AttemptStarted{0, 1, "slot-0", "cuda:0", "host", {2, 3}},
        Reported{0, 1, {0, {{"m", 0.5}}, std::chrono::milliseconds(5), 10.5, 99}},
        Checkpointed{0, 1, {"checkpoints/0/c", 2}},
        Paused{0, "rung 1"},
        AttemptFailed{0, 1, FailureKind::lost, "gone"},
        TrialEnded{0, Completed{{{"m", 0.5}}, 1, "models/0"}},
        TrialEnded{1, Pruned{"worse than the median", false}},
        TrialEnded{2, Failure{FailureKind::bad_config, "enc_dim"}}};
    for (const TrialEvent& event : events)
        EXPECT_EQ(event_from_json(nlohmann::json::parse(to_json(event).dump())), event) << event.index();
}

}  // namespace
}  // namespace o2v::protocol
