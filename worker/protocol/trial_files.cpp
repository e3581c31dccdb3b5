#include "worker/protocol/trial_files.hpp"

#include <string>
#include <system_error>
#include <vector>

namespace o2v::protocol {
namespace {

namespace fs = std::filesystem;

constexpr int kSpares = 64;
constexpr const char* kSaved = "saved";

fs::path spare(const fs::path& folder, int number) {
    return folder.parent_path() / (".spare-" + std::to_string(number));
}

// Workers side by side take from the same spare folders: a rename succeeds for one of them.
void take_spare(const fs::path& folder) {
    std::error_code error;
    for (int number = 0; number < kSpares; ++number)
        if (fs::rename(spare(folder, number), folder, error); !error) return;
}

// Whether nothing is left in it but an empty folder for what the program saves.
bool is_emptied(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> others;
    for (const fs::path& within : {folder, folder / kSaved})
        for (fs::directory_iterator entry(within, error), end; !error && entry != end; entry.increment(error))
            if (entry->path() != folder / kSaved) others.push_back(entry->path());
    if (error) return false;
    for (const fs::path& path : others)
        if (fs::remove_all(path, error); error) return false;
    return true;
}

bool make_spare(const fs::path& folder) {
    if (!is_emptied(folder)) return false;
    std::error_code error;
    // A folder is not renamed to one that is there and holds something, as a spare one does.
    for (int number = 0; number < kSpares; ++number)
        if (fs::rename(folder, spare(folder, number), error); !error) return true;
    return false;
}

}  // namespace

TrialFiles::TrialFiles(const fs::path& folder)
    : log_(folder / "output.log"),
      params_(folder / "params.json"),
      saved_(folder / kSaved),
      seen_(folder / "seen") {
    if (!fs::exists(folder)) take_spare(folder);
    fs::create_directories(saved_);
}

void clear_away(const fs::path& folder) {
    std::error_code ignored;
    if (fs::symlink_status(folder / kSaved, ignored).type() == fs::file_type::directory && make_spare(folder))
        return;
    fs::remove_all(folder, ignored);
}

}  // namespace o2v::protocol
