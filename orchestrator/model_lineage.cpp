#include "orchestrator/model_lineage.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>

#include "model/data/durable_file.hpp"
#include "model/data/hash.hpp"
#include "search/study/errors.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Names of files, not where they lie: another machine has them elsewhere.
Json without_folders(Json hashes) {
    for (auto& [name, file] : hashes.items()) {
        if (!file.is_object() || !file.contains("path")) continue;
        file["file"] = fs::path(file.at("path").get<std::string>()).filename().string();
        file.erase("path");
    }
    return hashes;
}

std::string hash_of(const std::string& text) {
    data::StreamHash hash;
    hash.add(text.data(), text.size());
    return hash.hex();
}

// What stands for the data where an objective has none: two versions of one definition compare.
std::string objective_hash(const Experiment& experiment) {
    const Json all = to_json(experiment);
    Json own = Json::object();
    for (const char* key : {"problem", "objective", "objectives", "fixed"})
        if (all.contains(key)) own[key] = all.at(key);
    return hash_of(own.dump());
}

std::string metric_on(const std::string& metric, const std::string& set) {
    const std::size_t colon = metric.find(':');
    return colon == std::string::npos ? metric : set + metric.substr(colon);
}

Judged judge(const StoredStudy& stored, const Metrics& metrics, const Json& hashes, bool refit) {
    Judged judged;
    if (!stored.experiment.trains()) {
        judged.set = "objective";
        judged.xxh3 = objective_hash(stored.experiment);
    } else {
        // A refit has been trained on all but the test set.
        const std::vector<const char*> sets =
            refit ? std::vector{"test"} : std::vector{"test", "validation", "train"};
        for (const char* set : sets)
            if (hashes.contains(set)) {
                judged.set = set;
                judged.xxh3 = hashes.at(set).at("xxh3").get<std::string>();
                break;
            }
    }
    for (const Goal& goal : stored.study.goals()) {
        const std::string metric = judged.set == "objective" || judged.set.empty()
                                       ? goal.metric
                                       : metric_on(goal.metric, judged.set);
        const auto found = metrics.find(metric);
        judged.goals.push_back(
            {{metric, goal.direction}, found == metrics.end() ? std::nullopt : std::optional(found->second)});
    }
    return judged;
}

Json to_json(const Judged& judged) {
    Json goals = Json::array();
    for (const JudgedGoal& one : judged.goals) {
        const Metrics value = one.value ? Metrics{{"value", *one.value}} : Metrics{};
        Json goal = protocol::to_json(value);  // NaN and infinities survive
        goal["metric"] = one.goal.metric;
        goal["direction"] = to_text(one.goal.direction);
        goals.push_back(std::move(goal));
    }
    return {{"set", judged.set}, {"xxh3", judged.xxh3}, {"goals", goals}};
}

// As the worker that trained the model says; what runs commands and problems is o2v-tune's own build.
Json code_of(const std::string& model_folder) {
    Json code{{"o2v", O2V_VERSION}};
    std::ifstream file(model_folder + "/provenance.json");
    const Json provenance = Json::parse(file, nullptr, false);
    if (!provenance.is_object()) return code;
    const Json program = provenance.value("program", Json::object());
    if (program.contains("version")) code["o2v"] = program.at("version");
    if (program.contains("commit")) code["commit"] = program.at("commit");
    for (const char* key : {"libtorch", "blas", "device", "device_name", "threads"})
        if (provenance.contains(key)) code[key] = provenance.at(key);
    return code;
}

std::optional<double> number(const Json& json) {
    if (json.is_number()) return json.get<double>();
    if (json == "nan") return std::nan("");
    if (json == "inf") return HUGE_VAL;
    if (json == "-inf") return -HUGE_VAL;
    return std::nullopt;
}

Json refit_json(const Refit& refit, const Completed& before) {
    const Json& train = refit.data.at("train");
    return {{"epochs", refit.epochs},
            {"pairs", train.at("pairs")},
            {"xxh3", train.at("xxh3")},
            {"metrics_before", protocol::to_json(before.metrics)}};
}

}  // namespace

Json make_lineage(const StoredStudy& stored, const Trial& trial, const std::string& mode,
                  const std::optional<Refit>& refit) {
    const Completed& before = std::get<Completed>(*trial.ending);
    const Completed& done = refit ? refit->done : before;
    const Json hashes = Json::parse(stored.record.data_hashes);
    const std::string model = refit ? refit->model : stored.folder.path() + '/' + done.model_path;
    return {{"format", kLineageFormat},
            {"study", stored.study.spec().name},
            {"trial", trial.id},
            {"seed", trial.seed},
            {"params", protocol::to_json(trial.params)},
            {"fixed", protocol::to_json(stored.study.spec().fixed)},
            {"metrics", protocol::to_json(done.metrics)},
            {"best_epoch", done.best_epoch},
            {"mode", mode},
            {"data", without_folders(hashes)},
            {"judged", to_json(judge(stored, done.metrics, hashes, refit.has_value()))},
            {"code", code_of(model)},
            {"versions", Json::parse(stored.record.versions)},
            {"refit", refit ? refit_json(*refit, before) : Json()}};
}

bool same_origin(const Json& lineage, const StoredStudy& stored, const Trial& trial, const std::string& mode,
                 bool refit) {
    if (!lineage.is_object()) return false;
    const Json wanted = make_lineage(stored, trial, mode, std::nullopt);
    for (const char* key : {"format", "study", "trial", "seed", "params", "fixed", "mode", "data"})
        if (lineage.value(key, Json()) != wanted.at(key)) return false;
    if (lineage.value("refit", Json()).is_null() == refit) return false;
    return refit || lineage.value("metrics", Json()) == wanted.at("metrics");
}

Json read_lineage(const std::string& version_folder) {
    const std::string path = version_folder + '/' + kLineageFile;
    const Json lineage = Json::parse(data::read_whole(path), nullptr, false);
    const bool whole = lineage.is_object() && lineage.contains("study") && lineage["study"].is_string() &&
                       lineage.contains("trial") && lineage["trial"].is_number_integer() &&
                       lineage.value("params", Json()).is_object() &&
                       lineage.value("metrics", Json()).is_object();
    if (!whole) throw StorageError(path + ": is damaged, or no record of a promoted model");
    return lineage;
}

Judged judged_in(const Json& lineage) {
    Judged judged;
    const Json recorded = lineage.value("judged", Json());
    if (!recorded.is_object() || !recorded.value("goals", Json()).is_array()) return judged;
    for (const Json& goal : recorded.at("goals")) {
        const Json metric = goal.value("metric", Json());
        const Json word = goal.value("direction", Json());
        const auto direction = word.is_string() ? direction_from_text(word.get<std::string>()) : std::nullopt;
        if (!metric.is_string() || !direction) return {};
        judged.goals.push_back({{metric.get<std::string>(), *direction},
                                goal.contains("value") ? number(goal.at("value")) : std::nullopt});
    }
    const auto text = [&](const char* key) {
        const Json value = recorded.value(key, Json());
        return value.is_string() ? value.get<std::string>() : std::string();
    };
    judged.set = text("set");
    judged.xxh3 = text("xxh3");
    return judged;
}

std::optional<double> metric_in(const Json& lineage, const std::string& metric) {
    const Json metrics = lineage.value("metrics", Json());
    return metrics.is_object() && metrics.contains(metric) ? number(metrics.at(metric)) : std::nullopt;
}

}  // namespace o2v::orchestrator
