// One of Slurm's commands, run to its end. Private to orchestrator/slurm.cpp.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/process/v2/process.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/slurm.hpp"

namespace o2v::orchestrator {

struct SlurmRequest {
    std::string program;
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, std::string>> environment;  // besides slurm_environment()
    std::string input;
    bool answers_in_errors = false;  // what it has to say it says on standard error
};

// "NAME=value" entries of `outer` without what would change what a command of ours means: the settings of a
// surrounding Slurm job, filters and formats of squeue and scancel, sbatch's waiting for the job's end.
std::vector<std::string> slurm_environment(const std::vector<std::string>& outer);

// What a program printed as one line that a person can read: no "sbatch: error:" before each, no controls.
std::string one_sentence(const std::string& program, const std::string& printed);

class SlurmCommand : public std::enable_shared_from_this<SlurmCommand> {
  public:
    // The callback is called once, from io.run().
    SlurmCommand(boost::asio::io_context& io, SlurmRequest request, std::chrono::milliseconds at_most,
                 Slurm::Answered answered);
    ~SlurmCommand();  // kills what still runs
    SlurmCommand(const SlurmCommand&) = delete;
    SlurmCommand& operator=(const SlurmCommand&) = delete;

    void start();
    bool is_over() const { return answered_ == nullptr && (!process_ || exited_); }

  private:
    struct Stream {
        explicit Stream(boost::asio::io_context& io) : pipe(io) {}
        boost::asio::readable_pipe pipe;
        std::array<char, 1 << 14> chunk{};
        std::string text;
        bool ended = false;
    };
    void launch(const std::string& program);
    void read(Stream& stream);
    void limit_time();
    void kill_all();
    void finish_if_ended();
    void finish(SlurmAnswer answer);
    SlurmAnswer refused(const std::string& why) const;

    boost::asio::io_context& io_;
    const SlurmRequest request_;
    const std::chrono::milliseconds at_most_;
    Slurm::Answered answered_;
    boost::asio::steady_timer timer_;
    Stream output_, errors_;
    std::optional<boost::process::v2::process> process_;
    bool exited_ = false;
    int status_ = 0;
};

}  // namespace o2v::orchestrator
