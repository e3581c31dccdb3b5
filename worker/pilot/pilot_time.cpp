// A pilot's time: what happens every second, and when it is to go.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

#include "worker/pilot/job_time.hpp"
#include "worker/pilot/own_process.hpp"
#include "worker/pilot/pilot.hpp"

namespace o2v::pilot {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kBeat = 1s;
constexpr auto kSilence = 120s;  // of o2v-tune, which may be stopped by its user for a while
constexpr auto kFarewell = 5s;

}  // namespace

void Pilot::beat() {
    if (channel_) {
        say(protocol::PilotUp(protocol::PilotHere{}));
        if (Clock::now() - heard_ > kSilence) {
            channel_->close();
            lost("nothing was heard of it");
        }
    }
    beat_.expires_after(kBeat);
    beat_.async_wait([this](boost::system::error_code error) {
        if (!error) beat();
    });
}

void Pilot::wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code error, int number) {
        if (error) return;
        // Slurm's warning may come a minute early: where the end is known, that counts.
        if (number != SIGUSR1 || !ends_at_)
            leave(number == SIGUSR1 ? "its job's time is over soon" : "its job is to end");
        wait_for_signal();
    });
}

// squeue may take long: a thread asks.
void Pilot::learn_time_left() {
    if (const std::string end = variable("SLURM_JOB_END_TIME"); !end.empty()) {
        const auto at = std::chrono::system_clock::time_point(std::chrono::seconds(std::atoll(end.c_str())));
        return time_is(
            std::chrono::duration_cast<std::chrono::seconds>(at - std::chrono::system_clock::now()));
    }
    if (identity_.job.empty()) return;
    std::thread([this, &io = io_, asked = Clock::now(), job = identity_.job] {
        if (const auto left = ask_time_left(job))
            asio::post(io, [this, left, asked] {
                time_is(*left - std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - asked));
            });
    }).detach();
}

void Pilot::time_is(std::chrono::seconds left) {
    ends_at_ = Clock::now() + left;
    deadline_.expires_at(*ends_at_ - std::min(std::chrono::seconds(orders_.leave_seconds), left / 4));
    deadline_.async_wait([this](boost::system::error_code error) {
        if (!error) leave("its job's time is over soon");
    });
}

void Pilot::leave(const std::string& why, bool useless) {
    if (leaving_) return;
    log("leaves: " + why);
    leaving_ = protocol::PilotLeaves{why, useless};
    if (channel_)
        say(protocol::PilotUp(*leaving_));
    else if (!running_)
        end(0);
}

void Pilot::end(int code) {
    code_ = code;
    if (!std::exchange(ending_, true) && child_) {
        child_->process().send(protocol::Shutdown{});
        farewell_.expires_after(kFarewell);
        farewell_.async_wait([this](boost::system::error_code error) {
            if (!error && child_) child_->process().kill();
        });
        return;
    }
    if (channel_) channel_->close();
    io_.stop();
}

}  // namespace o2v::pilot
