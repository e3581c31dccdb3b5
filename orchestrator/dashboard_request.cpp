#include "orchestrator/dashboard_request.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace o2v::orchestrator {
namespace {

std::optional<std::string> decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        unsigned byte = 0;
        const char* const begin = text.data() + i + 1;
        if (i + 2 >= text.size()) return std::nullopt;
        const auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
        if (error != std::errc() || end != begin + 2) return std::nullopt;
        result += static_cast<char>(byte);
        i += 2;
    }
    const bool is_name = !result.empty() && result != "." && result != ".." &&
                         result.find('/') == std::string::npos && result.find('\0') == std::string::npos;
    return is_name ? std::optional(result) : std::nullopt;
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

bool same_letters(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

Route route_of(std::string_view method, std::string_view target) {
    if (method != "GET" && method != "HEAD") return Refusal{405, "the dashboard only shows: GET and HEAD"};
    if (target.empty() || target.front() != '/') return Refusal{400, "the target must begin with a slash"};
    const std::string_view path = target.substr(0, target.find('?'));
    const Refusal nothing{404, "there is nothing here"};
    if (path == "/" || path == "/index.html") return PageRoute{};
    const std::vector<std::string_view> parts = split(path.substr(1), '/');
    if (parts.size() < 2 || parts[0] != "api" || parts[1] != "studies") return nothing;
    if (parts.size() == 2) return StudiesRoute{};
    const std::optional<std::string> name = decoded(parts[2]);
    if (!name) return Refusal{400, "a study's name is percent-encoded, and names a folder"};
    if (parts.size() == 3) return StudyRoute{*name};
    if (parts.size() == 4 && parts[3] == "events") return EventsRoute{*name};
    if (parts.size() != 6 || parts[3] != "trials" || parts[5] != "log") return nothing;
    LogRoute log{*name, 0};
    const std::string_view number = parts[4];
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), log.trial);
    if (error != std::errc() || end != number.data() + number.size() || log.trial < 0)
        return Refusal{400, "a trial's number is 0 or more"};
    return log;
}

bool names_loopback(std::string_view host) {
    if (host.starts_with('[')) return host.substr(0, host.find(']') + 1) == "[::1]";
    const std::string_view name = host.substr(0, host.find(':'));
    if (same_letters(name, "localhost")) return true;
    const std::vector<std::string_view> parts = split(name, '.');
    return parts.size() == 4 && parts[0] == "127" &&
           std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               return !part.empty() && part.size() <= 3 &&
                      part.find_first_not_of("0123456789") == std::string_view::npos;
           });
}

bool takes_gzip(std::string_view accept_encoding) {
    for (std::string_view one : split(accept_encoding, ',')) {
        one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
        const std::string_view name = one.substr(0, one.find_first_of("; "));
        const std::size_t weight = one.find("q=0");
        const bool refused = weight != std::string_view::npos &&
                             one.substr(weight + 3).find_first_of("123456789") == std::string_view::npos;
        if (same_letters(name, "gzip")) return !refused;
    }
    return false;
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
    for (std::string_view one : split(if_none_match, ',')) {
        one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
        one = one.substr(0, one.find_last_not_of(" \t") + 1);
        if (one == "*") return true;
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag) return true;
    }
    return false;
}

}  // namespace o2v::orchestrator
