// The files of the MovieLens sets as GroupLens publishes them: the 100K set's own form and the CSV form of
// the others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace o2v::prepare {

struct Rating {
    std::int64_t user = 0, movie = 0;  // as in the file, at least 1
    double value = 0;                  // in (0, 5]
    bool operator==(const Rating&) const = default;
};

// "user <tab> movie <tab> rating <tab> time" lines: u.data, ua.base, ua.test. Throws InputError with up to 20
// bad lines, each with file:line, field and value; the same for the next two.
std::vector<Rating> read_tab_ratings(const std::string& path);
// ratings.csv: a heading, then userId,movieId,rating,timestamp.
std::vector<Rating> read_csv_ratings(const std::string& path);

using Titles = std::unordered_map<std::int64_t, std::string>;  // movie -> title, UTF-8
// u.item: '|' between fields, Latin-1.
Titles read_item_titles(const std::string& path);
// movies.csv: a heading, then movieId,title,genres.
Titles read_csv_titles(const std::string& path);

using Features = std::unordered_map<std::int64_t, std::vector<std::string>>;  // user or movie -> words
// u.user, '|' between fields: the decade of the age, the gender, the occupation: "20s", "m", "technician".
Features read_user_features(const std::string& path);
// u.item: the genres and the decade of the release: "animation", "children's", "1990s".
Features read_item_features(const std::string& path);
// u.item's genres, each as one word, and those of movies.csv as the same words; none where it is "unknown" or
// not listed.
Features read_item_genres(const std::string& path);
Features read_csv_genres(const std::string& path);

// One line of comma-separated values: fields may stand in double quotes, a quote inside them is doubled (RFC
// 4180, without line breaks in a field). Throws InputError at `where` on a quote that is not closed or
// followed by text.
std::vector<std::string> split_csv(std::string_view line, const std::string& where);

std::string utf8_from_latin1(std::string_view text);

}  // namespace o2v::prepare
