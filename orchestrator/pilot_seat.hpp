// What is known of one pilot that has connected. Private to the pilot executor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/log_file.hpp"
#include "orchestrator/pilot_files.hpp"
#include "orchestrator/storage.hpp"
#include "orchestrator/worker_watch.hpp"
#include "worker/pilot/wire/channel.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::orchestrator {

// Has a trial got further with the pilot that says so?
inline bool is_progress(const protocol::Up& message) {
    return std::holds_alternative<protocol::CheckpointSaved>(message) ||
           (protocol::ends_attempt(message) && !std::holds_alternative<protocol::TrialFailed>(message));
}

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
    std::string leaving;   // why it is to go; "" = it stays
    bool useless = false;  // it goes since it cannot train there
    bool worked = false;   // something of a trial has come out of it
    Clock::time_point heard{}, idle_since{};
    int failed_starts = 0;  // of its worker, one after another

    bool free() const { return channel && worker && !running && leaving.empty(); }
    void send(const protocol::Down& message);  // to its worker
    void say(const protocol::PilotDown& message);
};

// Calls `arrived` with the pilot's first message, which says who it is; a channel on which something else
// comes is closed, and `wrong` called. Starts the channel.
void await_hello(
    const std::shared_ptr<pilot::Channel>& channel,
    std::function<void(const std::shared_ptr<pilot::Channel>&, const protocol::PilotHello&)> arrived,
    std::function<void(const std::string& why)> wrong);

// Where a pilot is to sit: where this very process sits already, or else the first place that is free. A
// reason why it is turned away instead.
using Place = std::variant<int, std::string>;
Place place_for(const protocol::PilotHello& hello, const std::vector<PilotSeat>& seats);

// Why a worker is of no use to trials that need a GPU, or not; "" = it is.
std::string why_useless(const protocol::Hello& hello, bool on_gpu);

// "pilot 3.2 joins as slot 1: job 123_2, process 4711 on n1, GPU 0".
std::string arrival_text(const protocol::PilotHello& hello, int slot);

// How many pilots a study can use.
class PilotDemand {
  public:
    using Clock = std::chrono::steady_clock;
    explicit PilotDemand(int most) : most_(most), wanted_(most) {}
    int wanted() const { return wanted_; }
    void one_was_idle() { --wanted_; }  // REQUIRES: more than one is wanted
    // Told again and again: one that was idle is wanted again once all have been busy for a while.
    void see(int connected, bool all_busy, Clock::time_point now);

  private:
    int most_, wanted_;
    Clock::time_point busy_since_ = Clock::now();
};

}  // namespace o2v::orchestrator
