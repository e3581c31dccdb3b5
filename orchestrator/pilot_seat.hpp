// What is known of one pilot that has connected. Private to the pilot executor.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/confine.hpp"
#include "orchestrator/pilot_files.hpp"
#include "orchestrator/storage.hpp"
#include "orchestrator/worker_watch.hpp"
#include "worker/pilot/wire/channel.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::orchestrator {

struct PilotSeat {
    using Clock = std::chrono::steady_clock;
    struct Running {
        protocol::AttemptName name;
        bool told_to_stop = false;  // by who runs the study, who waits for the answer
    };

    std::shared_ptr<pilot::Channel> channel;  // null = nobody sits here
    protocol::PilotHello pilot;
    std::unique_ptr<PilotFiles> files;
    std::unique_ptr<LogFile> log;
    std::optional<WorkerRecord> worker;  // once it has greeted
    std::optional<WorkerWatch> watch;
    std::optional<WorkerWatch::Complaint> complaint;  // for which its worker is being killed
    std::optional<Running> running;
    std::string leaving;  // why it is to go; "" = it stays
    Clock::time_point heard{}, idle_since{};
    int failed_starts = 0;  // of its worker, one after another

    bool free() const { return channel && worker && !running && leaving.empty(); }
};

}  // namespace o2v::orchestrator
