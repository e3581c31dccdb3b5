#include "worker/answers/streamed.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <thread>
#include <utility>

#include "model/data/line_reader.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/channel.hpp"

namespace o2v::answers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunksAhead = 4;
constexpr std::size_t kMostTokens = std::size_t{1} << 20;  // of a chunk

struct Read {
    Chunk chunk;
    std::int64_t bytes = 0;  // of the input, up to its end
};

// A line on standard error that is written over and over.
class Progress {
  public:
    explicit Progress(const StreamOptions& options) : shown_(options.progress && isatty(STDERR_FILENO)) {
        std::error_code error;
        if (options.input != "-") total_ = std::filesystem::file_size(options.input, error);
        if (error) total_ = 0;
    }
    ~Progress() {
        if (shown_ && last_ != Clock::time_point{}) fmt::print(stderr, "\r\033[K");
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(std::int64_t rows, std::int64_t bytes) {
        const auto now = Clock::now();
        if (!shown_ || now - last_ < std::chrono::milliseconds(200)) return;
        last_ = now;
        const double seconds = std::chrono::duration<double>(now - began_).count();
        fmt::print(stderr, "\r\033[K{} rows, {:.0f} a second", rows, static_cast<double>(rows) / seconds);
        if (total_ > 0) {
            const double share = static_cast<double>(bytes) / static_cast<double>(total_);
            const auto done = static_cast<std::size_t>(20 * share);
            fmt::print(stderr, "  [{}{}] {:.0f} %, about {:.0f} s left", std::string(done, '#'),
                       std::string(20 - std::min<std::size_t>(done, 20), '-'), 100 * share,
                       seconds * (1 - share) / share);
        }
        std::fflush(stderr);
    }

  private:
    bool shown_;
    std::uintmax_t total_ = 0;
    Clock::time_point began_ = Clock::now(), last_{};
};

class Reader {
  public:
    Reader(const StreamOptions& options, const QueryRules& rules)
        : options_(options),
          lines_(options.input == "-" ? "/dev/stdin" : options.input),
          parser_(rules),
          place_([this] { return options_.input + ':' + std::to_string(number_); }) {}

    // Until the end, or the channel is closed from its other end. Throws InputError after what came before.
    void run(Channel<Read>& to) {
        Read read;
        for (std::string_view line; problems_.size() < QueryParser::kMostProblems && lines_.next(line);) {
            ++number_;
            if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
            add(line, read.chunk);
            const bool full =
                read.chunk.queries.size() >= options_.rows_at_once || tokens(read) >= kMostTokens;
            if ((full || lines_.would_wait()) && !send(read, to)) return;
        }
        if (!send(read, to)) return;
        if (!problems_.empty()) throw InputError(std::move(problems_));
    }

  private:
    void add(std::string_view line, Chunk& chunk) {
        try {
            if (problems_.empty()) {
                parser_.add_object(line, place_, chunk.queries);
                if (options_.keep_lines) chunk.lines.emplace_back(line);
            } else {
                Queries ignored;
                parser_.add_object(line, place_, ignored);
            }
        } catch (const InputError& error) {
            problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
        }
    }
    static std::size_t tokens(const Read& read) {
        return read.chunk.queries.side(0).tokens.size() + read.chunk.queries.side(1).tokens.size();
    }
    bool send(Read& read, Channel<Read>& to) {
        if (read.chunk.queries.size() == 0) return true;
        read.bytes = lines_.bytes();
        return to.push(std::exchange(read, {}));
    }

    const StreamOptions& options_;
    data::LineReader lines_;
    QueryParser parser_;
    std::int64_t number_ = 0;
    QueryParser::Place place_;
    std::vector<Problem> problems_;
};

// A thread whose exception is thrown when it is waited for.
class Stage {
  public:
    explicit Stage(std::function<void()> work)
        : thread_([this, work = std::move(work)] {
              try {
                  work();
              } catch (...) {
                  error_ = std::current_exception();
              }
          }) {}
    ~Stage() {
        if (thread_.joinable()) thread_.join();
    }
    void wait() {
        thread_.join();
        if (error_) std::rethrow_exception(error_);
    }

  private:
    std::exception_ptr error_;
    std::thread thread_;
};

// Whatever ends a stage ends those beside it.
template <class T>
class Closing {
  public:
    explicit Closing(Channel<T>& channel) : channel_(channel) {}
    ~Closing() { channel_.close(); }
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;

  private:
    Channel<T>& channel_;
};

}  // namespace

std::int64_t answer_stream(const StreamOptions& options, const QueryRules& rules,
                           const std::function<std::string(const Chunk&)>& text_of,
                           const std::function<void(const std::string&)>& write) {
    Reader reader(options, rules);
    Channel<Read> asked(kChunksAhead);
    Channel<std::string> answered(kChunksAhead);
    Progress progress(options);
    std::int64_t rows = 0;
    Stage reading([&] {
        const Closing closing(asked);
        reader.run(asked);
    });
    Stage writing([&] {
        const Closing closing(answered);
        while (const auto text = answered.pop()) write(*text);
    });
    {
        const Closing no_more_questions(asked);
        const Closing no_more_answers(answered);
        while (const auto read = asked.pop()) {
            if (!answered.push(text_of(read->chunk))) break;
            rows += read->chunk.queries.size();
            progress.show(rows, read->bytes);
        }
    }
    writing.wait();
    reading.wait();
    return rows;
}

}  // namespace o2v::answers
