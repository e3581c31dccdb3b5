#include "experiments/prepare/movielens_files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>

#include "experiments/prepare/text_lines.hpp"
#include "search/study/errors.hpp"

namespace o2v::prepare {

namespace {

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

// In u.genre's order, each as one word (model/data/tokens.hpp).
constexpr std::array<const char*, 19> kGenres = {
    "unknown",     "action", "adventure", "animation", "children's", "comedy",  "crime",
    "documentary", "drama",  "fantasy",   "filmnoir",  "horror",     "musical", "mystery",
    "romance",     "scifi",  "thriller",  "war",       "western",
};

std::string word_of(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// Calls `take(movie, release date, genres' words, where)` for every line of u.item.
void for_each_item(const std::string& path,
                   const std::function<void(std::int64_t, const std::string&, std::vector<std::string>,
                                            const std::string&)>& take) {
    for_each_line(path, false, [&](std::string_view line, const std::string& where) {
        const auto fields = split_fields(line, '|');
        constexpr std::size_t kBefore = 5;  // number, title, two dates, address
        if (fields.size() != kBefore + kGenres.size()) {
            throw InputError(where, std::to_string(fields.size()) + " fields",
                             "24 fields are expected: movie, title, two dates, an address, 19 genres");
        }
        std::vector<std::string> words;
        for (std::size_t i = 0; i < kGenres.size(); ++i) {
            if (fields[kBefore + i] == "1") {
                words.emplace_back(kGenres[i]);
            } else if (fields[kBefore + i] != "0") {
                throw InputError(where + ": genre", fields[kBefore + i], "0 or 1 is expected");
            }
        }
        take(to_id(fields[0], where, "movie"), fields[2], std::move(words), where);
    });
}

// Calls `take(movie, title, genres)` for every line of movies.csv.
void for_each_csv_movie(
    const std::string& path,
    const std::function<void(std::int64_t, const std::string&, const std::string&)>& take) {
    for_each_line(path, true, [&](std::string_view line, const std::string& where) {
        const auto fields = split_csv(line, where);
        if (fields.size() != 3) {
            throw InputError(where, std::to_string(fields.size()) + " fields",
                             "3 fields are expected: movieId, title, genres");
        }
        take(to_id(fields[0], where, "movieId"), fields[1], fields[2]);
    });
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

Features read_user_features(const std::string& path) {
    Features features;
    for_each_line(path, false, [&](std::string_view line, const std::string& where) {
        const auto fields = split_fields(line, '|');
        if (fields.size() != 5) {
            throw InputError(where, std::to_string(fields.size()) + " fields",
                             "5 fields are expected: user, age, gender, occupation, zip code");
        }
        const std::int64_t age = to_id(fields[1], where, "age");
        features[to_id(fields[0], where, "user")] = {std::to_string(age / 10 * 10) + 's', word_of(fields[2]),
                                                     word_of(fields[3])};
    });
    return features;
}

Features read_item_genres(const std::string& path) {
    Features genres;
    for_each_item(path, [&](std::int64_t movie, const std::string&, std::vector<std::string> words,
                            const std::string&) {
        std::erase(words, kGenres.front());
        genres[movie] = std::move(words);
    });
    return genres;
}

Features read_item_features(const std::string& path) {
    Features features;
    for_each_item(path, [&](std::int64_t movie, const std::string& date, std::vector<std::string> words,
                            const std::string& where) {
        if (!date.empty()) {  // else the release is not known
            const std::string year = date.substr(std::max<std::size_t>(date.size(), 4) - 4);
            words.push_back(std::to_string(to_id(year, where, "release year") / 10 * 10) + 's');
        }
        features[movie] = std::move(words);
    });
    return features;
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
        ratings.push_back(to_rating(split_fields(line, '\t'), where));
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
        const auto fields = split_fields(line, '|');
        if (fields.size() < 2 || fields[1].empty())
            throw InputError(where + ": title", "", "no title after the movie's id");
        titles[to_id(fields[0], where, "movie")] = utf8_from_latin1(fields[1]);
    });
    return titles;
}

Titles read_csv_titles(const std::string& path) {
    Titles titles;
    for_each_csv_movie(path, [&](std::int64_t movie, const std::string& title, const std::string&) {
        titles[movie] = title;
    });
    return titles;
}

Features read_csv_genres(const std::string& path) {
    Features genres;
    for_each_csv_movie(path, [&](std::int64_t movie, const std::string&, const std::string& listed) {
        std::vector<std::string>& words = genres[movie];
        if (listed.empty() || listed == "(no genres listed)") return;
        for (const std::string& genre : split_fields(listed, '|')) {
            std::string word;
            for (const char c : word_of(genre))
                if (c != '-' && c != ' ') word += c;  // "Sci-Fi": one word, as in the 100K set
            if (!word.empty()) words.push_back(std::move(word));
        }
    });
    return genres;
}

}  // namespace o2v::prepare
