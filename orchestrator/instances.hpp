// The instances that a benchmark's figures may be labelled and priced as.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace o2v::orchestrator {

struct InstanceGpus {
    std::string model;
    int count = 0;
    double memory_gib = 0;  // of each
    bool operator==(const InstanceGpus&) const = default;
};

struct InstancePrice {
    double per_hour = 0;     // in the catalog's currency
    std::string as_of;       // "2026-08-17"
    bool secondary = false;  // not from the vendor's own page
    std::string source;
    bool operator==(const InstancePrice&) const = default;
};

struct Instance {
    std::string name;  // "ml.m5.2xlarge"
    int vcpu = 0;      // hardware threads
    double memory_gib = 0;
    std::optional<InstanceGpus> gpus{};
    std::optional<InstancePrice> price{};
    bool operator==(const Instance&) const = default;
};

struct InstanceCatalog {
    std::string file, region, currency, note;
    std::vector<Instance> instances;

    // Throws InputError with the nearest name.
    const Instance& find(const std::string& name) const;
};

// "" = the one that is built in (experiments/benchmarks/instances.json). Throws InputError with all that is
// wrong, each with file, JSON path and value.
InstanceCatalog load_instances(const std::string& file = "");

nlohmann::json to_json(const Instance& instance);
// For people: a table of all instances.
std::string to_text(const InstanceCatalog& catalog);

// What the machine, or the part of it that is used, does not have of what the label promises: sentences.
std::vector<std::string> shortcomings(const Instance& label, int logical_cpus, double memory_gib, int gpus);

}  // namespace o2v::orchestrator
