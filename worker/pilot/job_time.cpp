#include "worker/pilot/job_time.hpp"

#include <array>
#include <cstdio>
#include <memory>

namespace o2v::pilot {

std::optional<std::chrono::seconds> parse_time_left(const std::string& text) {
    long days = 0;
    std::string_view rest = text;
    while (!rest.empty() && (rest.back() == '\n' || rest.back() == ' ')) rest.remove_suffix(1);
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    const auto number = [](std::string_view digits) -> std::optional<long> {
        if (digits.empty() || digits.size() > 6) return std::nullopt;
        long value = 0;
        for (const char c : digits) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        return value;
    };
    if (const std::size_t dash = rest.find('-'); dash != std::string_view::npos) {
        const auto before = number(rest.substr(0, dash));
        if (!before) return std::nullopt;
        days = *before;
        rest.remove_prefix(dash + 1);
    }
    long seconds = 0;
    for (int parts = 0; parts < 3; ++parts) {
        const std::size_t colon = rest.find(':');
        const auto part = number(rest.substr(0, colon));
        if (!part) return std::nullopt;
        seconds = seconds * 60 + *part;
        if (colon == std::string_view::npos) return std::chrono::seconds(days * 86400 + seconds);
        rest.remove_prefix(colon + 1);
    }
    return std::nullopt;
}

std::optional<std::chrono::seconds> ask_time_left(const std::string& job) {
    if (job.empty() || job.find_first_not_of("0123456789_") != std::string::npos) return std::nullopt;
    struct Close {
        void operator()(std::FILE* pipe) const { pclose(pipe); }
    };
    const std::string command = "exec squeue -h -j " + job + " -o %L 2>/dev/null";
    const std::unique_ptr<std::FILE, Close> pipe(popen(command.c_str(), "re"));
    std::array<char, 64> line{};
    if (!pipe || !std::fgets(line.data(), line.size(), pipe.get())) return std::nullopt;
    return parse_time_left(line.data());
}

}  // namespace o2v::pilot
