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

// Reads {"label": number, "in0": [ids], "in1": [ids]}.
class PairParser {
  public:
    explicit PairParser(const Limits& limits);
    ~PairParser();

    // Is the line such an object and within the limits? What `pair` holds after false is unspecified.
    // REQUIRES: 64 bytes behind the line may be read.
    bool parse(std::string_view line, PairLine& pair);
    // What is wrong with a line that parse() refused; `where` is its "file:line". At least one problem.
    std::vector<Problem> explain(std::string_view line, const std::string& where) const;

  private:
    struct Parsers;
    Limits limits_;
    std::unique_ptr<Parsers> parsers_;
};

}  // namespace o2v::data
