// A result of o2v-tune bench, as small as it can be.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace o2v {

using BenchValues = std::vector<double>;

// Of one configuration "hcnn" with these seconds of training, and rates and memory that go with them.
inline nlohmann::ordered_json bench_result(
    const BenchValues& seconds, const nlohmann::ordered_json& changes = nlohmann::ordered_json::object()) {
    nlohmann::ordered_json json = nlohmann::ordered_json::parse(R"json({
        "format": "o2v-bench/1", "name": "small", "started_at": "2026-08-17T10:00:00Z",
        "finished_at": "2026-08-17T10:05:00Z", "complete": true, "repeats": 8, "warmup": 1,
        "settings": {"seeds": [1], "loading": false, "target": 0.8},
        "configurations": {"hcnn": {"fixed": {"epochs": 3}}},
        "data": {"train": {"bytes": 10, "xxh3": "aa"}},
        "code": {"version": "0.1.0", "commit": "1234567890abcdef", "programs": {"o2v-worker": "cc"}},
        "machine": {"host": "h", "cpu": "Some CPU", "cores": 2, "logical_cpus": 4, "memory_bytes": 17179869184,
                    "cpu_flags_xxh3": "dd", "kernel": "6.1", "gpus": []},
        "versions": {"o2v": "0.1.0"},
        "worker": {"device": "cpu", "device_name": "", "threads": 1, "torch": "1.13", "blas": "openblas"},
        "confinement": {"cores": 1, "cpus": [0], "cores_by": "affinity"},
        "instance": null,
        "reference": {"cpu_seconds": {"median": 0.1, "values": [0.1, 0.1005, 0.0995, 0.1]},
                      "memory_seconds": {"median": 0.1, "values": [0.1, 0.1005, 0.0995, 0.1]}},
        "clocks_mhz": null, "series": [], "failures": []})json");
    const auto add = [&json](const char* measure, const char* kind, const char* unit, const char* better,
                             const BenchValues& values) {
        json["series"].push_back({{"configuration", "hcnn"},
                                  {"measure", measure},
                                  {"kind", kind},
                                  {"unit", unit},
                                  {"better", better},
                                  {"values", values},
                                  {"warmup", nlohmann::ordered_json::array()}});
    };
    BenchValues rates;
    for (const double s : seconds) rates.push_back(24000 / s);
    add("train_seconds", "time", "s", "lower", seconds);
    add("train_pairs_per_second", "rate", "pairs/s", "higher", rates);
    add("peak_memory_bytes", "memory", "B", "lower", BenchValues(seconds.size(), 2e8));
    add("metric:validation:accuracy", "quality", "", "same", BenchValues(seconds.size(), 0.8));
    json.merge_patch(changes);
    return json;
}

// Eight repeats with a spread of 2 %, and the same slower by a factor.
inline BenchValues repeats_of(double seconds) {
    return {seconds * 1.004, seconds * 0.985, seconds * 1.021, seconds * 0.996,
            seconds * 1.013, seconds * 0.989, seconds * 1.002, seconds * 0.998};
}

}  // namespace o2v
