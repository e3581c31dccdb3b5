#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "orchestrator/ask_tell.hpp"
#include "orchestrator/json_fields.hpp"

namespace o2v::orchestrator {
namespace {

// Cuts what comes into lines.
class LineCutter {
  public:
    // Calls `whole(line)` for each line that ends in `bytes` and `too_long()` for each that was.
    template <class Whole, class TooLong>
    void feed(std::string_view bytes, Whole whole, TooLong too_long) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            append(bytes.substr(0, end));
            if (end == std::string_view::npos) return;
            finish(whole, too_long);
            bytes.remove_prefix(end + 1);
        }
    }
    // The end of the input: a last line may lack its newline.
    template <class Whole, class TooLong>
    void end(Whole whole, TooLong too_long) {
        if (skipping_ || !line_.empty()) finish(whole, too_long);
    }

  private:
    void append(std::string_view bytes) {
        if (skipping_ || line_.size() + bytes.size() > kMaxLine) {
            skipping_ = true;
            line_.clear();
        } else {
            line_.append(bytes);
        }
    }
    template <class Whole, class TooLong>
    void finish(Whole whole, TooLong too_long) {
        if (skipping_)
            too_long();
        else
            whole(std::string_view(line_));
        skipping_ = false;
        line_.clear();
    }

    std::string line_;
    bool skipping_ = false;
};

void write_line(const std::string& line, std::FILE* out) {
    if (std::fwrite(line.data(), 1, line.size(), out) != line.size() || std::fputc('\n', out) == EOF)
        throw StorageError(std::string("standard output cannot be written (") + std::strerror(errno) + ")");
}

}  // namespace

void serve(AskTell& ask_tell, int in, std::FILE* out) {
    LineCutter lines;
    const auto flush = [&] {
        if (std::fflush(out) != 0)
            throw StorageError(std::string("standard output cannot be written (") + std::strerror(errno) +
                               ")");
    };
    const auto whole = [&](std::string_view line) {
        for (const std::string& answer : ask_tell.answer(line)) write_line(answer, out);
        flush();
    };
    const auto too_long = [&] {
        write_line(AskTell::refusal(kLineTooLong), out);
        flush();
    };
    std::array<char, 1 << 16> buffer;
    for (;;) {
        const ssize_t size = read(in, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0)
            throw StorageError(std::string("standard input cannot be read (") + std::strerror(errno) + ")");
        if (size == 0) break;
        lines.feed({buffer.data(), static_cast<std::size_t>(size)}, whole, too_long);
    }
    lines.end(whole, too_long);
}

Experiment load_asked(const std::string& file, const std::optional<std::string>& strategy,
                      const std::optional<std::int64_t>& seed) {
    nlohmann::json json = read_json_file(file);
    if (json.is_object() && (strategy || seed)) {
        nlohmann::json& search = json["search"];
        if (strategy && (search.is_null() || search.is_object())) search["strategy"] = *strategy;
        if (seed && (search.is_null() || search.is_object())) search["seed"] = *seed;
    }
    return parse_experiment(json, file, Origin::asked);
}

}  // namespace o2v::orchestrator
