// Over real sockets, as clients good and bad use it.
#include "worker/serve/server.hpp"

#include <gmock/gmock.h>

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <cmath>
#include <thread>

#include "search/study/errors.hpp"
#include "tests/worker/serve/served_model.hpp"

namespace o2v::serve {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

class ServerTest : public ServedModelTest {
  protected:
    ServerTest() { start({}); }
    ~ServerTest() override { stop(); }

    void start(ServerOptions options) {
        options.port = 0;
        options.threads = 2;
        options.max_body = 4000;
        server_ = std::make_unique<Server>(options, service_, metrics_);
        thread_ = std::thread([this] { server_->run(); });
    }
    void stop() {
        server_->stop();
        thread_.join();
    }
    void restart(const ServerOptions& options) {
        stop();
        start(options);
    }

    struct Client {
        explicit Client(int port) : socket(context) {
            socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
        }
        void send(const std::string& text) { asio::write(socket, asio::buffer(text)); }
        // The next response; status 0 when the connection ends instead.
        http::response<http::string_body> receive() {
            http::response<http::string_body> response;
            boost::beast::error_code error;
            http::read(socket, buffer, response, error);
            if (error) response.result(0U);
            return response;
        }
        http::response<http::string_body> post(const std::string& body, const std::string& more = "") {
            send(
                "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: "
                "application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n" + more + "\r\n" + body);
            return receive();
        }
        // All that comes until the other end closes.
        std::string rest() {
            boost::beast::error_code error;
            std::string text;
            asio::read(socket, asio::dynamic_buffer(text), error);
            return text;
        }
        asio::io_context context;
        tcp::socket socket;
        boost::beast::flat_buffer buffer;
    };
    Client client() const { return Client(server_->port()); }

    static std::string body_of(int i) { return "{\"instances\":[" + pair_json(i) + "]}"; }

    ServiceMetrics metrics_;
    ModelSource models_{{current(), "cpu", "", "", 10ms, [](const std::string&) {}}, metrics_};
    Batcher batcher_{{2, 1024, 0us, 20'000}, metrics_};
    Service service_{{"", 4000, 2}, models_, batcher_, metrics_};
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

TEST_F(ServerTest, AnswersManyRequestsOverOneConnection) {
    Client c = client();
    for (int i = 0; i < 20; ++i) {
        const auto response = c.post(body_of(i));
        ASSERT_EQ(response.result_int(), 200U);
        EXPECT_EQ(response[http::field::content_type], "application/json");
    }
    c.send("GET /ping HTTP/1.1\r\n\r\n");
    EXPECT_EQ(c.receive().result_int(), 200U);
}

TEST_F(ServerTest, TheSameAnswersForOneClientAndForManyWhileVersionsChange) {
    constexpr int kPairs = 19;
    save("2", 2);
    std::vector<std::vector<float>> expected[kPairs];  // by pair and version
    for (const char* version : {"1", "2"}) {
        const auto loaded = load(version);
        for (int i = 0; i < kPairs; ++i) {
            const auto alone = answers::answer(loaded->predictor, pair(i));
            expected[i].emplace_back(alone[0].begin(), alone[0].end());
        }
    }
    const auto agrees = [](const json& scores, const std::vector<float>& with) {
        double most = 0;
        for (std::size_t k = 0; k < with.size(); ++k)
            most = std::max(most, std::abs(scores.at(k).get<double>() - static_cast<double>(with[k])));
        return most < 1e-6;
    };
    std::atomic<bool> enough = false;
    std::atomic<int> wrong = 0, answered = 0;
    std::vector<std::thread> clients;
    for (int number = 0; number < 16; ++number)
        clients.emplace_back([&, number] {
            Client c = client();
            for (int i = number; !enough; ++i) {
                const auto response = c.post(body_of(i % kPairs));
                const json body = json::parse(response.body(), nullptr, false);
                const auto& right = expected[i % kPairs];
                ++answered;
                if (response.result_int() != 200U) {
                    ++wrong;
                    continue;
                }
                const json& scores = body.at("predictions").at(0).at("scores");
                wrong += !agrees(scores, right[0]) && !agrees(scores, right[1]);
            }
        });
    for (int turn = 0; turn < 6; ++turn) {
        std::this_thread::sleep_for(60ms);
        make_current(turn % 2 == 0 ? "2" : "1");
    }
    enough = true;
    for (std::thread& c : clients) c.join();
    EXPECT_EQ(wrong, 0) << "of " << answered;
    EXPECT_GT(metrics_.reloads, 1U);
}

TEST_F(ServerTest, RequestsThatFollowWithoutWaitingAreAnsweredInOrder) {
    Client c = client();
    const std::string one = "POST /invocations HTTP/1.1\r\nContent-Length: ";
    std::string text;
    for (int i = 0; i < 5; ++i) text += one + std::to_string(body_of(i).size()) + "\r\n\r\n" + body_of(i);
    c.send(text);
    for (int i = 0; i < 5; ++i) {
        const auto alone = answers::answer(load()->predictor, pair(i));
        const json scores = json::parse(c.receive().body())["predictions"][0]["scores"];
        EXPECT_NEAR(scores[0].get<double>(), alone[0][0], 1e-6);
    }
}

TEST_F(ServerTest, AHeadIsAnsweredWithoutABody) {
    Client c = client();
    for (const auto& [path, status] : {std::pair{"/model", 200U}, {"/invocations", 405U}, {"/none", 404U}}) {
        c.send("HEAD " + std::string(path) + " HTTP/1.1\r\n\r\nGET /ping HTTP/1.1\r\n\r\n");
        http::response_parser<http::empty_body> head;
        head.skip(true);
        http::read(c.socket, c.buffer, head);
        EXPECT_EQ(head.get().result_int(), status);
        EXPECT_GT(head.content_length().value_or(0), 0U);
        EXPECT_EQ(c.receive().result_int(), 200U) << "of the request behind it";
    }
}

TEST_F(ServerTest, BodiesAreLimitedAnnouncedOrNot) {
    {
        Client c = client();
        c.send("POST /invocations HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n");
        EXPECT_EQ(c.receive().result_int(), 413U);
        EXPECT_EQ(c.rest(), "") << "closed";
    }
    Client c = client();
    c.send("POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "400\r\n" + std::string(0x400, ' ') + "\r\n";
    for (int i = 0; i < 6; ++i) c.send(chunk);
    EXPECT_EQ(c.receive().result_int(), 413U);
    EXPECT_EQ(c.rest(), "");
}

TEST_F(ServerTest, WaitsForTheWordToContinue) {
    Client c = client();
    c.send("POST /invocations HTTP/1.1\r\nContent-Length: " + std::to_string(body_of(1).size()) +
           "\r\nExpect: 100-continue\r\n\r\n");
    std::string line(25, '\0');
    asio::read(c.socket, asio::buffer(line));
    EXPECT_EQ(line, "HTTP/1.1 100 Continue\r\n\r\n");
    c.send(body_of(1));
    EXPECT_EQ(c.receive().result_int(), 200U);
}

TEST_F(ServerTest, WhatIsNoRequestIsToldAndCutOff) {
    for (const std::string& text :
         {std::string("GARBAGE\r\n\r\n"),
          std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n",
          std::string("GET /ping HTTP/9.9\r\n\r\n"),
          std::string("GET /ping HTTP/1.1\r\nContent-Length: -5\r\n\r\n"),
          std::string("POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
        Client c = client();
        c.send(text);
        EXPECT_EQ(c.receive().result_int(), 400U) << text;
        EXPECT_EQ(c.rest(), "");
    }
    Client c = client();
    c.send("GET /ping HTTP/1.1\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n");
    EXPECT_EQ(c.receive().result_int(), 431U);
    EXPECT_EQ(client().post(body_of(1)).result_int(), 200U) << "others are served";
}

TEST_F(ServerTest, AnErrorLeavesTheConnectionInUse) {
    Client c = client();
    EXPECT_EQ(c.post("{\"instances\":[{\"in0\":[77]}]}").result_int(), 400U);
    c.send("GET /nothing HTTP/1.1\r\n\r\n");
    EXPECT_EQ(c.receive().result_int(), 404U);
    EXPECT_EQ(c.post(body_of(1)).result_int(), 200U);
}

TEST_F(ServerTest, HalfARequestAndASilentConnectionAreCutOff) {
    ServerOptions options;
    options.timeout = 1s;
    restart(options);
    Client half = client(), silent = client();
    half.send("POST /invocations HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
    EXPECT_EQ(half.rest(), "");
    EXPECT_EQ(silent.rest(), "");
    for (int i = 0; i < 500 && metrics_.dropped == 0; ++i)  // counted just after the end is seen here
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(metrics_.dropped, 1U);
}

TEST_F(ServerTest, OneConnectionTooManyIsToldSo) {
    ServerOptions options;
    options.max_connections = 2;
    restart(options);
    Client a = client(), b = client();
    EXPECT_EQ(a.post(body_of(1)).result_int(), 200U);
    EXPECT_EQ(b.post(body_of(1)).result_int(), 200U);
    EXPECT_THAT(client().rest(), StartsWith("HTTP/1.1 503"));
    EXPECT_EQ(a.post(body_of(2)).result_int(), 200U);
}

TEST_F(ServerTest, StoppingAnswersWhatHasArrivedAndClosesWhatIsSilent) {
    Client silent = client(), asking = client();
    EXPECT_EQ(silent.post(body_of(1)).result_int(), 200U);
    std::promise<void> go_on;
    const auto wait = go_on.get_future().share();
    for (int replica = 0; replica < 2; ++replica) {
        std::promise<void> begun;
        batcher_.submit({models_.current(),
                         pair(0),
                         std::nullopt,
                         [wait, &begun](const Answered&) {
                             begun.set_value();
                             wait.wait();
                         },
                         {}});
        begun.get_future().wait();
    }
    asking.send("POST /invocations HTTP/1.1\r\nContent-Length: " + std::to_string(body_of(1).size()) +
                "\r\n\r\n" + body_of(1));
    while (metrics_.queue_rows == 0) std::this_thread::sleep_for(1ms);
    server_->stop();
    EXPECT_EQ(silent.rest(), "");
    go_on.set_value();
    const auto response = asking.receive();
    EXPECT_EQ(response.result_int(), 200U);
    EXPECT_FALSE(response.keep_alive());
    EXPECT_THROW(client(), boost::system::system_error);
}

TEST_F(ServerTest, AnAddressThatIsNotFreeIsAnError) {
    ServerOptions options;
    options.port = server_->port();
    EXPECT_THROW(Server(options, service_, metrics_), StorageError);
    options.host = "localhost";
    EXPECT_THROW(Server(options, service_, metrics_), InputError);
}

}  // namespace
}  // namespace o2v::serve
