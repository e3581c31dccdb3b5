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
    std::vector<Rating> test;  // with features
};

Ratings read_ratings(const Source& source, const MovielensOptions& options) {
    const auto read = source.form == Form::csv ? read_csv_ratings : read_tab_ratings;
    Rng rng(options.seed);
    Ratings ratings;
    ratings.train = read(source.ratings.front());
    shuffle(ratings.train, rng);
    if (source.form == Form::split_100k) {
        (options.features ? ratings.test : ratings.validation) = read(source.ratings.back());
        if (!options.features) return ratings;
    }
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

std::string readme() {
    return "Object2Vec pairs made by o2v-prepare from MovieLens ratings.\n\n" +
           std::string(movielens_terms());
}

double label_of(const Rating& rating, MovielensTask task) {
    return task == MovielensTask::rating ? rating.value : (rating.value > 3 ? 1 : 0);
}

// A user's or movie's number and its words.
std::vector<std::string> side_tokens(std::int64_t number, const Features& features) {
    std::vector<std::string> tokens{std::to_string(number)};
    const auto found = features.find(number);
    if (found != features.end()) tokens.insert(tokens.end(), found->second.begin(), found->second.end());
    return tokens;
}

void write_with_features(OutputFolder& out, const Ratings& ratings, MovielensTask task,
                         const Features& user_features, const Features& movie_features) {
    constexpr std::int64_t kMinCount = 2;
    TokenCounts counts[2];
    for (const Rating& rating : ratings.train) {
        counts[0].add(side_tokens(rating.user, user_features));
        counts[1].add(side_tokens(rating.movie, movie_features));
    }
    const Vocabulary vocabularies[] = {Vocabulary(counts[0], kMinCount), Vocabulary(counts[1], kMinCount)};
    const auto write = [&](const char* name, const std::vector<Rating>& part) {
        OutputFolder::File& file = out.open(name);
        for (const Rating& rating : part) {
            file.row(pair_record(label_of(rating, task),
                                 vocabularies[0].ids(side_tokens(rating.user, user_features)),
                                 vocabularies[1].ids(side_tokens(rating.movie, movie_features))));
        }
    };
    write("train.jsonl", ratings.train);
    write("validation.jsonl", ratings.validation);
    if (!ratings.test.empty()) write("test.jsonl", ratings.test);
    for (const int side : {0, 1}) {
        OutputFolder::File& file = out.open("vocabulary" + std::to_string(side) + ".json");
        file.set_rows(vocabularies[side].write(file.stream()));
    }
}

}  // namespace

PreparedFolder prepare_movielens(const MovielensOptions& options, MovielensTask task,
                                 const fs::path& folder) {
    const Source source = find_source(options.source);
    std::vector<std::string> files = source.ratings;
    if (!source.titles.empty()) files.push_back(source.titles);
    const std::string users_file = (fs::path(options.source) / "u.user").string();
    if (options.features) {
        if (source.form == Form::csv || source.titles.empty() || !fs::exists(users_file)) {
            throw InputError(options.source, "--features",
                             "needs u.user and u.item, which the 100K set has, beside the ratings");
        }
        files.push_back(users_file);
    }
    Recipe wanted = {{"task", task == MovielensTask::rating ? "rating" : "liked"},
                     {"seed", std::to_string(options.seed)},
                     {"validation_share", std::to_string(options.validation_share)}};
    if (options.features) wanted["features"] = "yes";
    const Recipe recipe = recipe_of(files, std::move(wanted));
    if (auto found = find_up_to_date(folder, recipe)) return *found;

    const Ratings ratings = read_ratings(source, options);
    if (options.features) {
        const Features user_features = read_user_features(users_file),
                       movie_features = read_item_features(source.titles);
        OutputFolder out(folder, recipe);
        write_with_features(out, ratings, task, user_features, movie_features);
        out.open("README.txt").stream() << readme();
        return out.publish();
    }
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
            file.row(pair_record(label_of(rating, task), {user_ids.at(rating.user)},
                                 {movie_ids.at(rating.movie)}));
        }
    };
    write("train.jsonl", ratings.train);
    write("validation.jsonl", ratings.validation);
    write_names(out.open("vocabulary0.json"), user_ids, {});
    write_names(out.open("vocabulary1.json"), movie_ids, titles);
    out.open("README.txt").stream() << readme();
    return out.publish();
}

}  // namespace o2v::prepare
