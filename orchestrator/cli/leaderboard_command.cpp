#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <set>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/instances.hpp"
#include "reports/leaderboard.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    std::vector<std::string> runs;
    std::string format = "text";
    bool all = false, group = false;
    std::optional<double> price_per_hour;
    std::optional<std::string> instance;
    std::string catalog;
};

// Values of other data are no better or worse.
void warn_of_other_data(const std::vector<orc::StoredStudy>& studies) {
    for (const orc::StoredStudy& study : studies)
        if (study.record.data_hashes != studies.front().record.data_hashes)
            fmt::print(stderr, "o2v-tune: note: {} and {} were measured on different data\n",
                       studies.front().record.name, study.record.name);
}

void put_price(const Options& options, reports::LeaderboardOptions& how) {
    how.price_per_hour = options.price_per_hour;
    if (how.price_per_hour && !(std::isfinite(*how.price_per_hour) && *how.price_per_hour >= 0))
        throw InputError("--price-per-hour", fmt::format("{}", *how.price_per_hour), "must be at least 0");
    if (!options.instance) return;
    const orc::InstanceCatalog catalog = orc::load_instances(options.catalog);
    const orc::Instance& instance = catalog.find(*options.instance);
    if (!instance.price)
        throw InputError("--instance", *options.instance,
                         "has no price in " + catalog.file + "; give --price-per-hour instead");
    how.price_per_hour = instance.price->per_hour;
    how.price_of = fmt::format("{}, {}, price as of {}{}", instance.name, catalog.currency,
                               instance.price->as_of, instance.price->secondary ? ", secondary source" : "");
}

int leaderboard(const Options& options) {
    reports::LeaderboardOptions how;
    how.format = reports::format_from_text(options.format);
    how.all = options.all;
    how.group = options.group;
    how.width = terminal_width();
    put_price(options, how);
    std::vector<orc::StoredStudy> stored;
    std::set<std::string> folders;
    for (const std::string& run : options.runs.empty() ? std::vector<std::string>{""} : options.runs) {
        stored.push_back(open_run(run));
        if (!folders.insert(stored.back().folder.path()).second) throw InputError(run, "", "is given twice");
    }
    std::vector<const Study*> studies;
    for (const orc::StoredStudy& one : stored) studies.push_back(&one.study);
    std::string text = reports::leaderboard(studies, how);
    warn_of_other_data(stored);
    if (!text.ends_with('\n')) text += '\n';
    fmt::print("{}", text);
    return kDone;
}

}  // namespace

void add_leaderboard(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("leaderboard", "trials of one or several studies, best first");
    auto options = std::make_shared<Options>();
    command->add_option(
        "RUN", options->runs,
        "studies' folders or their names under runs/ (default: the latest); several must have "
        "the same goal");
    command->add_flag("--all", options->all, "every trial, not the ten best");
    command->add_flag("--group", options->group,
                      "a row a configuration: mean over its seeds with a 95 % interval");
    command->add_option("--format", options->format, "of the output")
        ->type_name("text|markdown|csv|json|html");
    auto* price = command->add_option(
        "--price-per-hour", options->price_per_hour,
        "what the machine costs an hour, in any currency: adds a column of what trials cost");
    auto* instance = command
                         ->add_option("--instance", options->instance,
                                      "price it as this instance of the catalog: ml.m5.2xlarge "
                                      "(o2v-tune bench --list-instances)")
                         ->excludes(price);
    command->add_option("--catalog", options->catalog, "instances and prices, in place of those built in")
        ->needs(instance);
    command->footer(
        "Equal values have equal ranks (=3). With \"search\": {\"repeats\": 3} an experiment runs each "
        "configuration\nwith three seeds; studies that differ in their seed alone may be given together, "
        "too.\n\n"
        "Examples:\n"
        "  o2v-tune leaderboard wordnet --all --format csv > wordnet.csv\n"
        "  o2v-tune leaderboard random bayesian --price-per-hour 0.115\n"
        "  o2v-tune leaderboard wordnet --instance ml.m5.2xlarge\n"
        "  o2v-tune leaderboard wordnet --group --format html > wordnet.html\n");
    command->callback([options, &exit_code] { exit_code = leaderboard(*options); });
}

}  // namespace o2v::cli
