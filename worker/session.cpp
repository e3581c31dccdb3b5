#include "worker/session.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "search/study/errors.hpp"

namespace o2v::worker {
namespace {

namespace asio = boost::asio;
using protocol::Down;
using protocol::Up;

constexpr int kConnectionLost = 3;

constexpr std::chrono::seconds kHeartbeat{1};

// Resident memory of this process; 0 where /proc does not tell.
std::int64_t memory_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::int64_t size = 0, resident = 0;
    return statm >> size >> resident ? resident * sysconf(_SC_PAGESIZE) : 0;
}

// The socket: a thread of its own reads, another says every second that the process lives, the training
// thread writes.
class Connection {
  public:
    explicit Connection(int fd) : socket_(io_, asio::local::stream_protocol(), fd) {}
    void start() {
        std::thread([this] { read_forever(); }).detach();
        std::thread([this] { beat_forever(); }).detach();
    }
    void send(const Up& message) {
        const std::lock_guard lock(sending_);
        boost::system::error_code error;
        asio::write(socket_, asio::buffer(protocol::encode(message)), error);
        if (error) std::_Exit(kConnectionLost);
    }
    Down wait() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !inbox_.empty(); });
        Down message = std::move(inbox_.front());
        inbox_.pop_front();
        return message;
    }
    // Has a StopTrial or Shutdown arrived that wait() has not yet returned?
    bool leave_pending() const { return leave_pending_.load(std::memory_order_acquire); }
    bool save_pending() const { return save_pending_.load(std::memory_order_acquire); }
    void on_leave(std::function<void()> wake) {
        const std::lock_guard lock(mutex_);
        on_leave_ = std::move(wake);
    }
    void leave_taken() {
        leave_pending_ = false;
        save_pending_ = false;
    }

  private:
    [[noreturn]] void beat_forever() {
        for (;;) {
            send(protocol::Heartbeat{memory_bytes()});
            std::this_thread::sleep_for(kHeartbeat);
        }
    }
    void read_forever() {
        protocol::FrameReader frames;
        std::array<char, 1 << 16> chunk;
        try {
            for (;;) {
                frames.append(chunk.data(), socket_.read_some(asio::buffer(chunk)));
                while (auto body = frames.next()) deliver(protocol::decode_down(*body));
            }
        } catch (const std::exception&) {
            std::_Exit(kConnectionLost);
        }
    }
    void deliver(Down message) {
        const auto* stop = std::get_if<protocol::StopTrial>(&message);
        const std::lock_guard lock(mutex_);
        if (stop && stop->save) save_pending_ = true;
        if (stop || std::holds_alternative<protocol::Shutdown>(message)) leave_pending_ = true;
        if (leave_pending_ && on_leave_) on_leave_();
        inbox_.push_back(std::move(message));
        arrived_.notify_one();
    }

    asio::io_context io_;
    asio::local::stream_protocol::socket socket_;
    std::mutex sending_;
    std::mutex mutex_;  // of what follows
    std::condition_variable arrived_;
    std::deque<Down> inbox_;
    std::function<void()> on_leave_;
    std::atomic<bool> leave_pending_{false}, save_pending_{false};
};

class SocketLink final : public TrialLink {
  public:
    SocketLink(Connection& connection, const protocol::StartTrial& trial)
        : connection_(connection), trial_(trial.trial), attempt_(trial.attempt) {}

    bool epoch_ended(const Measurement& measurement) override {
        connection_.send(protocol::EpochEnded{trial_, attempt_, measurement});
        for (;;) {
            const Down answer = connection_.wait();
            if (const auto* proceed = std::get_if<protocol::Proceed>(&answer)) {
                if (proceed->trial == trial_) return true;
            } else if (take(answer)) {
                return false;
            }
        }
    }
    void checkpoint_saved(std::int64_t epoch, const std::string& path) override {
        connection_.send(protocol::CheckpointSaved{trial_, attempt_, epoch, path});
    }
    bool stopping() const override { return stopped_ || connection_.leave_pending(); }
    bool save_wanted() const override { return save_ || connection_.save_pending(); }
    void on_stop(std::function<void()> wake) override { connection_.on_leave(std::move(wake)); }

    // A stop that arrived while the trial was already ending is answered by that ending.
    void drain_stop() {
        while (connection_.leave_pending()) take(connection_.wait());
    }
    bool shut_down() const { return shut_down_; }

  private:
    bool take(const Down& message) {
        const auto* stop = std::get_if<protocol::StopTrial>(&message);
        shut_down_ = shut_down_ || std::holds_alternative<protocol::Shutdown>(message);
        if (!stop && !shut_down_) return false;
        save_ = stop && stop->save;
        stopped_ = true;
        connection_.leave_taken();
        return true;
    }

    Connection& connection_;
    TrialId trial_;
    int attempt_;
    bool stopped_ = false, save_ = false, shut_down_ = false;
};

Outcome run_trial(const protocol::StartTrial& trial, const Objectives& objectives, TrialLink& link) {
    std::fputs(protocol::log_marker(trial.trial, trial.attempt).c_str(), stderr);
    Objective* objective = !trial.command.empty()   ? objectives.command.get()
                           : !trial.problem.empty() ? objectives.problem.get()
                                                    : objectives.object2vec.get();
    if (!objective) return Failure{FailureKind::bad_config, "this worker program is built without LibTorch"};
    try {
        return objective->run(trial, link);
    } catch (const StorageError& e) {
        return MediumFailed{e.what()};
    } catch (const std::bad_alloc&) {
        return Failure{FailureKind::out_of_memory, "the worker ran out of memory"};
    } catch (const std::exception& e) {
        return Failure{FailureKind::crashed, e.what()};
    }
}

Up to_message(const protocol::StartTrial& trial, Outcome outcome) {
    const TrialId id = trial.trial;
    const int attempt = trial.attempt;
    if (auto* done = std::get_if<Completed>(&outcome))
        return protocol::TrialCompleted{id, attempt, std::move(done->metrics), done->best_epoch,
                                        std::move(done->model_path)};
    if (auto* pruned = std::get_if<Pruned>(&outcome))
        return protocol::TrialDiverged{id, attempt, std::move(pruned->reason)};
    if (auto* failure = std::get_if<Failure>(&outcome))
        return protocol::TrialFailed{id, attempt, failure->kind, std::move(failure->message)};
    if (auto* failed = std::get_if<MediumFailed>(&outcome))
        return protocol::TrialFailed{id, attempt, FailureKind::interrupted, std::move(failed->message), true};
    return protocol::TrialStopped{id, attempt};
}

}  // namespace

int run_session(int fd, const protocol::Hello& hello, const Objectives& objectives) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode))
        throw std::runtime_error("file descriptor " + std::to_string(fd) +
                                 " is no socket: this program is started by o2v-tune");
    Connection connection(fd);
    connection.send(hello);
    connection.start();
    for (;;) {
        const Down message = connection.wait();
        if (std::holds_alternative<protocol::Shutdown>(message)) break;
        const auto* start = std::get_if<protocol::StartTrial>(&message);
        if (!start) {  // a stop for a trial that has just ended
            connection.leave_taken();
            continue;
        }
        SocketLink link(connection, *start);
        Outcome outcome = run_trial(*start, objectives, link);
        link.drain_stop();
        connection.send(to_message(*start, std::move(outcome)));
        if (link.shut_down()) break;
    }
    // The reading thread still uses the connection, and LibTorch's own threads need no farewell.
    std::_Exit(0);
}

}  // namespace o2v::worker
