#include "orchestrator/slurm_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/process/v2/stdio.hpp>
#include <cerrno>
#include <csignal>
#include <sstream>

#include "orchestrator/cut_text.hpp"
#include "orchestrator/programs.hpp"
#include "worker/host/environment.hpp"
#include "worker/host/launch_environment.hpp"
#include "worker/host/process_end.hpp"

namespace o2v::orchestrator {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;

constexpr std::size_t kMostPrinted = std::size_t{64} << 20;
constexpr std::size_t kMostSaid = 400;

[[noreturn]] void fail() {
    throw boost::system::system_error(errno, boost::system::system_category());
}

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {
        if (number < 0) fail();
    }
    ~Descriptor() { close(number_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

  private:
    int number_;
};

// Where a program writes to what `pipe` reads.
int writing_end(asio::readable_pipe& pipe) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) fail();
    pipe.assign(ends[0]);
    return ends[1];
}

void write_all(int file, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t written = write(file, text.data() + done, text.size() - done);
        if (written < 0) fail();
        done += static_cast<std::size_t>(written);
    }
    if (lseek(file, 0, SEEK_SET) != 0) fail();
}

// A launch initializer of Boost.Process: an environment, and a process group of its own.
class InOwnGroup : public worker::LaunchEnvironment {
  public:
    using LaunchEnvironment::LaunchEnvironment;

    template <class Launcher, class Path>
    process::error_code on_exec_setup(Launcher&, const Path&, const char* const*) const {
        setpgid(0, 0);
        signal(SIGPIPE, SIG_DFL);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return {};
    }
};

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void strip(std::string& text, const std::string& prefix) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
}

}  // namespace

std::vector<std::string> slurm_environment(const std::vector<std::string>& outer) {
    std::vector<std::string> kept;
    for (const std::string& entry : outer) {
        const std::string name = entry.substr(0, entry.find('='));
        const bool of_a_job =
            name.starts_with("SLURM_") &&
            !is_one_of(name, {"SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_CLUSTERS", "SLURM_JWT"});
        if (of_a_job || name.starts_with("SQUEUE_") || name.starts_with("SCANCEL_") || name == "SBATCH_WAIT")
            continue;
        kept.push_back(entry);
    }
    return kept;
}

std::string one_sentence(const std::string& program, const std::string& printed) {
    std::string sentence;
    std::istringstream lines(printed);
    for (std::string line; std::getline(lines, line) && sentence.size() <= kMostSaid;) {
        strip(line, program + ": ");
        strip(line, "error: ");
        strip(line, "fatal: ");
        for (char& c : line)
            if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
        const std::size_t begin = line.find_first_not_of(' ');
        if (begin == std::string::npos) continue;
        line = line.substr(begin, line.find_last_not_of(' ') - begin + 1);
        sentence += (sentence.empty() ? "" : "; ") + line;
    }
    if (sentence.size() <= kMostSaid) return sentence;
    return std::string(cut_text(sentence, kMostSaid)) + "...";
}

SlurmCommand::SlurmCommand(asio::io_context& io, SlurmRequest request, std::chrono::milliseconds at_most,
                           Slurm::Answered answered)
    : io_(io),
      request_(std::move(request)),
      at_most_(at_most),
      answered_(std::move(answered)),
      timer_(io),
      output_(io),
      errors_(io) {}

SlurmCommand::~SlurmCommand() {
    if (process_ && !exited_) kill_all();  // and the process's destructor waits for it
}

void SlurmCommand::start() {
    std::string why = "is not installed: no folder of PATH has it";
    if (const auto program = find_on_path(request_.program)) {
        try {
            launch(*program);
            return;
        } catch (const std::exception& e) {
            why = std::string("cannot be started: ") + e.what();
        }
    }
    asio::post(io_, [weak = weak_from_this(), why] {
        if (const auto self = weak.lock()) self->finish(self->refused(why));
    });
}

void SlurmCommand::launch(const std::string& program) {
    const Descriptor input(memfd_create("slurm", MFD_CLOEXEC));
    write_all(input.number(), request_.input);
    const Descriptor output(writing_end(output_.pipe)), errors(writing_end(errors_.pipe));
    std::vector<std::string> environment;
    for (const auto& [name, value] : request_.environment) environment.push_back(name + '=' + value);
    for (std::string& entry : slurm_environment(worker::own_environment())) {
        const auto is_set = [&entry](const auto& own) { return entry.starts_with(own.first + '='); };
        if (std::none_of(request_.environment.begin(), request_.environment.end(), is_set))
            environment.push_back(std::move(entry));
    }
    process_.emplace(io_, program, request_.arguments,
                     process::process_stdio{input.number(), output.number(), errors.number()},
                     InOwnGroup(std::move(environment)));
    read(output_);
    read(errors_);
    limit_time();
    process_->async_wait([weak = weak_from_this()](boost::system::error_code, int) {
        const auto self = weak.lock();
        if (!self) return;
        self->exited_ = true;
        self->status_ = self->process_->native_exit_code();
        self->finish_if_ended();
    });
}

void SlurmCommand::read(Stream& stream) {
    stream.pipe.async_read_some(
        asio::buffer(stream.chunk),
        [weak = weak_from_this(), &stream](boost::system::error_code error, std::size_t size) {
            const auto self = weak.lock();
            if (!self || !self->answered_) return;
            if (error) {
                stream.ended = true;
                self->finish_if_ended();
                return;
            }
            stream.text.append(stream.chunk.data(), size);
            if (stream.text.size() <= kMostPrinted) return self->read(stream);
            self->kill_all();
            self->finish(self->refused(fmt::format("printed more than {} MiB", kMostPrinted >> 20)));
        });
}

void SlurmCommand::limit_time() {
    timer_.expires_after(at_most_);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self || !self->answered_) return;
        self->kill_all();
        SlurmAnswer answer =
            self->refused(fmt::format("gave no answer within {} s and was killed",
                                      std::chrono::duration<double>(self->at_most_).count()));
        answer.timed_out = true;
        self->finish(std::move(answer));
    });
}

void SlurmCommand::kill_all() {
    const pid_t group = static_cast<pid_t>(process_->id());
    if (group > 0) kill(-group, SIGKILL);
}

// When it has ended and all that it printed is read.
void SlurmCommand::finish_if_ended() {
    if (!answered_ || !exited_ || !output_.ended || !errors_.ended) return;
    if (status_ != 0) return finish(refused(worker::describe_end(status_)));
    const bool in_errors = request_.answers_in_errors;
    finish({true, in_errors ? errors_.text : output_.text, "", false});
}

void SlurmCommand::finish(SlurmAnswer answer) {
    timer_.cancel();
    const Slurm::Answered answered = std::exchange(answered_, nullptr);
    answered(std::move(answer));
}

SlurmAnswer SlurmCommand::refused(const std::string& why) const {
    std::string said = one_sentence(request_.program, errors_.text);
    if (said.empty()) said = one_sentence(request_.program, output_.text);
    return {false, output_.text, request_.program + " " + why + (said.empty() ? "" : ": " + said), false};
}

}  // namespace o2v::orchestrator
