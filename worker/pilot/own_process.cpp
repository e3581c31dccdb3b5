#include "worker/pilot/own_process.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace o2v::pilot {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::string host() {
    char name[256] = {};
    gethostname(name, sizeof name - 1);
    return name;
}

void log(const std::string& text) {
    fmt::print(stderr, "o2v-pilot: {}\n", text);
}

}  // namespace o2v::pilot
