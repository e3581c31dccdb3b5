// Text -> words, the same for the data a model is trained on and the text it is asked about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace o2v::data {

// The maximal runs of [a-z0-9'] after ASCII lower-casing, in order. Every other byte separates, those of
// UTF-8 sequences too ("naïve" gives "na", "ve"). Empty when the text has no such run.
std::vector<std::string> tokenize(std::string_view text);

}  // namespace o2v::data
