#include "orchestrator/energy.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

// The first word of a file; "" when there is none.
std::string read_word(const std::string& path) {
    std::string word;
    std::ifstream(path) >> word;
    return word;
}

std::optional<std::uint64_t> read_number(const std::string& path) {
    const std::string word = read_word(path);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool whole = error == std::errc() && end == word.data() + word.size();
    return whole ? std::optional(number) : std::nullopt;
}

// "intel-rapl:0:1" -> "intel-rapl:0"; a zone of the first level has none.
std::optional<std::string> parent_of(const std::string& zone) {
    const std::size_t last = zone.rfind(':');
    return last == zone.find(':') ? std::nullopt : std::optional(zone.substr(0, last));
}

// What a zone is called when it is one to count; "" for all others.
std::string counted_as(const std::string& powercap, const std::string& zone) {
    const std::string name = read_word(powercap + '/' + zone + "/name");
    const std::optional<std::string> parent = parent_of(zone);
    if (!parent) return name.starts_with("package") ? name : "";
    return name == "dram" ? name + " of " + read_word(powercap + '/' + *parent + "/name") : "";
}

}  // namespace

std::string powercap_folder() {
    const char* named = std::getenv("O2V_POWERCAP");
    return named && *named ? named : "/sys/class/powercap";
}

EnergySources processor_energy(const std::string& powercap) {
    std::vector<std::string> zones;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(powercap, error))
        if (const std::string zone = entry.path().filename().string(); zone.starts_with("intel-rapl:"))
            zones.push_back(zone);
    std::sort(zones.begin(), zones.end());
    EnergySources sources;
    for (const std::string& zone : zones) {
        const std::string name = counted_as(powercap, zone);
        if (name.empty()) continue;
        const std::string file = powercap + '/' + zone + "/energy_uj";
        const auto read = [file] { return read_number(file); };
        if (read())
            sources.counters.push_back(
                {name, read, read_number(powercap + '/' + zone + "/max_energy_range_uj").value_or(0)});
        else if (fs::exists(file, error) && access(file.c_str(), R_OK) != 0)
            sources.refused.push_back(file);
    }
    return sources;
}

EnergySources machine_energy(const std::vector<std::string>& gpu_uuids) {
    EnergySources sources = processor_energy(powercap_folder());
    for (EnergyCounter& counter : gpu_energy(gpu_uuids)) sources.counters.push_back(std::move(counter));
    return sources;
}

EnergyMeter::EnergyMeter(std::vector<EnergyCounter> counters) {
    for (EnergyCounter& counter : counters) {
        const std::optional<std::uint64_t> now = counter.read();
        if (!now) continue;
        before_.push_back(*now);
        counters_.push_back(std::move(counter));
    }
}

std::vector<std::string> EnergyMeter::names() const {
    std::vector<std::string> names;
    for (const EnergyCounter& counter : counters_) names.push_back(counter.name);
    return names;
}

double EnergyMeter::since_last() {
    double microjoules = 0;
    for (std::size_t i = 0; i < counters_.size(); ++i) {
        const std::optional<std::uint64_t> now = counters_[i].read();
        if (!now) continue;
        const std::uint64_t before = std::exchange(before_[i], *now);
        if (*now >= before)
            microjoules += static_cast<double>(*now - before);
        else if (counters_[i].largest >= before)
            microjoules += static_cast<double>(counters_[i].largest - before + *now);
    }
    return microjoules / 1e6;
}

void EnergyShares::charge(const std::map<TrialId, int>& held) {
    const double used = meter_.since_last();
    joules_ += used;
    unshared_ += used;
    if (held.empty()) return;
    const double each = std::exchange(unshared_, 0) / static_cast<double>(held.size());
    for (const auto& [trial, slot] : held) unclaimed_[trial] += each;
}

double EnergyShares::claim(TrialId trial) {
    const auto found = unclaimed_.find(trial);
    return found == unclaimed_.end() ? 0 : std::exchange(found->second, 0);
}

void EnergyShares::leave(TrialId trial) {
    const auto found = unclaimed_.find(trial);
    if (found == unclaimed_.end()) return;
    unshared_ += found->second;
    unclaimed_.erase(found);
}

}  // namespace o2v::orchestrator
