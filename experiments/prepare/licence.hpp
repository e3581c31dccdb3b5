// Whose the data is and what may be done with it: printed and laid beside the prepared files.
#pragma once

#include <string_view>

namespace o2v::prepare {

// Where the files come from, how they are laid out, and Princeton's licence, which asks to be kept with every
// copy.
std::string_view wordnet_readme();

// GroupLens' conditions for the MovieLens sets in our words, and where to download them.
std::string_view movielens_terms();

// SICK's licence in our words, whom to cite, and where to download it.
std::string_view sick_terms();

}  // namespace o2v::prepare
