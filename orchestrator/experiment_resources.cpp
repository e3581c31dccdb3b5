#include "orchestrator/experiment_checks.hpp"

namespace o2v::orchestrator {
namespace {

bool is_device(const std::string& text) {
    if (text == "cpu") return true;
    return text.starts_with("cuda:") && text.size() > 5 && text.size() <= 8 &&
           text.find_first_not_of("0123456789", 5) == std::string::npos;
}

SlotRequest read_slot(const nlohmann::json& json, const std::string& where, std::vector<Problem>& problems) {
    SlotRequest slot;
    JsonFields fields(json, where, problems);
    if (const auto device = fields.text("device")) {
        slot.device = *device;
        if (!is_device(*device)) fields.report("device", "must be cpu or cuda:N");
    }
    if (const nlohmann::json* cores = fields.get("cores")) {
        bool fine = cores->is_array() && !cores->empty();
        for (const nlohmann::json& core : *cores) {
            fine = fine && core.is_number_unsigned() && core.get<std::uint64_t>() < 100000;
            if (fine) slot.cores.push_back(core.get<int>());
        }
        if (!fine) fields.report("cores", "must be a list of core numbers");
    }
    fields.finish();
    return slot;
}

}  // namespace

Resources read_resources(const nlohmann::json& json, const std::string& where,
                         std::vector<Problem>& problems) {
    Resources resources;
    JsonFields fields(json, where, problems);
    if (const auto threads = fields.integer("threads", 1, 1024))
        resources.threads = static_cast<int>(*threads);
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
