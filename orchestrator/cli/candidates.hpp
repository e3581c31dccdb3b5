// What may stand at a place of o2v-tune's command line, read off the commands themselves.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace o2v::cli {

struct Candidates {
    std::vector<std::string> words;  // a word that ends in "=" is to be continued
    bool files = false;              // and the files there are
};

// What the last of `words` may become; those before it are complete. `words` are those after the program's
// name as bash splits them: --format=json is three. Knows commands, options, the values of an option where
// the command names them, and studies, promoted models, strategies, instances and hyperparameters by name.
// Throws what looking for studies throws.
Candidates candidates(const CLI::App& program, const std::vector<std::string>& words);

}  // namespace o2v::cli
