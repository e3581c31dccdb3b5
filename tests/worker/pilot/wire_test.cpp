// What goes between a pilot and o2v-tune: proofs, frames, and what strangers get.
#include "orchestrator/pilot_port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <random>

#include "tests/loop.hpp"
#include "worker/pilot/dialer.hpp"

namespace o2v::pilot {
namespace {

using orchestrator::PilotKeys;
using orchestrator::PilotPort;
using testing::HasSubstr;

TEST(Proof, BothSidesEndWithTheSameKeysAndNobodyElseDoes) {
    const Bytes32 secret = random_bytes();
    Challenger challenger(secret);
    Answerer answerer(secret);
    const auto answer = answerer.answer(challenger.challenge());
    ASSERT_TRUE(answer);
    EXPECT_EQ(challenger.challenge().size(), kChallengeSize);
    EXPECT_EQ(answer->size(), kAnswerSize);
    const auto confirmation = challenger.confirm(*answer);
    ASSERT_TRUE(confirmation);
    EXPECT_EQ(confirmation->size(), kConfirmationSize);
    EXPECT_TRUE(answerer.is_confirmed(*confirmation));
    EXPECT_EQ(challenger.keys().to_tune, answerer.keys().to_tune);
    EXPECT_EQ(challenger.keys().to_pilot, answerer.keys().to_pilot);
    EXPECT_NE(challenger.keys().to_tune, challenger.keys().to_pilot);
}

TEST(Proof, AnotherSecretARepeatedAnswerAndAMirrorProveNothing) {
    const Bytes32 secret = random_bytes();
    Challenger challenger(secret);
    EXPECT_FALSE(challenger.confirm(*Answerer(random_bytes()).answer(challenger.challenge())));
    const std::string overheard = *Answerer(secret).answer(challenger.challenge());
    EXPECT_TRUE(challenger.confirm(overheard));
    EXPECT_FALSE(Challenger(secret).confirm(overheard)) << "of another connection";
    EXPECT_FALSE(challenger.confirm(challenger.challenge() + std::string(32, 'x')));
    EXPECT_FALSE(Answerer(secret).answer(std::string(kChallengeSize, '\0')));
    Answerer answerer(secret);
    const auto answer = answerer.answer(challenger.challenge());
    EXPECT_FALSE(answerer.is_confirmed(answer->substr(answer->size() - kConfirmationSize)));
}

TEST(Proof, HmacIsRfc4231s) {  // its test case 2, with the key filled up with zeros as HMAC does
    Bytes32 key{};
    const std::string_view jefe = "Jefe";
    std::copy(jefe.begin(), jefe.end(), key.begin());
    EXPECT_EQ(to_hex(hmac(key, "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(from_hex(to_hex(key)), key);
    EXPECT_FALSE(from_hex("xyz"));
    EXPECT_FALSE(from_hex(std::string(64, 'g')));
}

class PortTest : public testing::TestWithParam<bool> {
  protected:
    PortTest() {
        keys_.secret = to_hex(random_bytes());
        const Certificate certificate = make_certificate();
        keys_.tls_key = certificate.key;
        keys_.tls_certificate = certificate.certificate;
        keys_.fingerprint = certificate.fingerprint;
        open();
    }
    bool tls() const { return GetParam(); }
    void open() {
        port_ = std::make_unique<PilotPort>(io_, keys_, tls(),
                                            [this](auto channel) { come_.push_back(std::move(channel)); });
        orders_.addresses = {"127.0.0.1:" + std::to_string(port_->port())};
        orders_.secret = keys_.secret;
        if (tls()) orders_.certificate = keys_.fingerprint;
    }
    // What dialing with these orders leads to.
    std::pair<std::shared_ptr<Channel>, std::string> dial(const protocol::PilotOrders& orders) {
        std::optional<std::pair<std::shared_ptr<Channel>, std::string>> end;
        std::make_shared<Dialer>(io_, orders)
            ->dial([&](std::shared_ptr<Channel> channel, const std::string& why) {
                end.emplace(std::move(channel), why);
            });
        EXPECT_TRUE(run_until(io_, [&] { return end.has_value(); }));
        return end.value_or(std::pair<std::shared_ptr<Channel>, std::string>{});
    }
    boost::asio::ip::tcp::socket connect() {
        boost::asio::ip::tcp::socket socket(io_);
        socket.connect({boost::asio::ip::make_address("127.0.0.1"), port_->port()});
        return socket;
    }

    boost::asio::io_context io_;
    PilotKeys keys_;
    std::unique_ptr<PilotPort> port_;
    protocol::PilotOrders orders_;
    std::vector<std::shared_ptr<Channel>> come_;
};

TEST_P(PortTest, WhoKnowsTheSecretIsLetInAndFramesGoBothWays) {
    orders_.addresses.insert(orders_.addresses.begin(), "127.0.0.1:1");  // nobody there
    const auto [channel, why] = dial(orders_);
    ASSERT_TRUE(channel) << why;
    ASSERT_TRUE(run_until(io_, [&] { return come_.size() == 1; }));
    std::string at_tune, at_pilot, closed;
    come_[0]->start(
        {[&](Kind kind, const std::string& body) { at_tune += static_cast<char>(kind) + body.substr(0, 5); },
         [&](const std::string& reason) { closed = reason; }, nullptr});
    channel->start({[&](Kind kind, const std::string& body) { at_pilot += static_cast<char>(kind) + body; },
                    nullptr, nullptr});
    channel->send(Kind::pilot, "hello");
    channel->send(Kind::worker, "");
    channel->send(Kind::chunk, std::string(3u << 20, 'x'));
    come_[0]->send(Kind::log, "answer");
    EXPECT_TRUE(run_until(io_, [&] { return at_tune == "phellowdxxxxx" && at_pilot == "lanswer"; }))
        << at_tune << at_pilot;
    channel->close();
    EXPECT_TRUE(run_until(io_, [&] { return !closed.empty(); }));
    EXPECT_EQ(port_->strangers(), 0U);
}

TEST_P(PortTest, WhoDoesNotIsTurnedOutAndCounted) {
    protocol::PilotOrders wrong = orders_;
    wrong.secret = to_hex(random_bytes());
    EXPECT_FALSE(dial(wrong).first);
    EXPECT_TRUE(run_until(io_, [&] { return port_->strangers() == 1; }));
    EXPECT_THAT(port_->last_stranger(), HasSubstr("127.0.0.1:"));
    EXPECT_TRUE(come_.empty());
    if (!tls()) return;
    wrong = orders_;
    wrong.certificate = to_hex(random_bytes());
    EXPECT_FALSE(dial(wrong).first) << "another's certificate";
    wrong.certificate.clear();
    EXPECT_FALSE(dial(wrong).first) << "without TLS";
    EXPECT_TRUE(come_.empty());
}

TEST_P(PortTest, RandomBytesGetNothingAndManyWhoAreSilentKeepNobodyOut) {
    std::mt19937 random(7);
    std::vector<boost::asio::ip::tcp::socket> silent;
    for (int i = 0; i < 200; ++i) {
        silent.push_back(connect());
        if (i % 2 == 0) {
            std::string noise(1 + random() % 300, '\0');
            for (char& c : noise) c = static_cast<char>(random());
            boost::system::error_code ignored;
            boost::asio::write(silent.back(), boost::asio::buffer(noise), ignored);
        }
        io_.poll();
    }
    ASSERT_TRUE(dial(orders_).first);
    ASSERT_TRUE(run_until(io_, [&] { return come_.size() == 1; }));
    EXPECT_GE(port_->strangers(), 100U);
}

class FramesTest : public PortTest {};  // TLS lets nothing of that through

TEST_P(FramesTest, ThatAreChangedRepeatedOrTooLongEndTheConnection) {
    for (const std::string& kind : {"changed", "repeated", "long", "short"}) {
        come_.clear();
        // A pilot by hand, whose frames can be kept.
        auto socket = connect();
        std::string challenge(kChallengeSize, '\0'), confirmation(kConfirmationSize, '\0');
        io_.poll();
        run_until(io_, [&] { return socket.available() >= challenge.size(); });
        boost::asio::read(socket, boost::asio::buffer(challenge));
        Answerer answerer(*from_hex(keys_.secret));
        boost::asio::write(socket, boost::asio::buffer(*answerer.answer(challenge)));
        ASSERT_TRUE(run_until(io_, [&] { return come_.size() == 1; }));
        boost::asio::read(socket, boost::asio::buffer(confirmation));
        ASSERT_TRUE(answerer.is_confirmed(confirmation));
        int frames = 0;
        std::string closed;
        come_[0]->start({[&](Kind, const std::string&) { ++frames; },
                         [&](const std::string& why) { closed = why; }, nullptr});
        const std::string content = "pbody";
        const auto frame = [&](std::uint64_t number) {
            std::string message;
            for (int i = 0; i < 8; ++i) message += static_cast<char>(number >> 8 * i & 0xff);
            const Bytes32 mac = hmac(answerer.keys().to_tune, message + content);
            return std::string("\x15\0\0\0", 4) + content +
                   std::string(reinterpret_cast<const char*>(mac.data()), 16);
        };
        const std::string good = frame(0);
        boost::asio::write(socket, boost::asio::buffer(good));
        ASSERT_TRUE(run_until(io_, [&] { return frames == 1; }));
        std::string bad = kind == "repeated" ? good : frame(1);
        if (kind == "changed") bad[6] ^= 1;
        if (kind == "long") bad[3] = 0x7f;
        if (kind == "short") bad[0] = 3;
        boost::asio::write(socket, boost::asio::buffer(bad));
        EXPECT_TRUE(run_until(io_, [&] { return !closed.empty(); })) << kind;
        EXPECT_EQ(frames, 1) << kind;
    }
}

TEST_P(PortTest, AnEarlierPortIsTakenAgainAndAnotherWhereItIsNotFree) {
    keys_.port = port_->port();
    port_.reset();
    open();
    EXPECT_EQ(port_->port(), keys_.port);
    PilotPort second(io_, keys_, tls(), [](auto) {});
    EXPECT_NE(second.port(), keys_.port);
}

INSTANTIATE_TEST_SUITE_P(Plain, FramesTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(, PortTest, testing::Values(false, true),
                         [](const auto& of) { return of.param ? "WithTls" : "Plain"; });

}  // namespace
}  // namespace o2v::pilot
