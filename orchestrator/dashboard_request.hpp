// What a browser asks the dashboard for. Pure functions of a request's words.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "search/study/event.hpp"

namespace o2v::orchestrator {

struct PageRoute {
    bool operator==(const PageRoute&) const = default;
};
struct StudiesRoute {
    bool operator==(const StudiesRoute&) const = default;
};
// `name` is that of a study's folder, decoded. It may hold anything but a slash.
struct StudyRoute {
    std::string name;
    bool operator==(const StudyRoute&) const = default;
};
struct EventsRoute {
    std::string name;
    bool operator==(const EventsRoute&) const = default;
};
struct LogRoute {
    std::string name;
    TrialId trial = 0;
    bool operator==(const LogRoute&) const = default;
};
struct Refusal {
    unsigned status = 404;
    std::string why;
    bool operator==(const Refusal&) const = default;
};
using Route = std::variant<PageRoute, StudiesRoute, StudyRoute, EventsRoute, LogRoute, Refusal>;

// "/", "/api/studies", "/api/studies/NAME", ".../events", ".../trials/N/log"; a query is ignored. Refuses
// with 400 what is not encoded as it must be (a byte 0, a slash within a name), 404 what is none of these and
// 405 methods other than GET and HEAD.
Route route_of(std::string_view method, std::string_view target);

// Does a Host header name this machine's loopback ("localhost:8081", "127.0.0.1", "[::1]:80")? What a page of
// another site can have a browser send after its name has been made to resolve to 127.0.0.1 does not.
bool names_loopback(std::string_view host);

// Does an Accept-Encoding header take gzip?
bool takes_gzip(std::string_view accept_encoding);

// Does an If-None-Match header name this entity tag, or "*"? A weak tag ("W/...") stands for the strong one.
bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace o2v::orchestrator
