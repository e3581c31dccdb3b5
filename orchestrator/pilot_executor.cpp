#include "orchestrator/pilot_executor.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <ctime>
#include <map>
#include <stdexcept>
#include <utility>

#include "orchestrator/last_lines.hpp"
#include "orchestrator/pilot_orders.hpp"
#include "orchestrator/pilot_port.hpp"
#include "orchestrator/pilot_seat.hpp"

namespace o2v::orchestrator {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kFailedStarts = 3, kUncountedLosses = 3;  // one after another
constexpr int kLogLines = 5;
constexpr auto kBeat = 5s;
constexpr auto kWatch = 100ms;  // it looks at every pilot
constexpr auto kFarewell = 5s;
constexpr auto kAsleep = 2s;  // as of the local executor

class PilotExecutor final : public Executor {
  public:
    PilotExecutor(PilotExecutorOptions options, const MakeSource& make_source)
        : options_(std::move(options)),
          log_(options_.folder + "/logs/pilots.log"),
          keys_(load_pilot_keys(options_.folder, options_.study)),
          port_(io_, keys_, options_.tls,
                [this](const auto& channel) {
                    await_hello(
                        channel, [this](const auto& from, const auto& hello) { seat_pilot(from, hello); },
                        [this](const std::string& why) { note("a pilot speaks otherwise: " + why); });
                }),
          signals_(io_, SIGINT, SIGTERM, SIGHUP),
          demand_(options_.pilots) {
        std::signal(SIGPIPE, SIG_IGN);
        wait_for_signal();
        seats_.resize(static_cast<std::size_t>(options_.pilots));
        if (keys_.port != port_.port()) {
            keys_.port = port_.port();
            save_pilot_keys(options_.folder, keys_);
        }
        const protocol::PilotOrders orders = orders_for(options_, keys_);
        note(fmt::format("listening on {}", fmt::join(orders.addresses, ", ")));
        source_ = make_source({io_, orders, keys_.token, [this](const std::string& text) { note(text); }});
        source_->want(demand_.wanted());
    }
    ~PilotExecutor() override { shut_down(); }

    int slots() const override { return static_cast<int>(seats_.size()); }
    std::vector<int> free_slots() const override {
        std::vector<int> free;
        for (std::size_t i = 0; i < seats_.size(); ++i)
            if (seats_[i].free()) free.push_back(static_cast<int>(i));
        return free;
    }
    WorkerRecord worker(int slot) const override { return seat(slot).worker.value(); }
    std::string slot_text(int slot) const override {
        const PilotSeat& s = seat(slot);
        if (!s.channel) return fmt::format("{}: no pilot yet; {}", slot, source_->standing());
        return fmt::format("{}: {} on {}{}", slot, s.pilot.job.empty() ? s.pilot.pilot : "job " + s.pilot.job,
                           s.pilot.host, s.pilot.gpus.empty() ? "" : ", GPU " + s.pilot.gpus);
    }
    std::int64_t memory_bytes(int slot) const override {
        return seat(slot).watch ? seat(slot).watch->memory_bytes() : 0;
    }
    bool keeps_attempts_apart() const override { return true; }

    void start(int slot, const protocol::StartTrial& trial,
               std::optional<std::chrono::milliseconds> time_left) override {
        PilotSeat& s = seat(slot);
        s.running = PilotSeat::Running{{trial.trial, trial.attempt}};
        slot_of_[trial.trial] = slot;
        s.watch->trial_started(Clock::now(), time_left);
        s.files->trial_started(trial);
        s.send(trial);
    }
    void proceed(TrialId trial) override {
        const auto found = slot_of_.find(trial);
        if (found == slot_of_.end()) return;
        PilotSeat& s = seat(found->second);
        s.watch->proceeds(Clock::now());
        if (s.leaving.empty()) return s.send(protocol::Proceed{trial});
        s.send(protocol::StopTrial{trial, true});  // no further epoch
    }
    void stop(TrialId trial, bool save) override {
        const auto found = slot_of_.find(trial);
        if (found == slot_of_.end()) return;
        PilotSeat& s = seat(found->second);
        s.running->told_to_stop = true;
        s.send(protocol::StopTrial{trial, save});
    }

    std::vector<Happening> wait(TimePoint deadline) override {
        io_.restart();
        while (happenings_.empty() && io_.run_one_until(deadline) > 0) {
        }
        io_.restart();
        io_.poll();
        watch();
        if (const std::string why = source_->failure(); !why.empty() && happenings_.empty())
            throw std::runtime_error(why);
        return std::exchange(happenings_, {});
    }

    void shut_down() override {
        if (std::exchange(closing_, true)) return;
        for (std::size_t i = 0; i < seats_.size(); ++i)
            if (seats_[i].channel) {
                seats_[i].say(protocol::Release{});
                source_->left(seats_[i].pilot.job, PilotSource::Leaving::released);
            }
        source_->dismiss();
        const auto deadline = Clock::now() + kFarewell;
        const auto seated = [](const PilotSeat& s) { return s.channel != nullptr; };
        const auto somebody = [&] { return std::any_of(seats_.begin(), seats_.end(), seated); };
        io_.restart();
        while (somebody() && io_.run_one_until(deadline) > 0) {
        }
        while (!source_->dismissed() && io_.run_one() > 0) {  // Slurm's commands have a time limit
        }
        for (PilotSeat& s : seats_)
            if (s.channel) s.channel->close();
        if (port_.strangers() > 0)
            note(fmt::format("{} connections proved nothing; the last one was from {}", port_.strangers(),
                             port_.last_stranger()));
    }

  private:
    PilotSeat& seat(int slot) { return seats_.at(static_cast<std::size_t>(slot)); }
    const PilotSeat& seat(int slot) const { return seats_.at(static_cast<std::size_t>(slot)); }

    void note(const std::string& text) {
        log_.append(fmt::format("{:%FT%TZ} {}\n", fmt::gmtime(std::time(nullptr)), text));
    }

    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            happenings_.emplace_back(InterruptRequested{number != SIGINT});
            wait_for_signal();
        });
    }

    // ---- pilots come

    void turn_away(const std::shared_ptr<pilot::Channel>& channel, const protocol::PilotHello& hello,
                   const std::string& why) {
        note(fmt::format("pilot {} on {} is turned away: {}", hello.pilot, hello.host, why));
        channel->send(pilot::Kind::pilot, protocol::encode(protocol::PilotDown(protocol::TurnedAway{why})));
        channel->close_when_sent();
    }

    void seat_pilot(const std::shared_ptr<pilot::Channel>& channel, const protocol::PilotHello& hello) {
        if (closing_) return turn_away(channel, hello, "the study is over");
        const Place place = place_for(hello, seats_);
        if (const auto* why = std::get_if<std::string>(&place)) return turn_away(channel, hello, *why);
        const int slot = std::get<int>(place);
        empty(slot, "it has connected anew", PilotSource::Leaving::lost);
        PilotSeat& s = seat(slot);
        s = PilotSeat{};
        s.channel = channel;
        s.pilot = hello;
        s.files = std::make_unique<PilotFiles>(channel);
        s.log = std::make_unique<LogFile>(log_path(slot));
        s.watch.emplace(Clock::now());
        s.heard = s.idle_since = Clock::now();
        channel->call({[this, slot](pilot::Kind kind, const std::string& body) { heard(slot, kind, body); },
                       [this, slot](const std::string& why) { empty(slot, why, PilotSource::Leaving::lost); },
                       [this, slot] { seat(slot).files->drained(); }});
        s.say(protocol::Welcome{slot});
        note(arrival_text(hello, slot));
        source_->joined(hello.job);
    }

    std::string log_path(int slot) const {
        return fmt::format("{}/logs/worker-{}.log", options_.folder, slot);
    }

    // ---- what they say

    void heard(int slot, pilot::Kind kind, const std::string& body) {
        PilotSeat& s = seat(slot);
        s.heard = Clock::now();
        try {
            switch (kind) {
                case pilot::Kind::worker:
                    return said(slot, protocol::decode_up(body));
                case pilot::Kind::pilot:
                    return said(slot, protocol::decode_pilot_up(body));
                case pilot::Kind::log:
                    return s.log->append(body);
                case pilot::Kind::chunk:
                    if (s.files->chunk(body)) return;
                    throw protocol::ProtocolError("a part of no file");
            }
        } catch (const protocol::ProtocolError& e) {
            empty(slot, std::string("it speaks otherwise: ") + e.what(), PilotSource::Leaving::lost);
        }
    }

    void said(int slot, const protocol::PilotUp& message) {
        PilotSeat& s = seat(slot);
        if (const auto* gone = std::get_if<protocol::WorkerGone>(&message))
            return worker_gone(slot, gone->how);
        if (const auto* leaves = std::get_if<protocol::PilotLeaves>(&message)) return leave(slot, *leaves);
        if (const auto* file = std::get_if<protocol::FileWanted>(&message)) return s.files->wanted(*file);
        if (const auto* file = std::get_if<protocol::FileOffered>(&message)) return s.files->offered(*file);
    }

    void said(int slot, protocol::Up message) {
        PilotSeat& s = seat(slot);
        if (const auto* hello = std::get_if<protocol::Hello>(&message)) return greet(slot, *hello);
        if (const auto* beat = std::get_if<protocol::Heartbeat>(&message))
            return s.watch->beat(Clock::now(), beat->memory_bytes);
        // Of an attempt that is no longer this pilot's, nothing counts.
        if (!s.running || protocol::attempt_of(message) != s.running->name) return;
        if (is_progress(message) && !std::exchange(s.worked, true)) source_->worked();
        if (std::holds_alternative<protocol::EpochEnded>(message)) s.watch->epoch_ended(Clock::now());
        if (!protocol::ends_attempt(message)) {
            happenings_.emplace_back(TrialMessage{slot, std::move(message)});
            return;
        }
        const PilotSeat::Running run = *s.running;
        release_trial(s);
        s.watch->trial_ended(Clock::now());
        losses_.erase(run.name.trial);
        if (std::holds_alternative<protocol::TrialStopped>(message) && !run.told_to_stop)
            happenings_.emplace_back(TrialLost{slot, run.name.trial, run.name.attempt,
                                               FailureKind::interrupted, "its pilot left: " + s.leaving,
                                               false});
        else
            happenings_.emplace_back(TrialMessage{slot, std::move(message)});
        if (!s.leaving.empty()) return dismiss(slot);
        if (s.watch->is_due(options_.limits)) {
            s.worker.reset();
            s.say(protocol::KillWorker{});
        }
    }

    void greet(int slot, const protocol::Hello& hello) {
        PilotSeat& s = seat(slot);
        if (const std::string why = why_useless(hello, options_.on_gpu); !why.empty())
            return turn_out(slot, why);
        s.failed_starts = 0;
        s.watch.emplace(Clock::now());
        s.watch->greeted(Clock::now());
        s.idle_since = Clock::now();
        s.worker =
            record_of(fmt::format("slot-{}/{}/pid-{}", slot, s.pilot.pilot, hello.pid), hello.device, hello);
        s.worker->host = s.pilot.host;
        happenings_.emplace_back(WorkerReady{slot, *s.worker, hello.reference_blas});
    }

    void worker_gone(int slot, const std::string& how) {
        PilotSeat& s = seat(slot);
        const std::string lines = last_lines(log_path(slot), kLogLines);
        const auto end = s.complaint.value_or(WorkerWatch::Complaint{FailureKind::crashed, how});
        const std::string message = "o2v-worker " + end.message + " on " + s.pilot.host +
                                    (lines.empty() ? "" : "; the last lines of its log:\n" + lines);
        const bool had_greeted = s.worker.has_value();
        s.worker.reset();
        s.complaint.reset();
        s.watch.emplace(Clock::now());
        if (s.running) {
            happenings_.emplace_back(TrialLost{slot, s.running->name.trial, s.running->name.attempt, end.kind,
                                               message, end.for_good});
            release_trial(s);
        }
        if (!had_greeted && ++s.failed_starts >= kFailedStarts) return turn_out(slot, message);
        if (!s.leaving.empty()) dismiss(slot);
    }

    // One whose worker is of no use.
    void turn_out(int slot, const std::string& why) {
        seat(slot).say(protocol::Release{});
        empty(slot, "of no use: " + why, PilotSource::Leaving::useless);
    }

    void release_trial(PilotSeat& s) {
        slot_of_.erase(s.running->name.trial);
        s.running.reset();
        s.idle_since = Clock::now();
        s.files->trial_ended();
    }

    // ---- pilots go

    void leave(int slot, const protocol::PilotLeaves& leaves) {
        PilotSeat& s = seat(slot);
        if (closing_) return;
        note(fmt::format("pilot {} leaves: {}", s.pilot.pilot, leaves.why));
        s.leaving = leaves.why;
        s.useless = leaves.useless;
        if (s.running)
            s.send(protocol::StopTrial{s.running->name.trial, true});
        else
            dismiss(slot);
    }

    void dismiss(int slot) {
        PilotSeat& s = seat(slot);
        s.say(protocol::Release{});
        s.channel->close_when_sent();
        empty(slot, "", s.useless ? PilotSource::Leaving::useless : PilotSource::Leaving::released);
    }

    void empty(int slot, const std::string& why, PilotSource::Leaving how) {
        PilotSeat& s = seat(slot);
        if (!s.channel) return;
        if (!why.empty() && !closing_)
            note(fmt::format("pilot {} (slot {}) is gone: {}", s.pilot.pilot, slot, why));
        if (how != PilotSource::Leaving::released) s.channel->close_when_sent();
        if (s.running) {
            const bool counts = ++losses_[s.running->name.trial] > kUncountedLosses;
            happenings_.emplace_back(TrialLost{slot, s.running->name.trial, s.running->name.attempt,
                                               counts ? FailureKind::crashed : FailureKind::lost,
                                               fmt::format("its pilot on {} was lost: {}", s.pilot.host, why),
                                               false});
            release_trial(s);
        }
        const std::string job = s.pilot.job;
        s = PilotSeat{};
        if (!closing_) source_->left(job, how);
    }

    // Whoever is silent or over a limit goes; how many pilots are wanted.
    void watch() {
        const auto now = Clock::now();
        if (now - watched_ < kWatch) return;
        const auto away = now - std::exchange(watched_, now);
        bool all_busy = true;
        int connected = 0;
        for (int slot = 0; slot < slots(); ++slot) {
            PilotSeat& s = seat(slot);
            if (!s.channel) continue;
            ++connected;
            all_busy = all_busy && s.running;
            if (away > kAsleep) {
                s.heard += away;
                s.watch->slept(away);
            }
            if (now - s.heard > options_.limits.silence) {
                empty(slot, "it was not heard of for too long (limits/silence)", PilotSource::Leaving::lost);
                continue;
            }
            if (!s.complaint && (s.complaint = s.watch->complaint(options_.limits, now)))
                s.say(protocol::KillWorker{});
            if (s.free() && now - s.idle_since > options_.idle && demand_.wanted() > 1) {
                note(fmt::format("pilot {} is released: it had nothing to do", s.pilot.pilot));
                dismiss(slot);
                demand_.one_was_idle();
            }
        }
        demand_.see(connected, all_busy, now);
        if (now - beat_ > kBeat) {
            beat_ = now;
            for (PilotSeat& s : seats_) s.say(protocol::TuneHere{});
        }
        if (!closing_) source_->want(demand_.wanted());
    }

    PilotExecutorOptions options_;
    LogFile log_;
    asio::io_context io_;
    PilotKeys keys_;
    std::vector<PilotSeat> seats_;
    std::map<TrialId, int> slot_of_;
    std::map<TrialId, int> losses_;  // without an end between
    std::vector<Happening> happenings_;
    std::unique_ptr<PilotSource> source_;
    PilotPort port_;
    asio::signal_set signals_;
    PilotDemand demand_;
    Clock::time_point watched_ = Clock::now(), beat_ = Clock::now();
    bool closing_ = false;
};

}  // namespace

std::unique_ptr<Executor> make_pilot_executor(PilotExecutorOptions options, const MakeSource& make_source) {
    return std::make_unique<PilotExecutor>(std::move(options), make_source);
}

}  // namespace o2v::orchestrator
