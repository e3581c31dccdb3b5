// The training pairs of a refit: those of train and validation in one file.
#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <span>
#include <string>

#include "model/data/durable_file.hpp"
#include "orchestrator/refit_pairs.hpp"

namespace o2v::orchestrator {
namespace {

constexpr std::size_t kBlock = 1u << 20;

void append_ids(std::string& text, std::span<const std::int32_t> ids) {
    text += '[';
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i > 0) text += ',';
        fmt::format_to(std::back_inserter(text), "{}", ids[i]);
    }
    text += ']';
}

void append_line(std::string& text, const data::Dataset& pairs, std::int64_t row) {
    fmt::format_to(std::back_inserter(text), "{{\"label\":{},\"in0\":", pairs.labels[row]);
    append_ids(text, pairs.side[0][row]);
    text += ",\"in1\":";
    append_ids(text, pairs.side[1][row]);
    text += "}\n";
}

}  // namespace

void write_refit_pairs(const data::Dataset& train, const data::Dataset& validation, bool only_positive,
                       const std::string& path) {
    data::DurableFile file(path);
    std::string block;
    const auto flush = [&](std::size_t at_least) {
        if (block.size() < at_least) return;
        file.write(block.data(), block.size());
        block.clear();
    };
    for (const data::Dataset* pairs : {&train, &validation})
        for (std::int64_t row = 0; row < pairs->size(); ++row) {
            if (pairs == &validation && only_positive && pairs->labels[row] == 0) continue;
            append_line(block, *pairs, row);
            flush(kBlock);
        }
    flush(0);
    file.commit();
}

}  // namespace o2v::orchestrator
