// A file of JSON Lines answered as it is read, on several threads, in its order.
#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "worker/answers/queries/queries.hpp"

namespace o2v::answers {

struct Chunk {
    Queries queries;
    std::vector<std::int64_t> numbers;  // by row: its line, from 1
    std::vector<std::string> lines;     // by row, where asked for
};

struct StreamOptions {
    std::string input = "-";            // a file, or - for standard input, which is answered as it comes
    std::int64_t lines_at_once = 4096;  // of a chunk; fewer where the next line would have to be waited for
    int threads = 1;                    // that parse and compute, a chunk each
    bool keep_lines = false;
    bool progress = false;  // on standard error, where that is a terminal
};

// Throws InputError naming the first row's line that lacks the side, as "file:3".
void expect_side(const Chunk& chunk, int side, const std::string& input);

// answer_stream() without types.
std::int64_t stream(const StreamOptions& options, const QueryRules& rules,
                    const std::function<std::any(const Chunk&)>& work,
                    const std::function<void(std::any)>& take);

// `work` computes what a chunk gives, in several threads at once; `take` is given that in the file's order,
// in the calling thread. Memory holds a few chunks a thread, however long the input is. Returns the rows.
//
// Throws InputError naming every bad line, up to 20, as "file:3" ("-:3" for standard input), after `take` has
// been given the rows before the first of them; StorageError when the input cannot be read; and what the two
// functions throw, for a chunk's `work` after all before it have been taken.
template <class Work, class Take>
std::int64_t answer_stream(const StreamOptions& options, const QueryRules& rules, const Work& work,
                           const Take& take) {
    using Result = decltype(work(std::declval<const Chunk&>()));
    return stream(
        options, rules, [&](const Chunk& chunk) { return std::any(work(chunk)); },
        [&](std::any result) { take(std::any_cast<Result>(std::move(result))); });
}

}  // namespace o2v::answers
