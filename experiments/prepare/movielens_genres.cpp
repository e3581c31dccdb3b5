#include "experiments/prepare/movielens_genres.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "experiments/prepare/licence.hpp"
#include "experiments/prepare/movielens_files.hpp"
#include "experiments/prepare/pairs.hpp"
#include "experiments/prepare/vocabulary.hpp"
#include "model/data/tokens.hpp"
#include "search/study/errors.hpp"

namespace o2v::prepare {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

struct Movie {
    Words title;  // tokens
    std::set<std::string> genres;
};

// "Twelve Monkeys (1995)": the words, their pieces, "1990s".
Words title_tokens(std::string title) {
    std::string decade;
    const std::size_t open = title.rfind('(');
    if (open != std::string::npos && title.size() >= open + 6 && title[open + 5] == ')' &&
        std::all_of(title.begin() + static_cast<std::ptrdiff_t>(open) + 1,
                    title.begin() + static_cast<std::ptrdiff_t>(open) + 5,
                    [](char c) { return c >= '0' && c <= '9'; })) {
        decade = title.substr(open + 1, 3) + "0s";
        title.resize(open);
    }
    Words tokens = data::tokenize(title);
    const Words pieces = data::ngrams(tokens, {1, 3, 5});
    tokens.insert(tokens.end(), pieces.begin(), pieces.end());
    if (!decade.empty()) tokens.push_back(decade);
    return tokens;
}

std::string file_of_movies(const std::string& source) {
    for (const char* name : {"u.item", "movies.csv"})
        if (const fs::path path = fs::path(source) / name; fs::exists(path)) return path.string();
    throw InputError(
        source, "",
        fs::is_directory(source)
            ? "holds neither u.item nor movies.csv; name the folder of an unpacked MovieLens set "
              "with --source"
            : "no such folder; o2v-prepare movielens --help says where a set is downloaded");
}

// Those with a title and a genre, in order of their numbers.
std::vector<Movie> read_movies(const std::string& path) {
    const bool csv = path.ends_with(".csv");
    const Titles titles = csv ? read_csv_titles(path) : read_item_titles(path);
    const Features genres = csv ? read_csv_genres(path) : read_item_genres(path);
    const std::map<std::int64_t, std::string> ordered(titles.begin(), titles.end());
    std::vector<Movie> movies;
    for (const auto& [number, title] : ordered) {
        const auto found = genres.find(number);
        Movie movie{title_tokens(title), {}};
        if (found != genres.end()) movie.genres.insert(found->second.begin(), found->second.end());
        if (!movie.title.empty() && !movie.genres.empty()) movies.push_back(std::move(movie));
    }
    return movies;
}

}  // namespace

PreparedFolder prepare_movielens_genres(const MovielensGenreOptions& options, const fs::path& folder) {
    const std::string file = file_of_movies(options.source);
    const Recipe recipe = recipe_of({file}, {{"task", "genres"},
                                             {"seed", std::to_string(options.seed)},
                                             {"validation_share", std::to_string(options.validation_share)},
                                             {"test_share", std::to_string(options.test_share)}});
    if (auto found = find_up_to_date(folder, recipe)) return *found;

    std::vector<Movie> movies = read_movies(file);
    Rng rng(options.seed);
    shuffle(movies, rng);
    const auto share = [&](double of) {
        return static_cast<std::size_t>(std::llround(of * static_cast<double>(movies.size())));
    };
    const std::size_t test = share(options.test_share), held_out = test + share(options.validation_share);
    if (test == 0 || held_out == test || held_out >= movies.size())
        throw InputError(file, std::to_string(movies.size()) + " movies with a genre",
                         "are too few to split into training, validation and test");

    TokenCounts counts;
    std::set<std::string> genres;
    for (std::size_t i = 0; i < movies.size(); ++i) {
        if (i >= held_out) counts.add(movies[i].title);
        genres.insert(movies[i].genres.begin(), movies[i].genres.end());
    }
    const Vocabulary words(counts, 2, 2);
    std::vector<std::pair<std::string, std::int32_t>> genre_ids{{"<pad>", kPaddingId}};
    for (const std::string& genre : genres)
        genre_ids.emplace_back(genre, static_cast<std::int32_t>(genre_ids.size()));

    const auto pairs_of = [&](std::size_t begin, std::size_t end) {
        std::vector<std::string> pairs;
        for (std::size_t i = begin; i < end; ++i) {
            const auto title = words.ids(movies[i].title);
            for (const auto& [genre, id] : genre_ids)
                if (id != kPaddingId)
                    pairs.push_back(pair_record(movies[i].genres.contains(genre) ? 1 : 0, title, {id}));
        }
        return pairs;
    };
    OutputFolder out(folder, recipe);
    const auto write = [&](const char* name, const std::vector<std::string>& pairs) {
        OutputFolder::File& to = out.open(name);
        for (const std::string& pair : pairs) to.row(pair);
    };
    std::vector<std::string> train = pairs_of(held_out, movies.size());
    shuffle(train, rng);
    write("train.jsonl", train);
    write("validation.jsonl", pairs_of(test, held_out));
    write("test.jsonl", pairs_of(0, test));
    OutputFolder::File& vocabulary = out.open("vocabulary0.json");
    vocabulary.set_rows(words.write(vocabulary.stream()));
    OutputFolder::File& genre_file = out.open("vocabulary1.json");
    write_token_ids(genre_file.stream(), genre_ids);
    genre_file.set_rows(std::ssize(genre_ids));
    out.open("README.txt").stream()
        << "Object2Vec pairs made by o2v-prepare from MovieLens titles and genres.\n\n"
        << movielens_terms();
    return out.publish();
}

}  // namespace o2v::prepare
