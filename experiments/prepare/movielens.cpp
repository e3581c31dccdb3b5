#include "experiments/prepare/movielens.hpp"

#include <cmath>
#include <map>
#include <set>

#include "experiments/prepare/licence.hpp"
#include "experiments/prepare/movielens_files.hpp"
#include "experiments/prepare/pairs.hpp"
#include "experiments/prepare/vocabulary.hpp"
#include "search/study/errors.hpp"

namespace o2v::prepare {

namespace fs = std::filesystem;

namespace {

enum class Form { split_100k, whole_100k, csv };

struct Source {
    Form form;
    std::vector<std::string> ratings;  // one file, or training and validation
    std::string titles;                // empty when there is no such file
};

Source find_source(const std::string& folder) {
    const auto path = [&](const char* name) { return (fs::path(folder) / name).string(); };
    const auto if_there = [&](const char* name) {
        return fs::exists(path(name)) ? path(name) : std::string();
    };
    if (fs::exists(path("ua.base")) && fs::exists(path("ua.test"))) {
        return {Form::split_100k, {path("ua.base"), path("ua.test")}, if_there("u.item")};
    }
    if (fs::exists(path("u.data"))) return {Form::whole_100k, {path("u.data")}, if_there("u.item")};
    if (fs::exists(path("ratings.csv"))) return {Form::csv, {path("ratings.csv")}, if_there("movies.csv")};
    throw InputError(
        folder, "",
        fs::is_directory(folder)
            ? "holds neither ua.base and ua.test nor u.data nor ratings.csv; name the folder of an unpacked "
              "MovieLens set with --source"
            : "no such folder. Download a set from https://grouplens.org/datasets/movielens/, for the 100K "
              "set:\n"
              "    curl -LO https://files.grouplens.org/datasets/movielens/ml-100k.zip && unzip ml-100k.zip\n"
              "  and name the unpacked folder with --source");
}

struct Ratings {
    std::vector<Rating> train, validation;
};

Ratings read_ratings(const Source& source, const MovielensOptions& options) {
    const auto read = source.form == Form::csv ? read_csv_ratings : read_tab_ratings;
    Rng rng(options.seed);
    Ratings ratings;
    ratings.train = read(source.ratings.front());
    if (source.form == Form::split_100k) {
        ratings.validation = read(source.ratings.back());
        shuffle(ratings.train, rng);
        return ratings;
    }
    shuffle(ratings.train, rng);
    const auto held_out = static_cast<std::ptrdiff_t>(
        std::llround(options.validation_share * static_cast<double>(ratings.train.size())));
    if (held_out < 1 || held_out >= std::ssize(ratings.train)) {
        throw InputError(source.ratings.front(), std::to_string(ratings.train.size()) + " ratings",
                         "are too few to split into training and validation");
    }
    ratings.validation.assign(ratings.train.end() - held_out, ratings.train.end());
    ratings.train.resize(ratings.train.size() - static_cast<std::size_t>(held_out));
    return ratings;
}

using Ids = std::map<std::int64_t, std::int32_t>;  // number in the set -> id in the pairs

// The set's own numbers, or 1, 2, ... in their order; 0 is padding either way.
Ids ids_of(const std::set<std::int64_t>& numbers, bool dense) {
    Ids ids;
    for (const std::int64_t number : numbers) {
        ids.emplace(number,
                    static_cast<std::int32_t>(dense ? static_cast<std::int64_t>(ids.size()) + 1 : number));
    }
    return ids;
}

// Writes "<pad>" and one name an id. Titles that occur twice get the set's number behind them.
void write_names(OutputFolder::File& file, const Ids& ids, const Titles& titles) {
    std::vector<std::pair<std::string, std::int32_t>> names{{"<pad>", kPaddingId}};
    std::set<std::string> taken{"<pad>"};
    for (const auto& [number, id] : ids) {
        const auto title = titles.find(number);
        std::string name = title == titles.end() ? std::to_string(number) : title->second;
        if (!taken.insert(name).second) taken.insert(name += " [" + std::to_string(number) + "]");
        names.emplace_back(std::move(name), id);
    }
    write_token_ids(file.stream(), names);
    file.set_rows(std::ssize(names));
}

}  // namespace

PreparedFolder prepare_movielens(const MovielensOptions& options, MovielensTask task,
                                 const fs::path& folder) {
    const Source source = find_source(options.source);
    std::vector<std::string> files = source.ratings;
    if (!source.titles.empty()) files.push_back(source.titles);
    const Recipe recipe = recipe_of(files, {{"task", task == MovielensTask::rating ? "rating" : "liked"},
                                            {"seed", std::to_string(options.seed)},
                                            {"validation_share", std::to_string(options.validation_share)}});
    if (auto found = find_up_to_date(folder, recipe)) return *found;

    const Ratings ratings = read_ratings(source, options);
    Titles titles;
    if (!source.titles.empty()) {
        titles = source.form == Form::csv ? read_csv_titles(source.titles) : read_item_titles(source.titles);
    }
    std::set<std::int64_t> users, movies;
    for (const auto* part : {&ratings.train, &ratings.validation}) {
        for (const Rating& rating : *part) {
            users.insert(rating.user);
            movies.insert(rating.movie);
        }
    }
    const Ids user_ids = ids_of(users, source.form == Form::csv),
              movie_ids = ids_of(movies, source.form == Form::csv);

    OutputFolder out(folder, recipe);
    const auto write = [&](const char* name, const std::vector<Rating>& part) {
        OutputFolder::File& file = out.open(name);
        for (const Rating& rating : part) {
            const double label = task == MovielensTask::rating ? rating.value : (rating.value > 3 ? 1 : 0);
            file.row(pair_record(label, {user_ids.at(rating.user)}, {movie_ids.at(rating.movie)}));
        }
    };
    write("train.jsonl", ratings.train);
    write("validation.jsonl", ratings.validation);
    write_names(out.open("vocabulary0.json"), user_ids, {});
    write_names(out.open("vocabulary1.json"), movie_ids, titles);
    out.open("README.txt").stream() << "Object2Vec pairs made by o2v-prepare from MovieLens ratings.\n\n"
                                    << movielens_terms();
    return out.publish();
}

}  // namespace o2v::prepare
