// What a benchmark's figures were measured on and with. Private to the room.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "orchestrator/slots.hpp"
#include "orchestrator/storage.hpp"

namespace o2v::orchestrator {

// machine_fingerprint() with "logical_cpus", "cpu_flags_xxh3", "governor" and the control group's limits.
nlohmann::json bench_machine();
// {"version", "programs": {"o2v-tune": XXH3-128, ...}}: equal programs are equal code.
nlohmann::json bench_code(const std::string& worker_program, const std::string& serve_program);
// {"device", "device_name", "threads", "torch", "blas"}, as the worker said when it greeted.
nlohmann::json bench_worker(const WorkerRecord& worker);
// How the measured processes are kept to their part of the machine: {"cores", "cpus", "cores_by",
// "memory_bytes", "memory_by"}.
nlohmann::json confinement(const Slot& slot, std::optional<std::int64_t> memory_bytes);

}  // namespace o2v::orchestrator
