// This machine by name: what is recorded of where a study ran.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace o2v::orchestrator {

std::string host_name();

// {"host", "cpu", "cores", "memory_bytes", "kernel", "gpus": [...]}.
nlohmann::json machine_fingerprint();
// {"o2v", "compiler", "boost", "sqlite", "hwloc"}.
nlohmann::json library_versions();

}  // namespace o2v::orchestrator
