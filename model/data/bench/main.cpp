// o2v-bench-data: how fast pairs come in, from JSON Lines and from their binary form.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "model/data/line_reader.hpp"
#include "model/data/pair_cache.hpp"
#include "model/data/pair_line.hpp"
#include "search/study/assignment.hpp"

namespace {

namespace fs = std::filesystem;
namespace data = o2v::data;
using Clock = std::chrono::steady_clock;

struct Options {
    std::int64_t megabytes = 256, vocabulary = 50000, length0 = 12, length1 = 40, repeats = 3;
    std::string folder;  // empty = the system's for temporary files
};

// Deleted with everything in it.
class Folder {
  public:
    explicit Folder(const std::string& parent) {
        std::string pattern =
            ((parent.empty() ? fs::temp_directory_path() : fs::path(parent)) / "o2v-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(pattern + ": cannot create");
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name) const { return path_ + '/' + name; }

  private:
    std::string path_;
};

// Lines as json.dumps of Python and `o2v-prepare` write them; lengths are uniform from 1 to twice the mean
// less one.
void write_pairs(const std::string& path, const Options& options) {
    o2v::Rng rng(1);
    std::ofstream file(path, std::ios::binary);
    const auto draw = [&rng](std::int64_t n) {
        return static_cast<std::int64_t>(o2v::uniform_index(rng, static_cast<std::uint64_t>(n)));
    };
    const auto ids = [&](std::int64_t mean) {
        std::string text;
        const std::int64_t length = 1 + draw(2 * mean - 1);
        for (std::int64_t i = 0; i < length; ++i)
            fmt::format_to(std::back_inserter(text), "{}{}", i == 0 ? "" : ", ", draw(options.vocabulary));
        return text;
    };
    for (std::int64_t bytes = 0; bytes < options.megabytes * 1'000'000;) {
        const std::string line = fmt::format("{{\"label\": {}, \"in0\": [{}], \"in1\": [{}]}}\n", draw(2),
                                             ids(options.length0), ids(options.length1));
        file << line;
        bytes += static_cast<std::int64_t>(line.size());
    }
    if (!file.flush()) throw std::runtime_error(path + ": cannot write");
}

struct Seconds {
    double wall = 0, cpu = 0;
};

// The fastest of some runs of `work`, each after `prepare`.
Seconds fastest(std::int64_t repeats, const std::function<void()>& prepare,
                const std::function<void()>& work) {
    Seconds best{1e9, 1e9};
    for (std::int64_t i = 0; i < repeats; ++i) {
        prepare();
        const std::clock_t cpu = std::clock();
        const auto wall = Clock::now();
        work();
        best.wall = std::min(best.wall, std::chrono::duration<double>(Clock::now() - wall).count());
        best.cpu = std::min(best.cpu, static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC);
    }
    return best;
}

using Parse = bool (data::PairParser::*)(std::string_view, data::PairLine&);

void parse_all(const std::string& path, Parse parse) {
    data::LineReader lines(path);
    data::PairParser parser;
    data::PairLine pair;
    for (std::string_view line; lines.next(line);)
        if (!(parser.*parse)(line, pair)) throw std::runtime_error(lines.where() + ": not read");
}

void run(const Options& options) {
    const Folder folder(options.folder);
    const std::string path = folder.file("pairs.jsonl"), cache = folder.file("cache");
    write_pairs(path, options);
    const double megabytes = static_cast<double>(fs::file_size(path)) / 1e6;
    fmt::print("{:.0f} MB of JSON Lines, one thread, fastest of {}; MB are those of the text\n\n", megabytes,
               options.repeats);
    fmt::print("{:<44}{:>10}{:>10}{:>12}\n", "", "seconds", "MB/s", "MB/s of CPU");
    const auto show = [&](const char* name, const Seconds& seconds) {
        fmt::print("{:<44}{:>10.3f}{:>10.0f}{:>12.0f}\n", name, seconds.wall, megabytes / seconds.wall,
                   megabytes / std::max(seconds.cpu, 1e-6));
    };
    const auto nothing = [] {};
    const auto open = [&] { data::PairCache(cache).open(path, {}); };
    show("parse", fastest(options.repeats, nothing, [&] { parse_all(path, &data::PairParser::parse); }));
    show("parse, simdjson alone",
         fastest(options.repeats, nothing, [&] { parse_all(path, &data::PairParser::parse_any); }));
    show("read into memory, with checksum, statistics",
         fastest(options.repeats, nothing, [&] { data::read_jsonl(path, {}); }));
    show("build the binary form, synced, and map it",
         fastest(
             options.repeats, [&] { fs::remove_all(cache); }, open));
    show("open the binary form, its checksum checked", fastest(options.repeats, nothing, open));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "o2v-bench-data: writes random pairs as JSON Lines and measures how fast they are read, built into "
        "their\nbinary form, and opened from it."};
    app.set_version_flag("--version", std::string("o2v-bench-data " O2V_VERSION));
    Options options;
    app.add_option("--mb", options.megabytes, "size of the JSON Lines file, in 10^6 bytes")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--vocabulary", options.vocabulary, "ids are below this")
        ->check(CLI::Range(1, 2'000'000'000))
        ->capture_default_str();
    app.add_option("--length0", options.length0, "mean length of in0")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--length1", options.length1, "mean length of in1")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--repeats", options.repeats, "the fastest of so many runs is shown")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--folder", options.folder, "where to write (default: the folder for temporary files)")
        ->check(CLI::ExistingDirectory);
    app.footer("Example:\n  o2v-bench-data --mb 1000 --length1 200 --folder /var/tmp\n");
    try {
        app.parse(argc, argv);
        run(options);
        return 0;
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "o2v-bench-data: {}\n", error.what());
        return 1;
    }
}
