// A file of JSON Lines answered as it is read: one thread reads, one computes, one writes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "worker/answers/queries/queries.hpp"

namespace o2v::answers {

struct Chunk {
    Queries queries;
    std::vector<std::string> lines;  // by row, where asked for
};

struct StreamOptions {
    std::string input = "-";           // a file, or - for standard input, which is answered as it comes
    std::int64_t rows_at_once = 4096;  // of a chunk; fewer where the next line would have to be waited for
    bool keep_lines = false;
    bool progress = false;  // on standard error, where that is a terminal
};

// `text_of` gives a chunk's answers, in the calling thread; `write` takes them in that order, in another.
// Memory holds a few chunks, however long the input is. Returns the rows.
//
// Throws InputError naming every bad line, up to 20, as "file:3" ("-:3" for standard input), after the rows
// before the first of them have been written; StorageError when the input cannot be read; and what the two
// functions throw.
std::int64_t answer_stream(const StreamOptions& options, const QueryRules& rules,
                           const std::function<std::string(const Chunk&)>& text_of,
                           const std::function<void(const std::string&)>& write);

}  // namespace o2v::answers
