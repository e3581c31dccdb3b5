// A folder of prepared files that appears whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace o2v::prepare {

// Raised whenever the same sources and options would give other files.
inline constexpr int kFormatVersion = 1;

// All that a folder's files depend on: option -> value, source file -> hash, and "format" -> kFormatVersion.
using Recipe = std::map<std::string, std::string>;

// Adds "format" and one entry a file, by file name. Throws StorageError.
Recipe recipe_of(const std::vector<std::string>& source_files, Recipe options);

struct PreparedFile {
    std::string name;
    std::int64_t rows = 0;  // records or entries; 0 = not a matter of rows
    std::uintmax_t bytes = 0;
    bool operator==(const PreparedFile&) const = default;
};

struct PreparedFolder {
    std::string path;
    std::vector<PreparedFile> files;
    bool was_up_to_date = false;
};

// What a finished run left at `folder`, when it was made by this recipe and every file is still there with
// its size. nullopt otherwise.
std::optional<PreparedFolder> find_up_to_date(const std::filesystem::path& folder, const Recipe& recipe);

// Writes into a folder beside the target; publish() exchanges the two. A run that is interrupted leaves the
// target as it was; what it had written is removed by the destructor or, after a kill, by the next run.
class OutputFolder {
  public:
    // Throws InputError when `target` holds files that an earlier run did not write (they would be lost),
    // StorageError when nothing can be written there.
    OutputFolder(const std::filesystem::path& target, Recipe recipe);
    ~OutputFolder();
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;

    class File {
      public:
        void row(std::string_view text);  // with its line end; counted
        std::ostream& stream() { return out_; }
        void set_rows(std::int64_t rows) { rows_ = rows; }

      private:
        friend class OutputFolder;
        std::string name_;
        std::ofstream out_;
        std::int64_t rows_ = 0;
    };
    // The file stays open until publish(); the reference stays good as long.
    File& open(const std::string& name);
    // Throws StorageError when anything could not be written: the target is untouched then.
    PreparedFolder publish();

  private:
    std::string shown_;  // the target as the caller named it
    std::filesystem::path target_, partial_;
    Recipe recipe_;
    std::list<File> files_;
};

}  // namespace o2v::prepare
