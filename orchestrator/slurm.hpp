// Slurm through its command-line tools: sbatch, squeue, scancel.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace o2v::orchestrator {

class SlurmCommand;
struct SlurmRequest;

// A job, or one element of an array job, as squeue shows it.
struct SlurmJob {
    std::string id;      // "123", or "123_4" for an array's element 4
    std::string state;   // Slurm's word: PENDING, RUNNING, NODE_FAIL, ... in capitals, whatever it is
    std::string reason;  // why it waits or how it ended, in Slurm's word; "" for "None"
    std::string node;    // where it runs or ran; "" while it waits

    bool operator==(const SlurmJob&) const = default;
};

// What a state means for a job of ours. `waiting`: it has not begun. `ended`: nothing more is to be expected
// of it, though its processes may live on where a node does not answer. `unknown`: a word not heard of
// before.
enum class SlurmPhase { waiting, running, ended, unknown };
SlurmPhase slurm_phase(const std::string& state);

// Whether Slurm itself holds a job because a node could not start it: it waits, and nothing but a person's
// `scontrol release` would let it begin. A job that a person holds is none.
bool slurm_failed_to_launch(const SlurmJob& job);

struct SlurmSubmission {
    std::string name;  // job name: letters, digits, '-', '_' and '.', by which jobs are found again
    int count = 1;     // array elements 0 .. count - 1
    int cores = 1;     // an element's, on one node
    int gpus = 0;
    std::string memory;     // an element's, as "16G"; "": what the site gives
    std::string partition;  // "": the site's default
    std::string time;       // as Slurm's --time, or "90s", "30m", "8h", "2d"; "": the site's default
    std::vector<std::string> options;  // further arguments of sbatch, after all others
    std::string log;                   // --output, as "FOLDER/pilot-%A_%a.log"; "": Slurm's own name
    std::string folder;                // where an element starts; "": here
    std::vector<std::string> command;  // what an element becomes (exec): signals reach it itself
    std::vector<std::pair<std::string, std::string>> environment;  // besides this process's own
    int signal_seconds = 90;  // SIGUSR1 so long before the time limit, up to a minute earlier; 0: none
};

// How a command went. Without `ok` nothing is known of what the controller did: a submission that errs or
// times out may have been accepted.
struct SlurmAnswer {
    bool ok = false;
    std::string output;  // submit: the job's id; test: what Slurm foretells; otherwise what was printed
    std::string error;   // one line: which command, and what it said or did; "" when ok
    bool timed_out = false;
};

// Every call starts one command and returns at once; its callback is called once, from io.run(), and never
// from within the call. Nothing that goes wrong with a command throws. Commands ignore the settings that a
// surrounding Slurm job or a user's SQUEUE_ and SCANCEL_ variables would impose. The destructor kills the
// commands that still run, whose callbacks are then never called; a callback may destroy the object.
class Slurm {
  public:
    // A command that takes longer than `at_most` is killed with all that it has started.
    explicit Slurm(boost::asio::io_context& io,
                   std::chrono::milliseconds at_most = std::chrono::milliseconds(30'000));
    ~Slurm();
    Slurm(const Slurm&) = delete;
    Slurm& operator=(const Slurm&) = delete;

    using Answered = std::function<void(SlurmAnswer)>;
    using Listed = std::function<void(SlurmAnswer, std::vector<SlurmJob>)>;

    // An array job. The environment travels in sbatch's own, never on a command line; Slurm itself never
    // starts an element a second time.
    void submit(const SlurmSubmission& submission, Answered answered);
    // Whether such a submission could ever run. Submits nothing.
    void test(const SlurmSubmission& submission, Answered answered);
    // This user's jobs of that name, array elements one by one, as long as the controller remembers them
    // (a site's MinJobAge, 5 minutes by default, after their end). Elements cancelled while they waited are
    // left out, or stand as one job without an element's number; refused submissions may stand as FAILED.
    void list(const std::string& name, Listed listed);
    // Those `ids` that are this user's and of that name (two commands); without ids, all that are. Ended and
    // unknown ones are no error.
    void cancel(const std::string& name, const std::vector<std::string>& ids, Answered answered);

  private:
    void run(SlurmRequest request, Answered answered);
    void refuse(const std::string& why, Answered answered);

    boost::asio::io_context& io_;
    std::chrono::milliseconds at_most_;
    std::vector<std::shared_ptr<SlurmCommand>> running_;
    std::shared_ptr<void> alive_ = std::make_shared<int>();
};

// Whether sbatch, squeue and scancel are on the PATH.
bool slurm_is_installed();

// "8h" -> "480", minutes rounded up; what is no duration of ours is taken for Slurm's own and stays as it is.
std::string slurm_time(const std::string& text);

}  // namespace o2v::orchestrator
