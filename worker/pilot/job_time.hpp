// How long a job of Slurm still has.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace o2v::pilot {

// squeue's TimeLeft: "1-02:03:04", "02:03:04", "03:04", "4". nullopt for "UNLIMITED" and what is no time.
std::optional<std::chrono::seconds> parse_time_left(const std::string& text);

// Asks squeue, which may take as long as its controller lets it wait; nullopt when that tells nothing.
std::optional<std::chrono::seconds> ask_time_left(const std::string& job);

}  // namespace o2v::pilot
