// A pilot's life: a worker beside it, a way to o2v-tune that is found again when it is lost, trials passed on
// between the two, and an end in time. See worker/protocol/pilot_messages.hpp.
//
// What o2v-tune has not heard is forgotten: when the connection is lost, the trial that runs is told to save
// and to leave, and o2v-tune, or the one that follows it, decides anew what this worker does. So an attempt
// is never continued by two.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "worker/pilot/child.hpp"
#include "worker/pilot/dialer.hpp"
#include "worker/pilot/mirror.hpp"

namespace o2v::pilot {

// What this process is among the study's pilots.
struct Identity {
    std::string pilot;  // "3.2"
    std::string job;    // Slurm's, "123_2"; empty = none
};
// From Slurm's variables in the environment.
Identity identity_of(const protocol::PilotOrders& orders);

class Pilot {
  public:
    // Starts the worker and dials. Throws std::runtime_error.
    Pilot(boost::asio::io_context& io, const protocol::PilotOrders& orders);
    ~Pilot();
    // Until it is released, its time is over or o2v-tune is not found; returns the exit code.
    int run();

  private:
    using Clock = std::chrono::steady_clock;
    struct Running {
        protocol::StartTrial order;  // as o2v-tune gave it
        bool given = false;          // to the worker
        bool forgotten = false;      // nobody waits for what it says
        bool stopped = false;        // before it was given
    };

    void start_worker();
    void worker_said(protocol::Up message);
    void worker_gone(const std::string& how);
    void pass_up(protocol::Up message);
    void next_up();
    void say(const protocol::Up& message);
    void say(const protocol::PilotUp& message);
    void greet();

    void dial();
    void connected(std::shared_ptr<Channel> channel);
    void lost(const std::string& why);
    void heard(Kind kind, const std::string& body);
    void told(protocol::Down message);
    void told(const protocol::PilotDown& message);
    void start(const protocol::StartTrial& order);
    void trial_over();
    void disk_failed(const Mirror::Failure& failure);

    void beat();
    void wait_for_signal();
    void learn_time_left();
    void time_is(std::chrono::seconds left);
    void leave(const std::string& why, bool useless = false);
    void end(int code);

    boost::asio::io_context& io_;
    const protocol::PilotOrders& orders_;
    Identity identity_;
    std::string process_;
    bool sees_folder_;
    std::unique_ptr<Mirror> mirror_;  // null where it sees the folder
    std::unique_ptr<Child> child_, former_child_;
    std::optional<protocol::Hello> hello_;  // of the worker that lives
    std::shared_ptr<Channel> channel_;
    bool welcome_ = false, greeted_ = false, ending_ = false;
    std::optional<protocol::PilotLeaves> leaving_;
    std::optional<Running> running_;
    std::deque<protocol::Up> going_up_;  // behind a file that is on its way
    bool taking_ = false;
    boost::asio::steady_timer beat_, redial_, deadline_, stuck_, farewell_;
    boost::asio::signal_set signals_;
    Clock::time_point heard_, missed_since_;
    std::optional<Clock::time_point> ends_at_;
    std::chrono::milliseconds pause_;
    int failed_starts_ = 0, code_ = 0;
};

}  // namespace o2v::pilot
