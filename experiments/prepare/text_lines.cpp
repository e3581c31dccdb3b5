#include "experiments/prepare/text_lines.hpp"

#include <fstream>

#include "search/study/errors.hpp"

namespace o2v::prepare {

namespace {

constexpr std::size_t kMaxProblems = 20;

}  // namespace

void for_each_line(const std::string& path, bool heading,
                   const std::function<void(std::string_view, const std::string&)>& take) {
    std::ifstream in(path);
    if (!in) throw InputError(path, "", "cannot be read");
    std::vector<Problem> problems;
    std::string line;
    std::int64_t taken = 0;
    for (std::int64_t number = 1; std::getline(in, line); ++number) {
        std::string_view text = line;
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (text.empty() || (heading && number == 1)) continue;
        try {
            take(text, path + ":" + std::to_string(number));
            ++taken;
        } catch (const InputError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
            if (problems.size() >= kMaxProblems) break;
        }
    }
    if (in.bad()) throw StorageError(path + ": reading failed");
    if (!problems.empty()) throw InputError(std::move(problems));
    if (taken == 0) throw InputError(path, "", "holds no record");
}

std::vector<std::string> split_fields(std::string_view line, char separator) {
    std::vector<std::string> fields;
    for (std::size_t begin = 0;;) {
        const std::size_t end = line.find(separator, begin);
        fields.emplace_back(line.substr(begin, end == std::string_view::npos ? end : end - begin));
        if (end == std::string_view::npos) return fields;
        begin = end + 1;
    }
}

}  // namespace o2v::prepare
