#include "orchestrator/instances.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "orchestrator/json_fields.hpp"

namespace o2v::orchestrator {

extern const char* const kInstanceCatalog;

namespace {

using Json = nlohmann::json;

constexpr const char* kBuiltIn = "the built-in instance catalog";
constexpr std::int64_t kMostVcpus = 100'000;

double positive(JsonFields& fields, const std::string& key) {
    const auto value = fields.number(key);
    if (value && !(*value > 0)) fields.report(key, "must be greater than 0");
    return value.value_or(0);
}

InstanceGpus read_gpus(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    for (const char* key : {"model", "count", "memory_gib"}) fields.require(key);
    InstanceGpus gpus;
    gpus.model = fields.text("model").value_or("");
    gpus.count = static_cast<int>(fields.integer("count", 1, kMostVcpus).value_or(1));
    gpus.memory_gib = positive(fields, "memory_gib");
    fields.finish();
    return gpus;
}

InstancePrice read_price(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    for (const char* key : {"per_hour", "as_of", "source"}) fields.require(key);
    InstancePrice price;
    price.per_hour = positive(fields, "per_hour");
    price.as_of = fields.text("as_of").value_or("");
    price.secondary = fields.boolean("secondary").value_or(false);
    price.source = fields.text("source").value_or("");
    fields.finish();
    return price;
}

Instance read_instance(const Json& json, const std::string& where, std::vector<Problem>& problems) {
    JsonFields fields(json, where, problems);
    for (const char* key : {"name", "vcpu", "memory_gib"}) fields.require(key);
    Instance instance;
    instance.name = fields.text("name").value_or("");
    if (fields.has("name") && instance.name.empty()) fields.report("name", "must be a name");
    instance.vcpu = static_cast<int>(fields.integer("vcpu", 1, kMostVcpus).value_or(0));
    instance.memory_gib = positive(fields, "memory_gib");
    if (const Json* gpus = fields.get("gpus"))
        instance.gpus = read_gpus(*gpus, fields.where("gpus"), problems);
    if (const Json* price = fields.get("price"))
        instance.price = read_price(*price, fields.where("price"), problems);
    fields.finish();
    return instance;
}

InstanceCatalog read_catalog(const Json& json, const std::string& file) {
    std::vector<Problem> problems;
    JsonFields fields(json, file + ": ", problems);
    InstanceCatalog catalog;
    catalog.file = file;
    for (const char* key : {"currency", "instances"}) fields.require(key);
    catalog.region = fields.text("region").value_or("");
    catalog.currency = fields.text("currency").value_or("");
    catalog.note = fields.text("note").value_or("");
    std::set<std::string> names;
    if (const Json* list = fields.get("instances")) {
        if (!list->is_array() || list->empty()) {
            fields.report("instances", "must be a list of at least one instance");
        } else {
            for (std::size_t i = 0; i < list->size(); ++i) {
                const std::string where = fields.where("instances") + '/' + std::to_string(i);
                Instance instance = read_instance(list->at(i), where, problems);
                if (!instance.name.empty() && !names.insert(instance.name).second)
                    problems.push_back({where + "/name", instance.name, "stands twice in the catalog"});
                catalog.instances.push_back(std::move(instance));
            }
        }
    }
    fields.finish();
    if (!problems.empty()) throw InputError(std::move(problems));
    return catalog;
}

}  // namespace

InstanceCatalog load_instances(const std::string& file) {
    if (file.empty()) return read_catalog(Json::parse(kInstanceCatalog), kBuiltIn);
    return read_catalog(read_json_file(file), file);
}

const Instance& InstanceCatalog::find(const std::string& name) const {
    std::vector<std::string> names;
    for (const Instance& instance : instances) {
        if (instance.name == name) return instance;
        names.push_back(instance.name);
    }
    const std::string near = nearest_name(name, names);
    throw InputError("--instance", name,
                     "is not in " + file + (near.empty() ? "" : "; did you mean " + near + "?") +
                         " (o2v-tune bench --list-instances shows them, --catalog FILE takes others)");
}

Json to_json(const Instance& instance) {
    Json json{{"name", instance.name}, {"vcpu", instance.vcpu}, {"memory_gib", instance.memory_gib}};
    if (instance.gpus)
        json["gpus"] = {{"model", instance.gpus->model},
                        {"count", instance.gpus->count},
                        {"memory_gib", instance.gpus->memory_gib}};
    if (instance.price)
        json["price"] = {{"per_hour", instance.price->per_hour},
                         {"as_of", instance.price->as_of},
                         {"secondary", instance.price->secondary},
                         {"source", instance.price->source}};
    return json;
}

std::string to_text(const InstanceCatalog& catalog) {
    std::string text = fmt::format("{:<18} {:>5} {:>8}  {:<18} {:>10}  {}\n", "instance", "vCPU", "memory",
                                   "GPUs", catalog.currency + "/h", "price as of");
    for (const Instance& instance : catalog.instances) {
        const std::string gpus = instance.gpus ? fmt::format("{} {} ({:g} GiB)", instance.gpus->count,
                                                             instance.gpus->model, instance.gpus->memory_gib)
                                               : "-";
        const auto& price = instance.price;
        text +=
            fmt::format("{:<18} {:>5} {:>4g} GiB  {:<18} {:>10}  {}{}\n", instance.name, instance.vcpu,
                        instance.memory_gib, gpus, price ? fmt::format("{:g}", price->per_hour) : "-",
                        price ? price->as_of : "-", price && price->secondary ? ", secondary source" : "");
    }
    return text + (catalog.note.empty() ? "" : catalog.note + '\n');
}

std::vector<std::string> shortcomings(const Instance& label, int logical_cpus, double memory_gib, int gpus) {
    constexpr double kFirmware = 0.9;  // of an instance's memory a part is never the system's
    std::vector<std::string> sentences;
    if (label.vcpu > logical_cpus)
        sentences.push_back(
            fmt::format("{} has {} vCPU, and {} are used here", label.name, label.vcpu, logical_cpus));
    if (kFirmware * label.memory_gib > memory_gib)
        sentences.push_back(fmt::format("{} has {:g} GiB of memory, and {:.1f} are used here", label.name,
                                        label.memory_gib, memory_gib));
    if (label.gpus && label.gpus->count > gpus)
        sentences.push_back(fmt::format("{} has {} {}, and {} are used here", label.name, label.gpus->count,
                                        label.gpus->count == 1 ? "GPU" : "GPUs",
                                        gpus == 0 ? "none" : std::to_string(gpus)));
    return sentences;
}

}  // namespace o2v::orchestrator
