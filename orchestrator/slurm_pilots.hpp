// Pilots as jobs of Slurm. Private to the room.
//
// What Slurm says is never taken for what is: a submission that errs may have been accepted, a job may start
// twice, an id may be given twice, and processes outlive their job, where a
// controller is busy or restarts. So submissions carry the study's token as their name, and what squeue lists
// under that name is what there is; a pilot counts when it connects.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "orchestrator/pilot_source.hpp"
#include "orchestrator/slurm.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::orchestrator {

struct SlurmPilotsOptions {
    SlurmResources resources;
    std::string token;             // of the study: the jobs' name
    std::string pilot_program;     // path of o2v-pilot on the nodes
    std::string folder;            // the study's
    protocol::PilotOrders orders;  // `submission` is set for each
    std::function<void(const std::string&)> log;
    // Times, shorter in tests.
    std::chrono::milliseconds pause{2000};       // before the first replacement; doubles up to 64 times that
    std::chrono::milliseconds look{30'000};      // between two looks at squeue while some are on their way,
                                                 // when the first ones, from `pause` on, have doubled so far
    std::chrono::milliseconds lost_for{15'000};  // then a lost pilot is replaced and its job cancelled
    // So is one that runs, as Slurm has it, but has not connected: its node could not start it.
    std::chrono::milliseconds silent_for{120'000};
};

// So many pilots, but for their orders.
SlurmSubmission submission_of(const SlurmPilotsOptions& options, int count);

class SlurmPilots final : public PilotSource {
  public:
    SlurmPilots(boost::asio::io_context& io, SlurmPilotsOptions options);

    void want(int pilots) override;
    void joined(const std::string& job) override;
    void worked() override { failures_ = 0; }
    void left(const std::string& job, Leaving how) override;
    std::string failure() const override { return failure_; }
    std::string standing() const override;
    void dismiss() override;
    bool dismissed() const override { return dismissed_; }

  private:
    using Clock = std::chrono::steady_clock;
    enum class Stage { coming, joined, lost };
    struct Pilot {
        Stage stage = Stage::coming;
        Clock::time_point since = Clock::now();
        std::string state, reason;                      // as squeue last said
        std::optional<Clock::time_point> running = {};  // when it was first seen so, while it is coming
    };

    void submit(int count);
    void submitted(int count, const SlurmAnswer& answer);
    void look();
    void listed(Clock::time_point asked, const SlurmAnswer& answer, const std::vector<SlurmJob>& jobs);
    bool has_been_silent(Pilot& pilot, const SlurmJob& job) const;
    void replace_lost();
    void give_up(std::vector<std::string> jobs);
    void cancel_all();
    void failed(const std::string& why);

    SlurmPilotsOptions options_;
    Slurm slurm_;
    std::map<std::string, Pilot> pilots_;  // by job: "123_4"
    // Cancelled, so that they count no more, though Slurm may list them for long: until one connects after
    // all, or its id is given anew.
    std::set<std::string> given_up_;
    bool known_ = false;  // what an earlier o2v-tune has left has been looked at
    bool looking_ = false, submitting_ = false, unsure_ = false;
    bool dismissing_ = false, dismissed_ = false;
    Clock::time_point looked_{}, may_submit_{};
    Clock::duration between_looks_;
    int failures_ = 0;    // one after another ...
    int unanswered_ = 0;  // ... of which so many are squeue's
    std::string last_failure_, failure_;
};

}  // namespace o2v::orchestrator
