#include "search/study/errors.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

namespace o2v {
namespace {

std::string join(const std::vector<Problem>& problems) {
    std::string text;
    for (const Problem& p : problems) {
        if (!text.empty()) text += '\n';
        text += p.to_string();
    }
    return text;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string Problem::to_string() const {
    std::string text = where;
    if (!value.empty()) text += " = " + value;
    return text + ": " + message;
}

InputError::InputError(std::vector<Problem> problems)
    : std::runtime_error(join(problems)), problems_(std::move(problems)) {}

InputError::InputError(std::string where, std::string value, std::string message)
    : InputError(std::vector<Problem>{{std::move(where), std::move(value), std::move(message)}}) {}

StorageError storage_error(const std::string& path, const std::string& what, int error) {
    std::string text = path + ": " + what + ": " + std::strerror(error);
    if (error == ENOSPC || error == EDQUOT)
        text += "; make room and run again: nothing that was recorded is lost";
    else if (error == EROFS || error == EACCES || error == EPERM)
        text += "; it must be writable for this user";
    return StorageError(text);
}

std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(name.size() / 3, 1) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

}  // namespace o2v
