// The rooms of the source tree, what each may include, and the check of #include lines against that.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace o2v::architecture {

struct Room {
    std::string folder;                 // from the top of the source tree
    int level;                          // includes go to a room of a lower level only
    std::vector<std::string> rooms;     // that it may include, besides itself
    std::vector<std::string> packages;  // of package_of() that it may include
};

// One row a room: the table of the README in a form that is checked.
const std::vector<Room>& rooms();

// Files of a room that may include more than the room: those whose names begin so.
struct Exception {
    std::string folder;
    std::vector<std::string> file_prefixes;
    std::vector<std::string> rooms;
    std::vector<std::string> packages;
};
const std::vector<Exception>& exceptions();

// The package a header in angle brackets belongs to: "std", "io" (of the standard library what touches disk
// or threads), "system" (POSIX, Linux, the compiler's own), "torch", "boost", ... "" when it is not known.
std::string package_of(std::string_view header);

struct Include {
    int line = 0;
    bool quoted = false;  // "ours" rather than <package>
    std::string header;
};
std::vector<Include> includes_of(std::string_view source);

// What is wrong with a file's includes, one line a fault: "search/random.cpp:3: ...". `file` is relative to
// `root`.
std::vector<std::string> faults(const std::filesystem::path& root, const std::string& file,
                                std::string_view source);

// Every .hpp and .cpp below `root` but for tests, build trees and hidden folders; sorted, relative to `root`.
std::vector<std::string> source_files(const std::filesystem::path& root);

}  // namespace o2v::architecture
