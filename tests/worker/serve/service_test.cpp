#include "worker/serve/service.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include <mutex>
#include <thread>

#include "search/study/errors.hpp"
#include "tests/worker/serve/served_model.hpp"

namespace o2v::serve {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

class ServiceTest : public ServedModelTest {
  protected:
    ServiceTest()
        : models_({current(), "cpu", "", "", 10ms,
                   [this](const std::string& text) {
                       const std::lock_guard lock(said_mutex_);
                       said_ += text + '\n';
                   }},
                  metrics_),
          batcher_({}, metrics_),
          service_({"", 1000, 1}, models_, batcher_, metrics_) {}

    // As a server asks: its head first, then the whole.
    Response ask(Request request) {
        if (auto refusal = service_.refuse(request, request.body.size())) return *refusal;
        request.body.reserve(request.body.size() + answers::QueryParser::kPadding);
        std::promise<std::function<Response()>> made;
        service_.handle(std::move(request),
                        [&](std::function<Response()> make) { made.set_value(std::move(make)); });
        return made.get_future().get()();
    }
    Response post(const std::string& body, const std::string& type = "application/json",
                  const std::string& accept = "") {
        return ask({"POST", "/invocations", type, accept, "", body});
    }
    Response get(const std::string& target) { return ask({"GET", target, "", "", "", ""}); }
    std::string said() {
        const std::lock_guard lock(said_mutex_);
        return said_;
    }

    std::mutex said_mutex_;
    std::string said_;
    ServiceMetrics metrics_;
    ModelSource models_;
    Batcher batcher_;
    Service service_;
};

TEST_F(ServiceTest, BothSidesGiveScoresAndOneItsEmbedding) {
    const Response response =
        post(R"({"instances": [{"in0": [1, 2], "in1": [3]}, {"in1": [4]}, {"in0": "dog"}]})");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "application/json");
    const json predictions = json::parse(response.body).at("predictions");
    ASSERT_EQ(predictions.size(), 3U);
    EXPECT_EQ(predictions[0].size(), 1U);
    const auto expected = answers::answer(models_.current()->predictor, [] {
        const std::vector<std::int32_t> in0{1, 2}, in1{3};
        answers::Queries queries;
        queries.append(&in0, &in1);
        return queries;
    }());
    for (std::size_t k = 0; k < 3; ++k)
        EXPECT_NEAR(predictions[0].at("scores").at(k).get<double>(), expected[0][k], 1e-6);
    EXPECT_EQ(predictions[1].at("embeddings").size(), static_cast<std::size_t>(kEncDim));
    EXPECT_EQ(predictions[2].at("embeddings").size(), static_cast<std::size_t>(kEncDim));
}

TEST_F(ServiceTest, JsonLinesInGiveJsonLinesOutUnlessOtherwiseAccepted) {
    const std::string body = "{\"in0\":[1],\"in1\":[2]}\n{\"in0\":[3]}\n";
    const Response lines = post(body, "application/jsonlines");
    EXPECT_EQ(lines.content_type, "application/jsonlines");
    EXPECT_EQ(std::count(lines.body.begin(), lines.body.end(), '\n'), 2);
    EXPECT_THAT(lines.body, HasSubstr("]}\n{\"embeddings\":["));
    const Response document = post(body, "application/jsonlines", "application/json");
    EXPECT_EQ(document.content_type, "application/json");
    EXPECT_EQ(json::parse(document.body).at("predictions").size(), 2U);
    EXPECT_EQ(
        post(R"({"instances":[{"in0":[1]}]})", "", "text/html, application/jsonlines;q=0.5").content_type,
        "application/jsonlines");
    EXPECT_EQ(post(body, "application/jsonlines", "*/*").content_type, "application/jsonlines");
}

TEST_F(ServiceTest, SequencesAreCutAsTheContentTypeSays) {
    const auto first = [&](const std::string& ids, const std::string& type) {
        return post("{\"instances\":[{\"in0\":" + ids + "}]}", type).body;
    };
    EXPECT_NE(first("[1,2]", "application/json"), first("[1]", "application/json"));
    EXPECT_EQ(first("[1,2]", "application/json; infer_max_seqlens=1,4"), first("[1]", "application/json"));
    EXPECT_EQ(first("[1,2]", "Application/JSON;charset=utf-8; infer_max_seqlens=\"1, 4\""),
              first("[1]", "application/json"));
    EXPECT_NE(first("[1,2,3,4,5]", "application/json; infer_max_seqlens=5,5"),
              first("[1,2,3,4]", "application/json"))
        << "longer than the model's own limit";
    for (const char* wrong : {"0,1", "1", "1,2,3", "5001,1", "a,b", "1,", "", "1 2", "-1,1", "1,1.5"}) {
        const Response response = post("{}", "application/json; infer_max_seqlens=" + std::string(wrong));
        EXPECT_EQ(response.status, 400) << wrong;
        EXPECT_THAT(response.body, HasSubstr("infer_max_seqlens")) << wrong;
    }
}

TEST_F(ServiceTest, ABadInstanceIsNamedWithFieldAndValue) {
    const Response response = post(R"({"instances":[{"in0":[1]},{"in0":[1,20],"in1":[-3]}]})");
    EXPECT_EQ(response.status, 400);
    const json error = json::parse(response.body);
    EXPECT_EQ(error.at("error"), "unable to evaluate payload provided");
    ASSERT_EQ(error.at("problems").size(), 2U);
    EXPECT_EQ(error.at("problems")[0].at("where"), "instances[1]: in0[1]");
    EXPECT_EQ(error.at("problems")[0].at("value"), "20");
    EXPECT_EQ(post(R"([{"in0":[1]}])").status, 400) << "a bare list";
    EXPECT_EQ(post("").status, 400);
    EXPECT_EQ(post("\xff\xfe").status, 400);
    EXPECT_EQ(post(R"({"instances":[]})").body, R"({"predictions":[]})");
}

TEST_F(ServiceTest, WhatIsNotTakenIsSaidBeforeTheBodyIsRead) {
    EXPECT_EQ(post("1,2", "text/csv").status, 415);
    EXPECT_EQ(post("{}", "application/json", "text/html").status, 406);
    EXPECT_EQ(get("/nothing").status, 404);
    const Response method = get("/invocations");
    EXPECT_EQ(method.status, 405);
    EXPECT_THAT(method.headers, testing::ElementsAre(testing::Pair("Allow", "POST")));
    EXPECT_EQ(post(std::string(1001, ' ')).status, 413);
    EXPECT_EQ(ask({"HEAD", "/ping", "", "", "", ""}).status, 200);
    EXPECT_EQ(ask({"HEAD", "/invocations", "", "", "", ""}).status, 405);
}

TEST_F(ServiceTest, AnAnswerBeyondTheLimitIsNotComputed) {
    ServiceOptions options;
    options.max_answer = 2 * kEncDim;
    Service small(options, models_, batcher_, metrics_);
    const auto status = [&](int rows) {
        Request request{"POST", "/invocations", "application/jsonlines", "", "", ""};
        for (int row = 0; row < rows; ++row) request.body += "{\"in0\":[1]}\n";
        request.body.reserve(request.body.size() + answers::QueryParser::kPadding);
        std::promise<Response> answer;
        small.handle(request, [&](const std::function<Response()>& make) { answer.set_value(make()); });
        return answer.get_future().get().status;
    };
    EXPECT_EQ(status(2), 200);
    EXPECT_EQ(status(3), 413);
    EXPECT_EQ(metrics_.rows, 2U);
}

TEST_F(ServiceTest, ALongAnswerIsWrittenWhereItIsComputed) {
    Service service({}, models_, batcher_, metrics_);
    Request request{"POST", "/invocations", "application/jsonlines", "", "", ""};
    constexpr int kRows = 20'000;
    for (int row = 0; row < kRows; ++row) request.body += "{\"in0\":[1]}\n";
    request.body.reserve(request.body.size() + answers::QueryParser::kPadding);
    std::promise<std::function<Response()>> made;
    service.handle(request, [&](std::function<Response()> make) { made.set_value(std::move(make)); });
    const Response response = made.get_future().get()();
    EXPECT_EQ(response.content_type, "application/jsonlines");
    EXPECT_EQ(std::count(response.body.begin(), response.body.end(), '\n'), kRows);
}

TEST_F(ServiceTest, ATokenIsAskedForEverywhereButForPing) {
    Service guarded({"secret", 1000, 1}, models_, batcher_, metrics_);
    const auto status = [&](const std::string& target, const std::string& authorization) {
        const auto refusal = guarded.refuse({"GET", target, "", "", authorization, ""}, std::nullopt);
        return refusal ? refusal->status : 200;
    };
    EXPECT_EQ(status("/ping", ""), 200);
    for (const char* wrong : {"", "secret", "Bearer ", "Bearer secre", "Bearer secrett", "Basic secret"})
        EXPECT_EQ(status("/metrics", wrong), 401) << wrong;
    EXPECT_EQ(status("/metrics", "Bearer secret"), 200);
}

TEST_F(ServiceTest, TellsOfItselfAndStopsBeingHealthyWhenItStops) {
    EXPECT_EQ(get("/ping").status, 200);
    EXPECT_EQ(json::parse(get("/model").body).at("labels"), json({"a", "b", "c"}));
    EXPECT_EQ(json::parse(get("/execution-parameters").body).at("BatchStrategy"), "MULTI_RECORD");
    post(R"({"instances":[{"in0":[1]}]})");
    service_.answered("/invocations?x=1", 200);
    service_.answered("/nothing", 404);
    const std::string metrics = get("/metrics").body;
    EXPECT_THAT(metrics, HasSubstr("o2v_requests_total{path=\"/invocations\",code=\"200\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("o2v_requests_total{path=\"other\",code=\"404\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("o2v_request_seconds_bucket{le=\"+Inf\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("o2v_rows_total 1\n"));
    service_.stop();
    EXPECT_EQ(get("/ping").status, 503);
    EXPECT_EQ(post(R"({"instances":[{"in0":[1]}]})").status, 200) << "what has arrived is answered";
}

TEST_F(ServiceTest, TheNearestItemsOfTheIndexAreNamed) {
    const auto neighbors = [&](Service& service, const std::string& target, const std::string& body) {
        std::promise<std::function<Response()>> made;
        Request request{"POST", target, "application/json", "", "", body};
        request.body.reserve(body.size() + answers::QueryParser::kPadding);
        service.handle(request, [&](std::function<Response()> make) { made.set_value(std::move(make)); });
        return made.get_future().get()();
    };
    const std::string body = R"({"instances":[{"in1":[7]},{"in0":[3]}]})";
    EXPECT_EQ(neighbors(service_, "/neighbors", body).status, 404) << "there is no index";

    model::IndexedItems items{1, model::fingerprint_of_model(version_folder("1")), {}, {}};
    for (std::int32_t id = 1; id < kVocabulary; ++id) {
        items.tokens.append({&id, 1});
        items.names.push_back("item " + std::to_string(id));
    }
    const auto embedded = models_.current()->predictor.embed(1, items.tokens);
    const model::NeighborIndex index({embedded.values.data(), embedded.rows, embedded.columns}, {});
    model::write_index(version_folder("1") + "/index-in1", index, items);
    ModelSource indexed({current(), "cpu", "", "", 10ms, [](const std::string&) {}}, metrics_);
    Service service({"", 1000, 1}, indexed, batcher_, metrics_);
    const json answer = json::parse(neighbors(service, "/neighbors?k=3", body).body);
    EXPECT_EQ(answer.at("metric"), "cosine");
    ASSERT_EQ(answer.at("neighbors").size(), 2U);
    const json& found = answer.at("neighbors")[0].at("items");
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].at("name"), "item 7");
    EXPECT_NEAR(found[0].at("score").get<double>(), 1, 1e-6);
    EXPECT_GE(found[0].at("score"), found[1].at("score"));
    EXPECT_EQ(json::parse(neighbors(service, "/neighbors", body).body).at("neighbors")[1].at("items").size(),
              10U);
    for (const char* wrong : {"/neighbors?k=0", "/neighbors?k=1001", "/neighbors?k=x"})
        EXPECT_EQ(neighbors(service, wrong, body).status, 400) << wrong;
    const Response both = neighbors(service, "/neighbors", R"({"instances":[{"in0":[1],"in1":[2]}]})");
    EXPECT_EQ(both.status, 400);
    EXPECT_THAT(both.body, HasSubstr("instances[0]"));
    const auto of_rows = [&](int rows) {
        std::string instances = R"({"in1":[7]})";
        for (int row = 1; row < rows; ++row) instances += R"(,{"in1":[7]})";
        Service roomy({}, indexed, batcher_, metrics_);
        return neighbors(roomy, "/neighbors?k=1000", "{\"instances\":[" + instances + "]}");
    };
    EXPECT_EQ(of_rows(100).status, 200);
    EXPECT_EQ(of_rows(101).status, 413);

    std::string said;
    save("9", 9);
    std::filesystem::copy(version_folder("1") + "/index-in1", version_folder("9") + "/index-in1");
    const ModelSource other(
        {version_folder("9"), "cpu", "", "", 10ms, [&](const std::string& text) { said += text; }}, metrics_);
    EXPECT_FALSE(other.current()->items) << "an index of other weights";
    EXPECT_THAT(said, HasSubstr("no neighbors: "));
    EXPECT_THROW(
        ModelSource({version_folder("9"), "cpu", version_folder("9") + "/index-in1", "", 10ms, {}}, metrics_),
        StorageError);
}

TEST_F(ServiceTest, AVersionThatBecomesTheCurrentOneAnswersAndADamagedOneDoesNot) {
    const std::string body = R"({"instances":[{"in0":[1],"in1":[2]}]})", before = post(body).body;
    const auto wait_for = [&](const std::string& text) {
        for (int i = 0; i < 1000 && said().find(text) == std::string::npos; ++i)
            std::this_thread::sleep_for(10ms);
        return said();
    };
    save("2", 2);
    std::filesystem::remove(version_folder("2") + "/weights.safetensors");
    make_current("2");
    EXPECT_THAT(wait_for("left out"), HasSubstr("a new version is left out: "));
    EXPECT_EQ(post(body).body, before);
    save("3", 3);
    make_current("3");
    EXPECT_THAT(wait_for("version 3"), HasSubstr("version 3 answers now"));
    for (int i = 0; i < 100 && models_.current()->version != "3"; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_NE(post(body).body, before);
    EXPECT_EQ(metrics_.reloads, 1U);
}

}  // namespace
}  // namespace o2v::serve
