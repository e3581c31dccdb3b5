#include "experiments/prepare/movielens_files.hpp"

#include <charconv>
#include <fstream>
#include <functional>

#include "search/study/errors.hpp"

namespace o2v::prepare {

namespace {

constexpr std::size_t kMaxProblems = 20;

// Calls `take(line, where)` for every line that is not empty, its line end cut off; gathers what it throws.
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

std::vector<std::string> split(std::string_view line, char separator) {
    std::vector<std::string> fields;
    for (std::size_t begin = 0;;) {
        const std::size_t end = line.find(separator, begin);
        fields.emplace_back(line.substr(begin, end == std::string_view::npos ? end : end - begin));
        if (end == std::string_view::npos) return fields;
        begin = end + 1;
    }
}

std::int64_t to_id(const std::string& text, const std::string& where, const char* field) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 2'000'000'000) {
        throw InputError(where + ": " + field, text, "a whole number from 1 is expected");
    }
    return value;
}

double to_rating(const std::string& text, const std::string& where) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value > 0 && value <= 5)) {
        throw InputError(where + ": rating", text, "a number above 0 and at most 5 is expected");
    }
    return value;
}

Rating to_rating(const std::vector<std::string>& fields, const std::string& where) {
    if (fields.size() != 4) {
        throw InputError(where, std::to_string(fields.size()) + " fields",
                         "4 fields are expected: user, movie, rating, time");
    }
    return {to_id(fields[0], where, "user"), to_id(fields[1], where, "movie"), to_rating(fields[2], where)};
}

}  // namespace

std::vector<std::string> split_csv(std::string_view line, const std::string& where) {
    std::vector<std::string> fields(1);
    for (std::size_t i = 0; i < line.size();) {
        if (line[i] == ',') {
            fields.emplace_back();
            ++i;
        } else if (line[i] == '"' && fields.back().empty()) {
            for (++i;; ++i) {
                if (i == line.size())
                    throw InputError(where, std::string(line), "a quoted field is not closed");
                if (line[i] == '"') {
                    if (i + 1 == line.size() || line[i + 1] != '"') break;
                    ++i;  // a doubled quote stands for one
                }
                fields.back() += line[i];
            }
            if (++i < line.size() && line[i] != ',') {
                throw InputError(where, std::string(line), "a comma is expected after a quoted field");
            }
        } else {
            fields.back() += line[i++];
        }
    }
    return fields;
}

std::string utf8_from_latin1(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            result += c;
        } else {
            result += static_cast<char>(0xC0 | (byte >> 6));
            result += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
    return result;
}

std::vector<Rating> read_tab_ratings(const std::string& path) {
    std::vector<Rating> ratings;
    for_each_line(path, false, [&](std::string_view line, const std::string& where) {
        ratings.push_back(to_rating(split(line, '\t'), where));
    });
    return ratings;
}

std::vector<Rating> read_csv_ratings(const std::string& path) {
    std::vector<Rating> ratings;
    for_each_line(path, true, [&](std::string_view line, const std::string& where) {
        ratings.push_back(to_rating(split_csv(line, where), where));
    });
    return ratings;
}

Titles read_item_titles(const std::string& path) {
    Titles titles;
    for_each_line(path, false, [&](std::string_view line, const std::string& where) {
        const auto fields = split(line, '|');
        if (fields.size() < 2 || fields[1].empty())
            throw InputError(where + ": title", "", "no title after the movie's id");
        titles[to_id(fields[0], where, "movie")] = utf8_from_latin1(fields[1]);
    });
    return titles;
}

Titles read_csv_titles(const std::string& path) {
    Titles titles;
    for_each_line(path, true, [&](std::string_view line, const std::string& where) {
        const auto fields = split_csv(line, where);
        if (fields.size() != 3) {
            throw InputError(where, std::to_string(fields.size()) + " fields",
                             "3 fields are expected: movieId, title, genres");
        }
        titles[to_id(fields[0], where, "movieId")] = fields[1];
    });
    return titles;
}

}  // namespace o2v::prepare
