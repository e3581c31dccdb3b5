#include "experiments/prepare/wordnet.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "model/data/vocabulary.hpp"
#include "search/study/errors.hpp"
#include "tests/experiments/folder_fixture.hpp"

namespace o2v::prepare {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class WordnetTest : public FolderTest {
  protected:
    // A WordNet of `nouns` nouns, each with lemmas "thingN" and "some_thing", and a few of the rest.
    void write_wordnet(int nouns) {
        std::string text = "  1 licence\n";
        for (int i = 0; i < nouns; ++i) {
            const std::string number = std::to_string(10000000 + i), file = std::to_string(10 + i % 19);
            text += number + " " + file + " n 02 Thing" + std::to_string(i) +
                    " 0 some_thing 0 000 | definition number " + std::to_string(i) +
                    " of a kind; \"an example\"  \n";
        }
        write("wn/data.noun", text);
        write("wn/data.verb", "00001740 29 v 01 breathe 0 000 00 | draw air into the lungs\n");
        write("wn/data.adj", "00001740 00 a 01 able 0 000 | having the means\n");
        write("wn/data.adv", "00001740 02 r 01 barely 0 000 | only a very short time before\n");
        options_.source = path("wn");
        options_.test = 6;
        options_.validation = 4;
    }
    WordnetOptions options_;
};

TEST_F(WordnetTest, SplitsBySynsetAndWritesAllFiles) {
    write_wordnet(40);
    const PreparedFolder folder = prepare_wordnet(options_, path("out/wordnet"));
    EXPECT_FALSE(folder.was_up_to_date);
    EXPECT_EQ(records("out/wordnet/train.jsonl").size(), 30u);
    EXPECT_EQ(records("out/wordnet/validation.jsonl").size(), 4u);
    EXPECT_EQ(records("out/wordnet/test.jsonl").size(), 6u);
    EXPECT_EQ(json::parse(read("out/wordnet/labels.json")).size(), 26u);
    EXPECT_THAT(read("out/wordnet/README.txt"), HasSubstr("Princeton University"));
    for (const PreparedFile& file : folder.files) {
        EXPECT_EQ(fs::file_size(path("out/wordnet/" + file.name)), file.bytes) << file.name;
    }
}

TEST_F(WordnetTest, RecordsSpellTheLemmasAndTheDefinition) {
    write_wordnet(40);
    options_.min_count = 1;
    prepare_wordnet(options_, path("out"));
    const json vocabulary[] = {json::parse(read("out/vocabulary0.json")),
                               json::parse(read("out/vocabulary1.json"))};
    for (const auto* side : {&vocabulary[0], &vocabulary[1]}) {
        EXPECT_EQ(side->at("<pad>"), 0);
        EXPECT_EQ(side->at("<unk>"), 1);
    }
    EXPECT_FALSE(vocabulary[1].contains("example"));
    std::map<int, std::string> words[2];
    for (int side : {0, 1}) {
        for (const auto& [token, id] : vocabulary[side].items()) {
            EXPECT_TRUE(words[side].emplace(id.get<int>(), token).second) << "id twice: " << id;
        }
        EXPECT_EQ(words[side].rbegin()->first + 1, static_cast<int>(words[side].size())) << "ids have gaps";
    }
    for (const json& record : records("out/train.jsonl")) {
        // "thing7" "some" "thing", and "definition number 7 of a kind"
        ASSERT_EQ(record["in0"].size(), 3u);
        ASSERT_EQ(record["in1"].size(), 6u);
        const int number = std::stoi(words[1].at(record["in1"][2].get<int>()));
        EXPECT_EQ(words[0].at(record["in0"][0].get<int>()), "thing" + std::to_string(number));
        EXPECT_EQ(words[0].at(record["in0"][1].get<int>()), "some");
        EXPECT_EQ(words[0].at(record["in0"][2].get<int>()), "thing");
        EXPECT_EQ(record["label"], 10 + number % 19 - 3);
    }
}

TEST_F(WordnetTest, TheVocabularyIsOfTrainingTokensSeenOftenEnough) {
    write_wordnet(40);
    prepare_wordnet(options_, path("out"));  // min_count 2: the numbers occur once
    const json vocabulary = json::parse(read("out/vocabulary1.json"));
    EXPECT_EQ(vocabulary.size(), 2u + 5u);
    for (const json& record : records("out/test.jsonl")) EXPECT_EQ(record["in1"][2], 1) << "unknown";
}

TEST_F(WordnetTest, TheFirstLemmaAlone) {
    write_wordnet(40);
    options_.all_lemmas = false;
    prepare_wordnet(options_, path("out"));
    for (const json& record : records("out/train.jsonl")) EXPECT_EQ(record["in0"].size(), 1u);
}

TEST_F(WordnetTest, NgramsStandBehindTheWordsUnderIdsThatBothSidesShare) {
    write_wordnet(40);
    options_.ngrams = {2, 4, 5};
    options_.min_count = 1;
    options_.ngram_min_count = 30;  // of all 30 records
    prepare_wordnet(options_, path("out"));
    const json vocabulary0 = json::parse(read("out/vocabulary0.json"));
    std::map<int, std::string> tokens;
    for (const auto& [token, id] : vocabulary0.items()) tokens[id] = token;
    const auto spelled = [&](const json& ids) {
        std::vector<std::string> result;
        for (const json& id : ids) result.push_back(tokens.at(id.get<int>()));
        return result;
    };
    const json record = records("out/train.jsonl").front();
    const std::vector<std::string> in0 = spelled(record["in0"]), in1 = spelled(record["in1"]);
    const std::string number = in1.at(2);
    EXPECT_THAT(in0, testing::ElementsAre("thing" + number, "some", "thing", "#<thi", "#thin", "#hing",
                                          "#<thin", "#thing", "some thing", "#<som", "#some", "#ome>",
                                          "#<some", "#some>", "#ing>", "#hing>"));
    EXPECT_THAT(in1, testing::ElementsAre("definition", "number", number, "of", "a", "kind",
                                          "definition number", "of a", "a kind"));
    // in1's vocabulary has the same ids, without pieces of words.
    json words = vocabulary0;
    for (const auto& [id, token] : tokens) {
        if (token.front() == '#') words.erase(token);
    }
    EXPECT_EQ(json::parse(read("out/vocabulary1.json")), words);
    // A text is looked up as it was prepared.
    EXPECT_EQ(
        data::Vocabulary(path("out/vocabulary1.json")).encode("Definition number " + number + " of a kind"),
        record["in1"].get<std::vector<std::int32_t>>());
    for (const json& held_out : records("out/test.jsonl")) EXPECT_EQ(held_out["in1"][2], 1) << "unknown word";
}

TEST_F(WordnetTest, SameSourceAndOptionsGiveTheSameBytes) {
    write_wordnet(40);
    prepare_wordnet(options_, path("a/wordnet"));
    prepare_wordnet_match(options_, path("a/match"));
    prepare_wordnet(options_, path("b/wordnet"));
    prepare_wordnet_match(options_, path("b/match"));
    EXPECT_EQ(contents("a"), contents("b"));
    options_.seed = 8;
    prepare_wordnet(options_, path("c/wordnet"));
    EXPECT_NE(read("a/wordnet/test.jsonl"), read("c/wordnet/test.jsonl"));
}

TEST_F(WordnetTest, IsDoneAgainOnlyWhenSomethingChanged) {
    write_wordnet(40);
    prepare_wordnet(options_, path("out"));
    EXPECT_TRUE(prepare_wordnet(options_, path("out")).was_up_to_date);
    options_.min_count = 1;
    EXPECT_FALSE(prepare_wordnet(options_, path("out")).was_up_to_date);
    write_wordnet(41);
    options_.min_count = 1;
    EXPECT_FALSE(prepare_wordnet(options_, path("out")).was_up_to_date);
    fs::remove(path("out/test.jsonl"));
    EXPECT_FALSE(prepare_wordnet(options_, path("out")).was_up_to_date);
    EXPECT_TRUE(prepare_wordnet(options_, path("out")).was_up_to_date);
}

TEST_F(WordnetTest, AMatchTrainsOnEveryLemmaAndJudgesAgainstWrongDefinitions) {
    write_wordnet(40);
    options_.min_count = 1;
    prepare_wordnet_match(options_, path("out"));
    // 43 synsets of which 10 are held out; nouns have two lemmas.
    const auto train = records("out/train.jsonl");
    EXPECT_GE(train.size(), 63u - 3u);
    for (const json& record : train) EXPECT_EQ(record["label"], 1);
    const auto test = records("out/test.jsonl");
    ASSERT_EQ(test.size(), 6u * 4u);
    for (std::size_t i = 0; i < test.size(); ++i) {
        EXPECT_EQ(test[i]["label"], i % 4 == 0 ? 1 : 0);
        EXPECT_EQ(test[i]["in0"], test[i - i % 4]["in0"]);
    }
    EXPECT_EQ(records("out/validation.jsonl").size(), 4u * 4u);
    EXPECT_FALSE(fs::exists(path("out/vocabulary0.json")));
}

TEST_F(WordnetTest, TooFewSynsetsAreRefusedAndLeaveNothing) {
    write_wordnet(10);
    EXPECT_THROW(prepare_wordnet(options_, path("out")), InputError);
    EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(WordnetTest, AVerbAmongTheNounsIsRefused) {
    write_wordnet(40);
    write("wn/data.noun", read("wn/data.noun") + "20000000 29 v 01 breathe 0 000 | draw air\n");
    EXPECT_THROW(prepare_wordnet(options_, path("out")), InputError);
}

// The real thing, which `make test` installs: WordNet 3.0's counts (wnstats(7WN)).
TEST_F(WordnetTest, RealWordNet) {
    const WordnetOptions options;
    ASSERT_TRUE(fs::exists(options.source + "/data.noun")) << "install wordnet-base";
    const auto rows = [](const PreparedFolder& folder) {
        std::map<std::string, std::int64_t> result;
        for (const PreparedFile& file : folder.files) result[file.name] = file.rows;
        return result;
    };
    auto wordnet = rows(prepare_wordnet(options, path("wordnet")));
    EXPECT_EQ(wordnet["train.jsonl"], 82115 - 8000 - 4000);
    EXPECT_EQ(wordnet["validation.jsonl"], 4000);
    EXPECT_EQ(wordnet["test.jsonl"], 8000);
    EXPECT_EQ(wordnet["vocabulary0.json"], 21704);  // experiments/wordnet.json names these two
    EXPECT_EQ(wordnet["vocabulary1.json"], 23795);
    std::set<int> labels;
    for (const json& record : records("wordnet/test.jsonl")) {
        labels.insert(record["label"].get<int>());
        ASSERT_FALSE(record["in0"].empty());
        ASSERT_FALSE(record["in1"].empty());
    }
    EXPECT_EQ(labels.size(), 26u);
    EXPECT_EQ(*labels.rbegin(), 25);

    WordnetOptions with_ngrams;
    with_ngrams.ngrams = {2, 3, 5};
    with_ngrams.ngram_min_count = 2;
    auto ngrams = rows(prepare_wordnet(with_ngrams, path("ngrams")));
    EXPECT_EQ(ngrams["train.jsonl"], 82115 - 8000 - 4000);
    EXPECT_EQ(ngrams["vocabulary0.json"], 240294);  // experiments/wordnet-ngrams.json names it

    auto match = rows(prepare_wordnet_match(options, path("match")));
    EXPECT_EQ(match["train.jsonl"], 185776);
    EXPECT_EQ(match["validation.jsonl"], 4000 * 4);
    EXPECT_EQ(match["test.jsonl"], 8000 * 4);
    EXPECT_EQ(match["vocabulary.json"], 53549);  // experiments/wordnet-match.json names it
}

}  // namespace
}  // namespace o2v::prepare
