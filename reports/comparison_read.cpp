#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/comparison.hpp"
#include "reports/leaderboard.hpp"
#include "search/study/errors.hpp"

namespace o2v::reports {
namespace {

// The members of objects in one order, so that equal contents are equal texts.
using Json = nlohmann::json;

constexpr const char* kFormat = "o2v-bench/1";
constexpr double kGiB = 1 << 30;

Json only(const Json& json, const std::vector<const char*>& keys) {
    Json part = Json::object();
    for (const char* key : keys)
        if (json.contains(key)) part[key] = json.at(key);
    return part;
}

Json settings_without_seeds(Json settings) {
    settings.erase("seeds");
    return settings;
}

std::map<std::string, std::string> aspects_of(const Json& json) {
    const Json &machine = json.at("machine"), &settings = json.at("settings");
    Json hardware = only(machine, {"cpu", "cores", "logical_cpus", "cpu_flags_xxh3"});
    hardware["memory_gib"] = std::llround(machine.at("memory_bytes").get<double>() / kGiB);
    for (const Json& gpu : machine.at("gpus")) hardware["gpus"].push_back(gpu.at("name"));
    hardware["confinement"] = only(json.at("confinement"), {"cores", "memory_bytes"});
    Json versions{{"kernel", machine.at("kernel")}, {"libraries", json.at("versions")}};
    if (json.contains("worker")) {
        hardware["device"] = only(json.at("worker"), {"device_name", "threads"});
        versions["worker"] = only(json.at("worker"), {"torch", "blas"});
    }
    return {{"data", json.at("data").dump()},
            {"config", Json{{"name", json.at("name")},
                            {"configurations", json.at("configurations")},
                            {"settings", settings_without_seeds(settings)}}
                           .dump()},
            {"seeds", settings.at("seeds").dump()},
            {"machine", hardware.dump()},
            {"code", only(json.at("code"), {"version", "programs"}).dump()},
            {"versions", versions.dump()}};
}

std::string machine_text(const Json& json) {
    const Json& machine = json.at("machine");
    std::string text =
        fmt::format("{}, {} cores, {:.1f} GiB", machine.at("cpu").get<std::string>(),
                    machine.at("cores").get<int>(), machine.at("memory_bytes").get<double>() / kGiB);
    for (const Json& gpu : machine.at("gpus")) text += ", " + gpu.at("name").get<std::string>();
    const Json& confinement = json.at("confinement");
    text += fmt::format("; measured on {} of the cores", confinement.at("cores").get<int>());
    if (confinement.contains("memory_bytes"))
        text += ", memory kept to " + bytes_text(confinement.at("memory_bytes").get<std::int64_t>());
    return text;
}

std::vector<double> numbers(const Json& list) {
    std::vector<double> values;
    for (const Json& value : list.get_ref<const Json::array_t&>())
        if (!value.is_null()) values.push_back(value.get<double>());
    return values;
}

std::vector<double> reference(const Json& json, const char* which) {
    const Json& loop = json.at("reference").at(which);
    return loop.is_object() ? numbers(loop.at("values")) : std::vector<double>{};
}

std::optional<InstanceLabel> label_of(const Json& instance) {
    if (!instance.is_object()) return std::nullopt;
    InstanceLabel label;
    instance.at("name").get_to(label.name);
    if (instance.contains("price")) {
        const Json& price = instance.at("price");
        label.per_hour = price.at("per_hour").get<double>();
        label.as_of = price.value("as_of", "");
        label.secondary = price.value("secondary", false);
    }
    return label;
}

}  // namespace

BenchResult read_result(const nlohmann::ordered_json& ordered, const std::string& source) {
    if (!ordered.is_object() || ordered.value("format", nlohmann::ordered_json()) != kFormat)
        throw InputError(source, "",
                         std::string("is no result of o2v-tune bench (\"format\": \"") + kFormat + "\")");
    try {
        const Json json(ordered);
        BenchResult result;
        result.source = source;
        json.at("name").get_to(result.name);
        json.at("started_at").get_to(result.started_at);
        json.at("complete").get_to(result.complete);
        json.at("repeats").get_to(result.repeats);
        result.failures = json.at("failures").size();
        result.commit = json.at("code").value("commit", "");
        result.instance = label_of(json.at("instance"));
        result.currency = json.value("currency", "");
        result.aspects = aspects_of(json);
        result.machine = machine_text(json);
        result.reference_cpu = reference(json, "cpu_seconds");
        result.reference_memory = reference(json, "memory_seconds");
        for (const Json& one : json.at("series"))
            result.series.push_back({one.at("configuration"), one.at("measure"), one.at("kind"),
                                     one.at("unit"), one.at("better"), numbers(one.at("values"))});
        return result;
    } catch (const Json::exception& e) {
        throw InputError(source, "", std::string("is a damaged result of o2v-tune bench: ") + e.what());
    }
}

}  // namespace o2v::reports
