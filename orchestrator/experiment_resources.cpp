#include <algorithm>
#include <sstream>

#include "orchestrator/experiment_checks.hpp"

namespace o2v::orchestrator {

std::vector<std::string> gpu_names(const std::string& device) {
    std::vector<std::string> names;
    std::istringstream list(device);
    for (std::string name; std::getline(list, name, ',');) names.push_back(name);
    if (!device.empty() && device.back() == ',') names.emplace_back();
    return names;
}

namespace {

bool is_gpu(const std::string& text) {
    return text.starts_with("cuda:") && text.size() > 5 && text.size() <= 8 &&
           text.find_first_not_of("0123456789", 5) == std::string::npos;
}

bool is_device(const std::string& text) {
    if (text == "cpu") return true;
    const std::vector<std::string> names = gpu_names(text);
    return !names.empty() && std::all_of(names.begin(), names.end(), is_gpu);
}

SlotRequest read_slot(const nlohmann::json& json, const std::string& where, std::vector<Problem>& problems) {
    SlotRequest slot;
    JsonFields fields(json, where, problems);
    if (const auto device = fields.text("device")) {
        slot.device = *device;
        if (!is_device(*device))
            fields.report("device", "must be cpu, cuda:N or, of several GPUs, cuda:N,cuda:M");
    }
    if (const nlohmann::json* cores = fields.get("cores")) {
        bool fine = cores->is_array() && !cores->empty();
        for (const nlohmann::json& core : *cores) {
            fine = fine && core.is_number_integer() && core.get<std::int64_t>() >= 0 &&
                   core.get<std::int64_t>() < 100000;
            if (fine) slot.cores.push_back(core.get<int>());
        }
        if (!fine) fields.report("cores", "must be a list of core numbers");
    }
    fields.finish();
    return slot;
}

}  // namespace

Resources one_slot(const Resources& resources, const std::optional<std::string>& device,
                   const std::optional<int>& threads) {
    Resources one = resources;
    one.slurm.reset();
    if (threads) one.threads = *threads;
    const auto* slots = std::get_if<std::vector<SlotRequest>>(&resources.slots);
    if (device)
        one.slots = std::vector<SlotRequest>{{*device, {}}};
    else if (slots && threads)
        one.slots = std::vector<SlotRequest>{{slots->front().device, {}}};
    else if (slots)
        one.slots = std::vector<SlotRequest>{slots->front()};
    else
        one.slots = 1;
    return one;
}

Resources read_resources(const nlohmann::json& json, const std::string& where,
                         std::vector<Problem>& problems) {
    Resources resources;
    JsonFields fields(json, where, problems);
    if (fields.choice("executor", {"local", "slurm"}).value_or("local") == "slurm") {
        resources.slurm = read_slurm(fields);
        fields.finish();
        return resources;
    }
    if (const auto threads = fields.integer("threads", 1, 1024))
        resources.threads = static_cast<int>(*threads);
    if (const auto devices = fields.integer("devices_per_trial", 1, 64))
        resources.devices_per_trial = static_cast<int>(*devices);
    if (const auto trials = fields.integer("trials_per_gpu", 1, 64))
        resources.trials_per_gpu = static_cast<int>(*trials);
    if (resources.trials_per_gpu > 1 && resources.devices_per_trial > 1)
        fields.report("trials_per_gpu",
                      "goes without devices_per_trial: a GPU is shared by trials, or a trial has several");
    const nlohmann::json* slots = fields.get("slots");
    if (slots && slots->is_array() && !slots->empty()) {
        std::vector<SlotRequest> requests;
        for (std::size_t i = 0; i < slots->size(); ++i)
            requests.push_back(read_slot((*slots)[i], fields.where("slots/" + std::to_string(i)), problems));
        resources.slots = std::move(requests);
    } else if (slots && slots->is_number_integer()) {
        if (const auto count = fields.integer("slots", 1, 10000)) resources.slots = static_cast<int>(*count);
    } else if (slots && *slots != "auto") {
        fields.report(
            "slots", "must be \"auto\", a number of slots, or a list of {\"device\": ..., \"cores\": [...]}");
    }
    fields.finish();
    return resources;
}

}  // namespace o2v::orchestrator
