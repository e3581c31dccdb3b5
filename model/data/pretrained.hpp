// Pretrained token vectors in GloVe's text format (spec section 3.3).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/data/vocabulary.hpp"

namespace o2v::data {

struct PretrainedVectors {
    std::vector<std::int32_t> ids;
    std::vector<float> values;  // [ids.size(), dim]
};

// Lines "token v1 ... vD" separated by blanks, no header. Tokens outside the vocabulary and repeated ones are
// skipped. Throws InputError with file:line when a line does not hold `dim` finite numbers or an id is not
// below vocab_size; StorageError when the file cannot be read.
PretrainedVectors read_pretrained(const std::string& path, const Vocabulary& vocabulary, std::int64_t dim,
                                  std::int64_t vocab_size);

}  // namespace o2v::data
