#include "orchestrator/slurm_pilots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "worker/pilot/wire/proof.hpp"

namespace o2v::orchestrator {
namespace {

constexpr int kMostFailures = 8;
constexpr int kLongestPause = 6;  // doublings

}  // namespace

SlurmSubmission submission_of(const SlurmPilotsOptions& options, int count) {
    const SlurmResources& asked = options.resources;
    SlurmSubmission submission;
    submission.name = options.token;
    submission.count = count;
    submission.cores = asked.cores;
    submission.gpus = asked.gpus;
    submission.memory = asked.memory;
    submission.partition = asked.partition;
    submission.time = asked.time;
    submission.options = asked.sbatch;
    submission.log = options.folder + "/logs/pilot-%A_%a.log";
    submission.command = {options.pilot_program};
    return submission;
}

SlurmPilots::SlurmPilots(boost::asio::io_context& io, SlurmPilotsOptions options)
    : options_(std::move(options)), slurm_(io), between_looks_(options_.pause) {}

void SlurmPilots::want(int pilots) {
    if (dismissing_ || !failure_.empty()) return;
    replace_lost();
    const auto now = Clock::now();
    const bool on_their_way = std::any_of(pilots_.begin(), pilots_.end(), [](const auto& entry) {
        return entry.second.stage != Stage::joined;
    });
    if (!known_ || unsure_ || (on_their_way && now - looked_ > between_looks_)) look();
    if (!known_ || unsure_ || submitting_ || now < may_submit_) return;
    const auto there = static_cast<int>(std::count_if(
        pilots_.begin(), pilots_.end(), [](const auto& entry) { return entry.second.stage != Stage::lost; }));
    if (pilots > there) submit(pilots - there);
}

void SlurmPilots::submit(int count) {
    submitting_ = true;
    SlurmSubmission submission = submission_of(options_, count);
    protocol::PilotOrders orders = options_.orders;
    orders.submission = pilot::to_hex(pilot::random_bytes()).substr(0, 8);
    submission.environment = {{protocol::kPilotVariable, protocol::encode(orders)}};
    slurm_.submit(submission, [this, count](const SlurmAnswer& answer) { submitted(count, answer); });
}

void SlurmPilots::submitted(int count, const SlurmAnswer& answer) {
    submitting_ = false;
    if (dismissing_) cancel_all();
    if (!answer.ok) {
        // It may have been accepted all the same: what squeue lists decides.
        unsure_ = true;
        looked_ = Clock::now();
        return failed(answer.error);
    }
    options_.log(fmt::format("submitted {} pilots as job {}", count, answer.output));
    for (int i = 0; i < count; ++i) {
        const std::string job = answer.output + '_' + std::to_string(i);
        given_up_.erase(job);
        pilots_.try_emplace(job);
    }
}

void SlurmPilots::look() {
    if (looking_ || (unsure_ && Clock::now() < may_submit_)) return;
    looking_ = true;
    slurm_.list(options_.token,
                [this, asked = Clock::now()](const SlurmAnswer& answer, const std::vector<SlurmJob>& jobs) {
                    looking_ = false;
                    looked_ = Clock::now();
                    between_looks_ = std::min<Clock::duration>(2 * between_looks_, options_.look);
                    listed(asked, answer, jobs);
                });
}

void SlurmPilots::listed(Clock::time_point asked, const SlurmAnswer& answer,
                         const std::vector<SlurmJob>& jobs) {
    if (!answer.ok) {
        unsure_ = true;  // ask again, after a pause
        ++unanswered_;
        return failed(answer.error);
    }
    unsure_ = false;
    known_ = true;
    failures_ -= std::min(failures_, std::exchange(unanswered_, 0));
    std::map<std::string, const SlurmJob*> alive;
    std::vector<std::string> useless;
    for (const SlurmJob& job : jobs) {
        if (slurm_phase(job.state) == SlurmPhase::ended) continue;
        const auto pilot = pilots_.find(job.id);
        if (given_up_.contains(job.id) || slurm_failed_to_launch(job) ||
            (pilot != pilots_.end() && has_been_silent(pilot->second, job)))
            useless.push_back(job.id);
        else
            alive.emplace(job.id, &job);
    }
    give_up(std::move(useless));
    int ended = 0;
    std::string how;
    std::erase_if(pilots_, [&](const auto& entry) {
        const auto& [id, pilot] = entry;
        if (pilot.stage != Stage::coming || pilot.since > asked || alive.contains(id)) return false;
        const auto word = std::find_if(jobs.begin(), jobs.end(),
                                       [&, &name = id](const SlurmJob& job) { return job.id == name; });
        how = word == jobs.end() ? "vanished"
                                 : word->state + (word->reason.empty() ? "" : " (" + word->reason + ')');
        ++ended;
        return true;
    });
    for (const auto& [id, job] : alive) {
        const auto [entry, is_new] = pilots_.try_emplace(id);
        if (is_new) options_.log("found pilot " + id + ": " + job->state);
        entry->second.state = job->state;
        entry->second.reason = job->reason;
    }
    if (ended > 0) failed(fmt::format("pilots that did not connect: {}; the last one: {}", ended, how));
}

bool SlurmPilots::has_been_silent(Pilot& pilot, const SlurmJob& job) const {
    if (pilot.stage != Stage::coming || job.state != "RUNNING") {
        pilot.running.reset();
        return false;
    }
    if (!pilot.running) pilot.running = Clock::now();
    return Clock::now() - *pilot.running > options_.silent_for;
}

// A job whose pilot does not come back is ended: its processes may live on where nobody hears of them.
void SlurmPilots::replace_lost() {
    std::vector<std::string> given_up;
    std::erase_if(pilots_, [&](const auto& entry) {
        const bool gone =
            entry.second.stage == Stage::lost && Clock::now() - entry.second.since > options_.lost_for;
        if (gone) given_up.push_back(entry.first);
        return gone;
    });
    give_up(std::move(given_up));
}

void SlurmPilots::give_up(std::vector<std::string> jobs) {
    if (jobs.empty()) return;
    std::vector<std::string> fresh;
    std::copy_if(jobs.begin(), jobs.end(), std::back_inserter(fresh),
                 [&](const std::string& job) { return given_up_.insert(job).second; });
    if (!fresh.empty()) options_.log(fmt::format("gives up pilots {}", fmt::join(fresh, ", ")));
    slurm_.cancel(options_.token, jobs, [](const SlurmAnswer&) {});
}

void SlurmPilots::joined(const std::string& job) {
    if (job.empty()) return;
    given_up_.erase(job);
    pilots_[job] = {Stage::joined, Clock::now(), "RUNNING", ""};
}

void SlurmPilots::left(const std::string& job, Leaving how) {
    const auto found = pilots_.find(job);
    if (found == pilots_.end()) return;
    if (how == Leaving::lost) {
        found->second.stage = Stage::lost;
        found->second.since = Clock::now();
        may_submit_ = std::max(may_submit_, Clock::now() + options_.pause);
        return;
    }
    pilots_.erase(found);
    if (how == Leaving::useless) failed("pilot " + job + " was of no use");
}

void SlurmPilots::failed(const std::string& why) {
    if (dismissing_) return;
    options_.log(why);
    last_failure_ = why;
    may_submit_ = Clock::now() + options_.pause * (1 << std::min(failures_, kLongestPause));
    const bool some_are_here = std::any_of(pilots_.begin(), pilots_.end(), [](const auto& entry) {
        return entry.second.stage == Stage::joined;
    });
    if (++failures_ >= kMostFailures && !some_are_here)
        failure_ = fmt::format(
            "no pilots are to be had from Slurm ({} failures one after another); the last one: {}\n(see "
            "{}/logs)",
            failures_, why, options_.folder);
}

std::string SlurmPilots::standing() const {
    std::map<std::string, int> waiting;
    int there = 0, lost = 0;
    for (const auto& [id, pilot] : pilots_) {
        there += pilot.stage == Stage::joined;
        lost += pilot.stage == Stage::lost;
        if (pilot.stage == Stage::coming)
            ++waiting[pilot.state.empty() ? "submitted" : pilot.reason.empty() ? pilot.state : pilot.reason];
    }
    std::string text = fmt::format("{} connected", there);
    for (const auto& [why, count] : waiting) text += fmt::format(", {} waiting ({})", count, why);
    if (lost > 0) text += fmt::format(", {} lost", lost);
    if (failures_ > 0) text += "; " + last_failure_;
    return text;
}

void SlurmPilots::dismiss() {
    if (std::exchange(dismissing_, true)) return;
    if (!submitting_) cancel_all();  // what is being submitted would come after it
}

void SlurmPilots::cancel_all() {
    slurm_.cancel(options_.token, {}, [this](const SlurmAnswer& answer) {
        if (!answer.ok) options_.log("pilots may remain: " + answer.error);
        dismissed_ = true;
    });
}

}  // namespace o2v::orchestrator
