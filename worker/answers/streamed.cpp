#include "worker/answers/streamed.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <exception>
#include <filesystem>
#include <future>
#include <limits>
#include <thread>
#include <utility>

#include "model/data/line_reader.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/channel.hpp"

namespace o2v::answers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBytesAtOnce = std::size_t{4} << 20;  // of a block

// Lines as they were read.
struct Block {
    std::string text;  // each line with its end, and kPadding bytes of capacity behind the last
    std::int64_t first = 1, lines = 0;
};

// What became of a block.
struct Done {
    std::any result;  // of the rows before the first bad line
    std::int64_t rows = 0;
    std::vector<Problem> problems;
};

struct Work {
    Block block;
    std::promise<Done> done;
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

// Cuts the input into blocks.
class Reader {
  public:
    explicit Reader(const StreamOptions& options)
        : options_(options), lines_(options.input == "-" ? "/dev/stdin" : options.input) {}

    // The next block, into an empty one; false at the end.
    bool next(Block& block) {
        block.first = number_ + 1;
        std::string_view line;
        while (lines_.next(line)) {
            ++number_;
            ++block.lines;
            block.text.append(line).push_back('\n');
            if (block.lines >= options_.lines_at_once || block.text.size() >= kBytesAtOnce ||
                lines_.would_wait())
                break;
        }
        block.text.reserve(block.text.size() + QueryParser::kPadding);
        return block.lines > 0;
    }
    std::int64_t bytes() const { return lines_.bytes(); }

  private:
    const StreamOptions& options_;
    data::LineReader lines_;
    std::int64_t number_ = 0;
};

// A block's rows up to its first bad line, and what is wrong with its bad lines.
Chunk parse(const Block& block, const StreamOptions& options, QueryParser& parser,
            std::vector<Problem>& problems) {
    Chunk chunk;
    std::int64_t number = block.first - 1;
    const QueryParser::Place place = [&] { return options.input + ':' + std::to_string(number); };
    const std::string_view text = block.text;
    for (std::size_t begin = 0; begin < text.size() && problems.size() < QueryParser::kMostProblems;) {
        const std::size_t end = text.find('\n', begin);
        const std::string_view line = text.substr(begin, end - begin);
        begin = end + 1;
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        Queries ignored;
        try {
            parser.add_object(line, place, problems.empty() ? chunk.queries : ignored);
            if (!problems.empty()) continue;
            chunk.numbers.push_back(number);
            if (options.keep_lines) chunk.lines.emplace_back(line);
        } catch (const InputError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        }
    }
    return chunk;
}

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

void expect_side(const Chunk& chunk, int side, const std::string& input) {
    for (std::int64_t row = 0; row < chunk.queries.size(); ++row)
        if (!chunk.queries.has(row, side))
            throw InputError(fmt::format("{}:{}", input, chunk.numbers[static_cast<std::size_t>(row)]), "",
                             fmt::format("has no in{}", side));
}

std::int64_t stream(const StreamOptions& options, const QueryRules& rules,
                    const std::function<std::any(const Chunk&)>& work,
                    const std::function<void(std::any)>& take) {
    const auto ahead = static_cast<std::size_t>(2 * options.threads + 2);
    Reader reader(options);
    Channel<Work> waiting(ahead);
    Channel<std::future<Done>> ordered(ahead);  // by block, in their order
    // Where a block with a bad line begins, the first that is known: what comes behind is only looked at.
    std::atomic<std::int64_t> bad = std::numeric_limits<std::int64_t>::max();
    std::atomic<std::int64_t> bytes = 0;

    Stage reading([&] {
        const Closing no_more_work(waiting);
        const Closing no_more_results(ordered);
        for (Work item; reader.next(item.block); item = Work()) {
            bytes = reader.bytes();
            if (!ordered.push(item.done.get_future()) || !waiting.push(std::move(item))) return;
        }
    });
    std::deque<Stage> working;
    for (int i = 0; i < options.threads; ++i)
        working.emplace_back([&] {
            QueryParser parser(rules);
            while (auto item = waiting.pop()) {
                try {
                    Done done;
                    const Chunk chunk = parse(item->block, options, parser, done.problems);
                    done.rows = chunk.queries.size();
                    if (done.rows > 0 && item->block.first <= bad) done.result = work(chunk);
                    std::int64_t known = bad;
                    while (!done.problems.empty() && item->block.first < known &&
                           !bad.compare_exchange_weak(known, item->block.first)) {
                    }
                    item->done.set_value(std::move(done));
                } catch (...) {
                    item->done.set_exception(std::current_exception());
                }
            }
        });

    const Closing no_more_work(waiting);  // however this ends
    const Closing no_more_results(ordered);
    Progress progress(options);
    std::int64_t rows = 0;
    std::vector<Problem> problems;
    while (auto next = ordered.pop()) {
        Done done = next->get();
        if (problems.empty() && done.result.has_value()) {
            take(std::move(done.result));
            rows += done.rows;
            progress.show(rows, bytes);
        }
        problems.insert(problems.end(), done.problems.begin(), done.problems.end());
        if (problems.size() >= QueryParser::kMostProblems) break;
    }
    if (!problems.empty()) {
        problems.resize(std::min(problems.size(), QueryParser::kMostProblems));
        throw InputError(std::move(problems));
    }
    reading.wait();
    return rows;
}

}  // namespace o2v::answers
