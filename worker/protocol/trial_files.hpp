// What a trial of a command has in its folder, which its worker writes and the orchestrator clears away.
#pragma once

#include <filesystem>

namespace o2v::protocol {

class TrialFiles {
  public:
    // Creates what is not there, or takes a spare folder. Throws std::filesystem::filesystem_error.
    explicit TrialFiles(const std::filesystem::path& folder);

    const std::filesystem::path& log() const { return log_; }
    const std::filesystem::path& params() const { return params_; }
    const std::filesystem::path& saved() const { return saved_; }  // the program's own folder
    const std::filesystem::path& seen() const { return seen_; }
    bool has_saved() const { return !std::filesystem::is_empty(saved_); }

  private:
    std::filesystem::path log_, params_, saved_, seen_;
};

// Removes the folder and all in it. That of a command's trial is emptied and becomes a spare one instead,
// .spare-N beside it, for a trial to come: to remove a folder takes milliseconds on a disk that is told of
// each block that is freed. Without an effect where it cannot.
void clear_away(const std::filesystem::path& folder);

}  // namespace o2v::protocol
