#include "orchestrator/cli/candidates.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>

#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/instances.hpp"
#include "orchestrator/model_versions.hpp"
#include "orchestrator/run_folder.hpp"
#include "search/catalog.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;
using Words = std::vector<std::string>;

Words studies() {
    Words names;
    for (const orc::RunFolder& run : orc::list_runs())
        names.push_back(std::filesystem::path(run.path()).filename().string());
    return names;
}

Words models() {
    Words names;
    for (const orc::RunFolder& run : orc::list_runs())
        for (const orc::ModelVersions& model : orc::models_of(run)) names.push_back(model.name());
    return names;
}

Words strategies() {
    Words names;
    for (const search::CatalogEntry& entry : search::searchers()) names.push_back(entry.name);
    return names;
}

Words instances() {
    Words names;
    for (const orc::Instance& instance : orc::load_instances().instances) names.push_back(instance.name);
    return names;
}

Words settings() {
    Words names;
    for (const model::HyperparameterInfo& info : model::hyperparameter_table())
        names.push_back(info.name + '=');
    return names;
}

struct Values {
    Words (*names)();
    bool files;  // besides, as a folder may be given
};
// By the name of an option or of a positional.
const std::map<std::string, Values>& known_values() {
    static const std::map<std::string, Values> table{
        {"RUN", {studies, true}},     {"--run", {studies, true}},          {"STUDY", {studies, true}},
        {"MODEL", {models, true}},    {"--strategy", {strategies, false}}, {"--instance", {instances, false}},
        {"--set", {settings, false}}, {"SETTINGS", {settings, false}},
    };
    return table;
}

Words split(const std::string& text, char separator) {
    Words parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
}

// "TEXT:{csv,json}" and "in0|in1:..." name them; otherwise none.
Words named_values(const std::string& type) {
    const Words alternatives = split(type.substr(0, type.find(':')), '|');
    if (alternatives.size() > 1) return alternatives;
    const std::size_t begin = type.find(":{"), end = type.find('}', begin);
    if (begin == std::string::npos || end == std::string::npos) return {};
    return split(type.substr(begin + 2, end - begin - 2), ',');
}

Candidates values_of(const CLI::Option& option) {
    const auto known = known_values().find(option.get_name());
    if (known != known_values().end()) return {known->second.names(), known->second.files};
    const std::string type = option.get_type_name();
    Words values = named_values(type);
    const bool is_number = type.starts_with("INT") || type.starts_with("UINT") || type.starts_with("FLOAT");
    const bool files = values.empty() && !is_number;
    return {std::move(values), files};
}

bool is_option(const std::string& word) {
    return word.size() > 1 && word.front() == '-';
}

const CLI::Option* find_option(const CLI::App& app, const std::string& word) {
    const auto options = app.get_options([&](const CLI::Option* o) { return o->check_name(word); });
    return options.empty() ? nullptr : options.front();
}

const CLI::App* find_command(const CLI::App& app, const std::string& word) {
    const auto found =
        app.get_subcommands([&](const CLI::App* command) { return command->get_name() == word; });
    return found.empty() ? nullptr : found.front();
}

Words option_names(const CLI::App& app) {
    Words names;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

// Where the words lead: a command, an option of it that waits for its value, positionals that have theirs.
struct Place {
    const CLI::App* app;
    const CLI::Option* waiting = nullptr;
    int positionals = 0;
    bool is_setting = false;  // after the "=" of NAME=VALUE
};

Place place_after(const CLI::App& program, const Words& words) {
    Place place{&program};
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "=") {
            if (i > 0 && is_option(words[i - 1])) continue;
            place.is_setting = ++i == words.size();
        } else if (is_option(word)) {
            place.waiting = find_option(*place.app, word);
            if (place.waiting && place.waiting->get_items_expected_max() == 0) place.waiting = nullptr;
        } else if (place.waiting) {
            if (place.waiting->get_items_expected_max() == 1) place.waiting = nullptr;
        } else if (const CLI::App* command = find_command(*place.app, word)) {
            place = Place{command};
        } else {
            ++place.positionals;
        }
    }
    return place;
}

Candidates at(const Place& place) {
    if (place.waiting) return values_of(*place.waiting);
    Candidates found;
    for (const CLI::App* command : place.app->get_subcommands([](const CLI::App*) { return true; }))
        if (!command->get_group().empty()) found.words.push_back(command->get_name());
    int taken = place.positionals;
    for (const CLI::Option* option : place.app->get_options()) {
        if (!option->get_positional()) continue;
        if (taken < option->get_items_expected_max()) {
            Candidates values = values_of(*option);
            std::move(values.words.begin(), values.words.end(), std::back_inserter(found.words));
            found.files = values.files;
            break;
        }
        taken -= option->get_items_expected_max();
    }
    if (found.words.empty() && !found.files) found.words = option_names(*place.app);
    return found;
}

}  // namespace

Candidates candidates(const CLI::App& program, const Words& words) {
    if (words.empty()) return {};
    Words before(words.begin(), words.end() - 1);
    std::string begun = words.back();
    if (begun == "=") {
        before.push_back(begun);
        begun.clear();
    }
    const Place place = place_after(program, before);
    if (place.is_setting) return {};
    Candidates found =
        is_option(begun) || begun == "-" ? Candidates{option_names(*place.app), false} : at(place);
    std::erase_if(found.words, [&](const std::string& word) { return !word.starts_with(begun); });
    return found;
}

}  // namespace o2v::cli
