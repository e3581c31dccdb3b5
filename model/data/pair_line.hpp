// One line of a pairs file. For this folder's readers only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/data/dataset.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {

struct PairLine {
    double label = 0;
    std::vector<std::int32_t> side[2];  // as written, not truncated
};

// Does a pair keep to vocab_size and num_classes? The rest of Limits is no matter of one pair.
bool within(const Limits& limits, const PairLine& pair);

// Reads {"label": number, "in0": [ids], "in1": [ids]}.
class PairParser {
  public:
    PairParser();
    ~PairParser();

    // Is the line such an object, whatever the limits? What `pair` holds after false is unspecified.
    // REQUIRES:
    // '\n' or '\r' stands behind the line, and 64 bytes there may be read.
    bool parse(std::string_view line, PairLine& pair);
    // The same by simdjson alone, which decides wherever a line is not written in the usual way
    // (canonical_line.hpp).
    bool parse_any(std::string_view line, PairLine& pair);
    // What is wrong with a line that is no pair or not within the limits; `where` is its "file:line". At
    // least one problem.
    static std::vector<Problem> explain(std::string_view line, const Limits& limits,
                                        const std::string& where);

  private:
    struct Parsers;
    std::unique_ptr<Parsers> parsers_;
};

}  // namespace o2v::data
