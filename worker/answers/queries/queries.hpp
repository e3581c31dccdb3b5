// What is asked of a model: rows of one or both sides, out of JSON.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/data/dataset.hpp"
#include "model/data/vocabulary.hpp"

namespace o2v::answers {

// Rows in the order asked. Side s's sequences are those of the rows that have it, in that order.
class Queries {
  public:
    std::int64_t size() const { return static_cast<std::int64_t>(has_.size()); }
    bool has(std::int64_t row, int side) const {
        return (has_[static_cast<std::size_t>(row)] >> side & 1) != 0;
    }
    const data::Sequences& side(int side) const { return side_[static_cast<std::size_t>(side)]; }
    // Does every row have this side?
    bool all_have(int side) const { return side_[static_cast<std::size_t>(side)].size() == size(); }

    // The next row's sides, null where it has none.
    void append(const std::vector<std::int32_t>* in0, const std::vector<std::int32_t>* in1);
    void append(const Queries& others);

  private:
    data::Sequences side_[2];
    std::vector<std::uint8_t> has_;  // bit s: the row has side s
};

// What a model takes, by side.
struct QueryRules {
    std::array<std::int64_t, 2> vocab_size{};                             // every id is less
    std::array<const data::Vocabulary*, 2> vocabulary{nullptr, nullptr};  // empty or null: no words
};

// Reads objects {"in0": [ids] or "words", "in1": ...} with at least one of the two; other keys, such as a
// label, are passed over. Words are cut and mapped as the prepared data were (model/data/tokens.hpp).
//
// Throws InputError that names every fault up to 20 with its place, field and value: not JSON, no object,
// neither side, a side given twice or of another kind, words without a vocabulary, an id that is no integer,
// negative, or not below the vocabulary's size. What has been appended is then unspecified but whole rows.
class QueryParser {
  public:
    explicit QueryParser(const QueryRules& rules);
    ~QueryParser();

    using Place = std::function<std::string()>;  // "file:3", asked for only when something is wrong

    // One object. REQUIRES: kPadding bytes behind it may be read.
    void add_object(std::string_view object, const Place& place, Queries& into);
    // One object a line, blank lines passed over; places are "line 3". REQUIRES as above.
    void add_lines(std::string_view text, Queries& into);
    // {"instances": [object, ...]}; places are "instances[3]". REQUIRES as above.
    void add_instances(std::string_view document, Queries& into);

    static constexpr std::size_t kPadding = 64;
    static constexpr std::size_t kMostProblems = 20;

  private:
    class Reading;
    struct Parser;
    QueryRules rules_;
    std::unique_ptr<Parser> parser_;
};

}  // namespace o2v::answers
