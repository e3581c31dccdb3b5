// The quick reading of a line against simdjson's: they must agree on everything.
#include "model/data/pair_line.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/data/canonical_line.hpp"
#include "search/study/assignment.hpp"

namespace o2v::data {
namespace {

struct Read {
    std::uint64_t label_bits = 0;
    std::vector<std::int32_t> side[2];
    bool operator==(const Read&) const = default;
};

// A line as LineReader hands it out, with digits and closed brackets behind its end.
class Line {
  public:
    explicit Line(std::string_view text) : size_(text.size()), bytes_(text) {
        bytes_ += "\n5]}";
        bytes_.append(64, '7');
    }
    std::string_view view() const { return std::string_view(bytes_).substr(0, size_); }

  private:
    std::size_t size_;
    std::string bytes_;
};

Read read_of(const PairLine& pair) {
    return {std::bit_cast<std::uint64_t>(pair.label), {pair.side[0], pair.side[1]}};
}

using Parse = bool (PairParser::*)(std::string_view, PairLine&);

// Read by a parser that has seen another line before.
std::optional<Read> read_with(Parse parse, const std::string& text) {
    static PairParser parser;
    static const Line before("{\"label\": 3, \"in0\": [4, 5, 6], \"in1\": [7, 8, 9]}");
    PairLine pair;
    EXPECT_TRUE(parser.parse(before.view(), pair));
    const Line line(text);
    if (!(parser.*parse)(line.view(), pair)) return std::nullopt;
    return read_of(pair);
}

std::optional<Read> read_quickly(const std::string& text) {
    PairLine pair;
    const Line line(text);
    if (!read_canonical(line.view(), pair.label, pair.side)) return std::nullopt;
    return read_of(pair);
}

void expect_agreement(const std::string& text) {
    const auto slow = read_with(&PairParser::parse_any, text);
    EXPECT_EQ(read_with(&PairParser::parse, text), slow) << text;
    const auto quick = read_quickly(text);
    EXPECT_TRUE(!quick || quick == slow) << text;
}

Read pair_of(double label, std::vector<std::int32_t> in0, std::vector<std::int32_t> in1) {
    return {std::bit_cast<std::uint64_t>(label), {std::move(in0), std::move(in1)}};
}

TEST(PairLine, TheUsualWaysAreReadQuickly) {
    const std::pair<const char*, Read> lines[] = {
        {R"({"label": 1, "in0": [5, 0, 7], "in1": [3]})", pair_of(1, {5, 0, 7}, {3})},
        {R"({"label":1,"in0":[5,0,7],"in1":[3]})", pair_of(1, {5, 0, 7}, {3})},
        {R"({"in1":[1234567,12345678,123456789,2147483647],"in0":[10],"label":-2.5})",
         pair_of(-2.5, {10}, {1234567, 12345678, 123456789, 2147483647})},
        {"\t{ \"in0\" : [ 1 , 2 ] ,\t\"label\" : 3.0 , \"in1\" : [ 4 ] } ", pair_of(3, {1, 2}, {4})},
        {R"({"label": 123456789012345, "in0": [1], "in1": [1]})", pair_of(123456789012345, {1}, {1})},
        {R"({"label": 0.1, "in0": [1], "in1": [1]})", pair_of(0.1, {1}, {1})},
        {R"({"label": -0, "in0": [1], "in1": [1]})", pair_of(-0.0, {1}, {1})},
        {R"({"label": 0.12345678901234, "in0": [1], "in1": [1]})", pair_of(0.12345678901234, {1}, {1})},
    };
    for (const auto& [text, expected] : lines) {
        EXPECT_EQ(read_quickly(text), expected) << text;
        EXPECT_EQ(read_with(&PairParser::parse_any, text), expected) << text;
    }
}

TEST(PairLine, OtherWaysAreReadAllTheSame) {
    const std::pair<const char*, Read> lines[] = {
        {R"({"label": 1e2, "in0": [5], "in1": [3]})", pair_of(100, {5}, {3})},
        {R"({"label": 1.5E-1, "in0": [5], "in1": [3]})", pair_of(0.15, {5}, {3})},
        {R"({"label": 1, "id": "caf\u00e9 \"x\"", "in0": [5], "in1": [3]})", pair_of(1, {5}, {3})},
        {R"({"label": 1, "other": {"in0": [9], "label": [2]}, "in0": [5], "in1": [3]})",
         pair_of(1, {5}, {3})},
        {R"({"\u006cabel": 1, "in\u0030": [5], "in1": [3]})", pair_of(1, {5}, {3})},
        {R"({"label": 12345678901234567890, "in0": [5], "in1": [3]})",
         pair_of(12345678901234567890.0, {5}, {3})},
        {R"({"label": 0.1234567890123456789, "in0": [5], "in1": [3]})",
         pair_of(0.1234567890123456789, {5}, {3})},
        {"{\"label\": 1,\r\"in0\": [5], \"in1\": [3]}\r", pair_of(1, {5}, {3})},
    };
    for (const auto& [text, expected] : lines) {
        EXPECT_EQ(read_quickly(text), std::nullopt) << text;
        EXPECT_EQ(read_with(&PairParser::parse, text), expected) << text;
    }
}

TEST(PairLine, WhatIsNoPairIsRefusedBothWays) {
    for (const char* text : {
             "",
             " ",
             "{",
             "}",
             "{}",
             "[]",
             "null",
             "\xef\xbb\xbf",
             R"({"label": 1, "in0": [5], "in1": [3])",
             R"("label": 1, "in0": [5], "in1": [3]})",
             R"({"label": 1, "in0": [5], "in1": [3)",
             R"({"label": 1, "in0": [5], "in1": [3]}})",
             R"({"label": 1, "in0": [5], "in1": [3]} {"label": 1, "in0": [5], "in1": [3]})",
             R"({"label": 1, "in0": [5], "in1": [3]},)",
             R"({"label": 1, "in0": [5], "in1": [3],})",
             R"({,"label": 1, "in0": [5], "in1": [3]})",
             R"({"label": 1,, "in0": [5], "in1": [3]})",
             R"({"label": 1 "in0": [5], "in1": [3]})",
             R"({"label" 1, "in0": [5], "in1": [3]})",
             R"({"label": 1, "in0": [5]})",
             R"({"in0": [5], "in1": [3]})",
             R"({"label": 1, "in0": [5], "in0": [5], "in1": [3]})",
             R"({"label": 1, "label": 1, "in0": [5], "in1": [3]})",
             R"({"label": 1, "in0": [5], "in\u0031": [3], "in1": [3]})",
             R"({"label": 1, "in0": [5,], "in1": [3]})",
             R"({"label": 1, "in0": [,5], "in1": [3]})",
             R"({"label": 1, "in0": [5 6], "in1": [3]})",
             R"({"label": 1, "in0": [], "in1": [3]})",
             R"({"label": 1, "in0": [[5]], "in1": [3]})",
             R"({"label": 1, "in0": 5, "in1": [3]})",
             R"({"label": 1, "in0": "5", "in1": [3]})",
             R"({"label": 1, "in0": null, "in1": [3]})",
             R"({"label": 1, "in0": [1e2], "in1": [3]})",
             R"({"label": 1, "in0": [5.0], "in1": [3]})",
             R"({"label": 1, "in0": [05], "in1": [3]})",
             R"({"label": 1, "in0": [00], "in1": [3]})",
             R"({"label": 1, "in0": [00000000], "in1": [3]})",
             R"({"label": 1, "in0": [0123456789], "in1": [3]})",
             R"({"label": 1, "in0": [+5], "in1": [3]})",
             R"({"label": 1, "in0": [-5], "in1": [3]})",
             R"({"label": 1, "in0": [2147483648], "in1": [3]})",
             R"({"label": 1, "in0": [4294967297], "in1": [3]})",
             R"({"label": 1, "in0": [18446744073709551617], "in1": [3]})",
             R"({"label": 1, "in0": [100000000000000000000000], "in1": [3]})",
             R"({"label": 1, "in0": [5x], "in1": [3]})",
             R"({"label": 1, "in0": [true], "in1": [3]})",
             R"({"label": "1", "in0": [5], "in1": [3]})",
             R"({"label": null, "in0": [5], "in1": [3]})",
             R"({"label": [1], "in0": [5], "in1": [3]})",
             R"({"label": 01, "in0": [5], "in1": [3]})",
             R"({"label": 1., "in0": [5], "in1": [3]})",
             R"({"label": .5, "in0": [5], "in1": [3]})",
             R"({"label": -, "in0": [5], "in1": [3]})",
             R"({"label": --1, "in0": [5], "in1": [3]})",
             R"({"label": +1, "in0": [5], "in1": [3]})",
             R"({"label": 1.5.2, "in0": [5], "in1": [3]})",
             R"({"label": 1e, "in0": [5], "in1": [3]})",
             R"({"label": 1e999, "in0": [5], "in1": [3]})",
             R"({"label": -1e39, "in0": [5], "in1": [3]})",
             R"({"label": NaN, "in0": [5], "in1": [3]})",
             R"({"LABEL": 1, "in0": [5], "in1": [3]})",
             R"({label: 1, "in0": [5], "in1": [3]})",
             R"({'label': 1, 'in0': [5], 'in1': [3]})",
             R"({"label": 1, "in0": [5], "in1": [3]} // done)",
             "{\"label\": 1, \"in0\": [5], \"in1\": [3]\xc2\xa0}",
             "{\"label\": 1, \"in0\": [5], \"in1\": [\xd9\xa3]}",
             "{\"label\": 1, \"x\": \"\xff\", \"in0\": [5], \"in1\": [3]}",
         }) {
        EXPECT_EQ(read_with(&PairParser::parse, text), std::nullopt) << text;
        EXPECT_EQ(read_with(&PairParser::parse_any, text), std::nullopt) << text;
        EXPECT_EQ(read_quickly(text), std::nullopt) << text;
    }
}

// Every beginning of a line.
TEST(PairLine, CutLinesAreNoPairs) {
    const std::string whole = R"({"label": 12.5, "in0": [5, 123456789], "in1": [31, 2]})";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(read_with(&PairParser::parse, whole.substr(0, size)), std::nullopt) << size;
        expect_agreement(whole.substr(0, size));
    }
    EXPECT_NE(read_with(&PairParser::parse, whole), std::nullopt);
}

// Seed 1; an agreement is exact, so there are no false alarms.
TEST(PairLine, BothWaysAgreeOnLinesWithRandomMistakes) {
    const std::string lines[] = {
        R"({"label": 1, "in0": [5, 0, 7], "in1": [3]})",
        R"({"label":-12.75,"in0":[2147483647],"in1":[123456,12345678,9]})",
        R"({"in1": [1, 2, 3, 40, 500], "label": 0.125, "in0": [60000]})",
        R"({"in0":[1],"in1":[2],"other":{"in0":[3]},"label":3e0})",
    };
    const std::string_view pieces = "{}[]:,\"-+.eE0123456789 \t\rlabelin\\u\x01\xc3";
    Rng rng(1);
    int pairs = 0;
    for (int i = 0; i < 40000; ++i) {
        std::string text = lines[uniform_index(rng, std::size(lines))];
        for (std::uint64_t mistakes = 1 + uniform_index(rng, 3); mistakes > 0; --mistakes) {
            const std::size_t at = uniform_index(rng, text.size());
            const char piece = pieces[uniform_index(rng, pieces.size())];
            switch (uniform_index(rng, 3)) {
                case 0:
                    text[at] = piece;
                    break;
                case 1:
                    text.insert(at, 1, piece);
                    break;
                default:
                    text.erase(at, 1);
            }
        }
        expect_agreement(text);
        pairs += read_with(&PairParser::parse, text) ? 1 : 0;
    }
    EXPECT_GT(pairs, 3000);
}

// Seed 2: labels with up to 17 digits, bit for bit.
TEST(PairLine, LabelsAreRoundedCorrectly) {
    Rng rng(2);
    for (int i = 0; i < 20000; ++i) {
        std::string label = uniform_index(rng, 2) == 0 ? "-" : "";
        label += std::to_string(uniform_index(rng, 1 + (std::uint64_t{1} << uniform_index(rng, 50))));
        if (uniform_index(rng, 3) > 0) {
            label += '.';
            for (std::uint64_t n = 1 + uniform_index(rng, 14); n > 0; --n)
                label += static_cast<char>('0' + uniform_index(rng, 10));
        }
        const auto read =
            read_with(&PairParser::parse, R"({"label": )" + label + R"(, "in0": [1], "in1": [1]})");
        ASSERT_TRUE(read) << label;
        EXPECT_EQ(read->label_bits, std::bit_cast<std::uint64_t>(std::stod(label))) << label;
    }
}

}  // namespace
}  // namespace o2v::data
