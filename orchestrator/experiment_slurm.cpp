// "resources" of an experiment whose trials run on a cluster.
#include <algorithm>

#include "orchestrator/experiment_checks.hpp"

namespace o2v::orchestrator {
namespace {

constexpr int kMostPilots = 10000;

// A word for sbatch's command line.
bool is_word(const std::string& text) {
    return !text.empty() && text.front() != '-' && text.find_first_of(" \t\n\"'\\") == std::string::npos;
}

std::string read_word(JsonFields& fields, const std::string& key, const char* form) {
    const std::string word = fields.text(key).value_or("");
    if (fields.has(key) && !is_word(word)) fields.report(key, form);
    return word;
}

void read_pilot(JsonFields& resources, SlurmResources& slurm) {
    const nlohmann::json* json = resources.get("per_pilot");
    if (!json) return;
    JsonFields pilot(*json, resources.where("per_pilot"), resources.problems());
    slurm.gpus = static_cast<int>(pilot.integer("gpus", 0, 64).value_or(0));
    slurm.cores = static_cast<int>(pilot.integer("cores", 1, 1024).value_or(1));
    slurm.memory = read_word(pilot, "memory", "must be what sbatch takes, such as \"16G\"");
    pilot.finish();
}

}  // namespace

SlurmResources read_slurm(JsonFields& resources) {
    SlurmResources slurm;
    resources.require("pilots");
    slurm.pilots = static_cast<int>(resources.integer("pilots", 1, kMostPilots).value_or(1));
    read_pilot(resources, slurm);
    slurm.partition = read_word(resources, "partition", "must be a partition's name");
    slurm.time =
        read_word(resources, "time", "must be \"8h\", \"30m\" or what sbatch takes, such as \"1-12:00\"");
    slurm.address = read_word(resources, "address", "must be a host, or host:port, that the nodes reach");
    slurm.programs = read_word(resources, "programs", "must be a folder on the nodes");
    slurm.tls = resources.boolean("tls").value_or(false);
    if (const auto idle = resources.duration("idle"))
        slurm.idle = std::chrono::ceil<std::chrono::seconds>(*idle);
    if (const nlohmann::json* options = resources.get("sbatch")) {
        const bool fine =
            options->is_array() && std::all_of(options->begin(), options->end(), [](const auto& option) {
                return option.is_string() && option.template get<std::string>().starts_with('-');
            });
        if (fine)
            slurm.sbatch = options->get<std::vector<std::string>>();
        else
            resources.report("sbatch", "must be a list of sbatch's options, such as [\"--account=lab\"]");
    }
    return slurm;
}

std::string pilots_text(const SlurmResources& slurm) {
    const auto counted = [](int count, const char* what) {
        return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
    };
    std::string text = counted(slurm.pilots, "pilot") + " of Slurm, each " + counted(slurm.cores, "core");
    if (slurm.gpus > 0) text += ", " + counted(slurm.gpus, "GPU");
    if (!slurm.memory.empty()) text += ", " + slurm.memory + " of memory";
    return text;
}

nlohmann::json slurm_json(const SlurmResources& slurm) {
    nlohmann::json json{{"executor", "slurm"},
                        {"pilots", slurm.pilots},
                        {"per_pilot", {{"gpus", slurm.gpus}, {"cores", slurm.cores}}},
                        {"idle", slurm.idle.count()},
                        {"tls", slurm.tls}};
    if (!slurm.memory.empty()) json["per_pilot"]["memory"] = slurm.memory;
    for (const auto& [name, value] : {std::pair{"partition", &slurm.partition},
                                      {"time", &slurm.time},
                                      {"address", &slurm.address},
                                      {"programs", &slurm.programs}})
        if (!value->empty()) json[name] = *value;
    if (!slurm.sbatch.empty()) json["sbatch"] = slurm.sbatch;
    return json;
}

}  // namespace o2v::orchestrator
