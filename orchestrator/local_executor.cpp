#include "orchestrator/local_executor.hpp"

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <boost/process/v2/stdio.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

#include "orchestrator/confine.hpp"
#include "orchestrator/last_lines.hpp"
#include "orchestrator/log_file.hpp"
#include "orchestrator/worker_watch.hpp"
#include "search/study/errors.hpp"
#include "worker/host/worker_process.hpp"

namespace o2v::orchestrator {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;
using Clock = std::chrono::steady_clock;

constexpr int kFailedStarts = 3;
constexpr std::chrono::seconds kFarewell{1};
constexpr int kLogLines = 5;
// wait() is called several times a second; a longer gap means that this process was stopped or suspended.
constexpr std::chrono::seconds kAsleep{2};

struct Running {
    TrialId trial = 0;
    int attempt = 0;
};

struct Seat {
    Slot slot;
    std::unique_ptr<worker::WorkerProcess> process;
    std::unique_ptr<worker::WorkerProcess> former;    // destroyed outside its own callback
    std::optional<WorkerRecord> worker;               // once it has greeted
    std::optional<WorkerWatch> watch;                 // of the process
    std::optional<WorkerWatch::Complaint> complaint;  // for which it has been killed
    std::optional<Running> running;
    bool dismissed = false;  // told to go, to be replaced
    int failed_starts = 0;
};

// How many processes the kernel has ended for want of memory; 0 where it does not tell.
std::int64_t killed_for_memory() {
    std::ifstream counters("/proc/vmstat");
    std::int64_t count = 0;
    for (std::string name; counters >> name >> count;)
        if (name == "oom_kill") return count;
    return 0;
}

class LocalExecutor final : public Executor {
  public:
    explicit LocalExecutor(LocalExecutorOptions options)
        : options_(std::move(options)), signals_(io_, SIGINT, SIGTERM, SIGHUP) {
        std::signal(SIGPIPE, SIG_IGN);
        wait_for_signal();
        seats_.resize(options_.slots.size());
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            seats_[i].slot = options_.slots[i];
            start_worker(static_cast<int>(i));
        }
    }
    ~LocalExecutor() override { shut_down(); }

    int slots() const override { return static_cast<int>(seats_.size()); }

    std::vector<int> free_slots() const override {
        std::vector<int> free;
        for (std::size_t i = 0; i < seats_.size(); ++i)
            if (seats_[i].worker && !seats_[i].running) free.push_back(static_cast<int>(i));
        return free;
    }

    WorkerRecord worker(int slot) const override { return seat(slot).worker.value(); }
    std::string slot_text(int slot) const override {
        return seat(slot).slot.to_string().substr(std::string_view("slot ").size());
    }
    std::int64_t memory_bytes(int slot) const override {
        return seat(slot).watch ? seat(slot).watch->memory_bytes() : 0;
    }

    void start(int slot, const protocol::StartTrial& trial,
               std::optional<std::chrono::milliseconds> time_left) override {
        Seat& s = seat(slot);
        s.running = Running{trial.trial, trial.attempt};
        slot_of_[trial.trial] = slot;
        s.watch->trial_started(Clock::now(), time_left);
        s.process->send(trial);
    }

    void proceed(TrialId trial) override {
        if (const auto found = slot_of_.find(trial); found != slot_of_.end())
            seat(found->second).watch->proceeds(Clock::now());
        send_to(trial, protocol::Proceed{trial});
    }
    void stop(TrialId trial, bool save) override { send_to(trial, protocol::StopTrial{trial, save}); }

    std::vector<Happening> wait(TimePoint deadline) override {
        io_.restart();
        while (happenings_.empty() && failure_.empty() && io_.run_one_until(deadline) > 0) {
        }
        io_.restart();
        io_.poll();
        for (Seat& s : seats_) s.former.reset();
        watch();
        if (!failure_.empty()) throw std::runtime_error(failure_);
        return std::exchange(happenings_, {});
    }

    void shut_down() override {
        if (closing_) return;
        closing_ = true;
        for (Seat& s : seats_)
            if (s.process) s.process->send(protocol::Shutdown{});
        const auto deadline = Clock::now() + kFarewell;
        io_.restart();
        while (living() > 0 && io_.run_one_until(deadline) > 0) {
        }
        for (Seat& s : seats_)
            if (s.process) s.process->kill();
        io_.restart();
        while (living() > 0 && io_.run_one_until(Clock::now() + kFarewell) > 0) {
        }
    }

  private:
    Seat& seat(int slot) { return seats_.at(static_cast<std::size_t>(slot)); }
    const Seat& seat(int slot) const { return seats_.at(static_cast<std::size_t>(slot)); }
    std::size_t living() const {
        return static_cast<std::size_t>(
            std::count_if(seats_.begin(), seats_.end(), [](const Seat& s) { return s.process != nullptr; }));
    }
    std::string log_path(int slot) const {
        return options_.log_folder + "/worker-" + std::to_string(slot) + ".log";
    }

    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            happenings_.emplace_back(InterruptRequested{number != SIGINT});
            wait_for_signal();
        });
    }

    // Ends workers that are over a limit. What they said before has been heard: it comes first.
    void watch() {
        const auto now = Clock::now();
        const auto away = now - std::exchange(watched_, now);
        for (Seat& s : seats_) {
            if (!s.process || s.complaint || s.dismissed) continue;
            if (away > kAsleep) s.watch->slept(away);
            s.complaint = s.watch->complaint(options_.limits, now);
            if (s.complaint) s.process->kill();
        }
    }

    void start_worker(int slot) {
        seat(slot).complaint.reset();
        seat(slot).dismissed = false;
        seat(slot).watch.emplace(Clock::now());
        const auto launch = [this, slot](asio::io_context& io, int socket) {
            const Slot& place = seat(slot).slot;
            const LogFile log(log_path(slot));
            return process::process(io, options_.worker_program,
                                    {"connect", "--threads", std::to_string(place.threads), "--devices",
                                     std::to_string(place.devices)},
                                    process::process_stdio{socket, log.handle(), log.handle()},
                                    Confine(place, options_.data_bytes));
        };
        seat(slot).process = std::make_unique<worker::WorkerProcess>(
            io_, launch,
            worker::WorkerCallbacks{[this, slot](protocol::Up message) { said(slot, std::move(message)); },
                                    [this, slot](std::string how) { gone(slot, how); }});
    }

    void said(int slot, protocol::Up message) {
        Seat& s = seat(slot);
        if (const auto* hello = std::get_if<protocol::Hello>(&message)) {
            greet(s, slot, *hello);
            return;
        }
        if (const auto* beat = std::get_if<protocol::Heartbeat>(&message)) {
            s.watch->beat(Clock::now(), beat->memory_bytes);
            return;
        }
        if (!s.running) return;
        if (std::holds_alternative<protocol::EpochEnded>(message)) s.watch->epoch_ended(Clock::now());
        if (protocol::ends_attempt(message)) {
            s.watch->trial_ended(Clock::now());
            slot_of_.erase(s.running->trial);
            s.running.reset();
            if (s.watch->is_due(options_.limits)) dismiss(s);
        }
        happenings_.emplace_back(TrialMessage{slot, std::move(message)});
    }

    void dismiss(Seat& s) {
        s.dismissed = true;
        s.worker.reset();
        s.process->send(protocol::Shutdown{});
    }

    void greet(Seat& s, int slot, const protocol::Hello& hello) {
        if (hello.protocol != protocol::kVersion) {
            failure_ = options_.worker_program + " speaks protocol " + std::to_string(hello.protocol) +
                       ", this o2v-tune " + std::to_string(protocol::kVersion) +
                       ": build both from the same sources";
            return;
        }
        if (failure_ = breach_of(s.slot, hello, options_.on_gpu); !failure_.empty()) return;
        s.failed_starts = 0;
        s.watch->greeted(Clock::now());
        const std::string device =
            hello.device == "cpu" ? hello.device : s.slot.device;  // inside, its GPU is always cuda:0
        s.worker =
            record_of("slot-" + std::to_string(slot) + "/pid-" + std::to_string(hello.pid), device, hello);
        happenings_.emplace_back(WorkerReady{slot, *s.worker, hello.reference_blas});
    }

    void gone(int slot, const std::string& how) {
        Seat& s = seat(slot);
        s.former = std::move(s.process);
        const std::string log = last_lines(log_path(slot), kLogLines);
        const WorkerWatch::Complaint end = s.complaint.value_or(how_it_ended(how));
        const std::string message =
            "o2v-worker " + end.message + (log.empty() ? "" : "; the last lines of its log:\n" + log);
        if (!s.worker && !s.dismissed && ++s.failed_starts >= kFailedStarts)
            failure_ = "slot " + std::to_string(slot) + ": " + message + "\n(" + log_path(slot) + ")";
        s.worker.reset();
        if (s.running) {
            happenings_.emplace_back(
                TrialLost{slot, s.running->trial, s.running->attempt, end.kind, message, end.for_good});
            slot_of_.erase(s.running->trial);
            s.running.reset();
        }
        if (!closing_ && failure_.empty()) start_worker(slot);
    }

    // A process that the kernel ended for want of memory has said nothing of it.
    WorkerWatch::Complaint how_it_ended(const std::string& how) {
        const std::int64_t before = std::exchange(killed_for_memory_, killed_for_memory());
        if (killed_for_memory_ > before && how.find("signal 9") != std::string::npos)
            return {FailureKind::out_of_memory, how + ": the machine ran out of memory"};
        return {FailureKind::crashed, how};
    }

    void send_to(TrialId trial, const protocol::Down& message) {
        if (const auto found = slot_of_.find(trial); found != slot_of_.end())
            if (seat(found->second).process) seat(found->second).process->send(message);
    }

    LocalExecutorOptions options_;
    asio::io_context io_;
    asio::signal_set signals_;
    std::vector<Seat> seats_;
    std::map<TrialId, int> slot_of_;
    std::vector<Happening> happenings_;
    std::string failure_;
    Clock::time_point watched_ = Clock::now();
    std::int64_t killed_for_memory_ = killed_for_memory();
    bool closing_ = false;
};

}  // namespace

std::unique_ptr<Executor> make_local_executor(LocalExecutorOptions options) {
    return std::make_unique<LocalExecutor>(std::move(options));
}

std::string find_worker_program(const Experiment& experiment) {
    return find_worker_program(experiment.trains() ? "o2v-worker" : "o2v-command-worker");
}

std::string find_worker_program(const char* name) {
    namespace fs = std::filesystem;
    const bool is_worker = std::string_view(name).ends_with("worker");
    const char* named = is_worker ? std::getenv("O2V_WORKER") : nullptr;
    const fs::path program =
        named ? fs::path(named) : fs::read_symlink("/proc/self/exe").parent_path() / name;
    if (!fs::is_regular_file(program))
        throw InputError(program.string(), "",
                         is_worker ? "the worker program is not there; build it, or name it in O2V_WORKER"
                                   : "the program is not there; build it (with LibTorch)");
    return fs::absolute(program).string();
}

}  // namespace o2v::orchestrator
