// What a client may send as a body: read, or refused with InputError; never anything else.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "search/study/errors.hpp"
#include "worker/answers/queries/queries.hpp"

namespace {

using o2v::answers::Queries;
using o2v::answers::QueryParser;

constexpr std::int64_t kVocabulary[2] = {100, 7};

void check(const Queries& queries) {
    std::int64_t rows[2] = {0, 0};
    for (std::int64_t row = 0; row < queries.size(); ++row) {
        if (!queries.has(row, 0) && !queries.has(row, 1)) std::abort();
        for (int side : {0, 1}) rows[side] += queries.has(row, side);
    }
    for (int side : {0, 1}) {
        if (rows[side] != queries.side(side).size()) std::abort();
        for (const std::int32_t id : queries.side(side).tokens)
            if (id < 0 || id >= kVocabulary[side]) std::abort();
    }
}

}  // namespace

// The first byte chooses how the rest is read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static QueryParser parser({{kVocabulary[0], kVocabulary[1]}, {nullptr, nullptr}});
    if (size == 0) return 0;
    std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    text.reserve(text.size() + QueryParser::kPadding);
    Queries queries;
    try {
        switch (data[0] % 3) {
            case 0:
                parser.add_instances(text, queries);
                break;
            case 1:
                parser.add_lines(text, queries);
                break;
            default:
                parser.add_object(
                    text, [] { return std::string("x:1"); }, queries);
        }
    } catch (const o2v::InputError& error) {
        if (error.problems().empty() || error.problems().size() > QueryParser::kMostProblems) std::abort();
    }
    check(queries);
    return 0;
}
