// A file that is there whole or not at all, also after a power cut.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace o2v::data {

// What becomes of the file whose place a new one takes.
enum class Former { replaced, kept };
// Where a former file is kept. Before the new one takes its place, so that at every moment one of the two is
// there, whole.
std::string previous_of(const std::string& path);

// Is it a device or a pipe, such as /dev/stdout? Bytes are put there as they come, and nothing may take its
// place.
bool takes_bytes_only(const std::string& path);

// Writes beside the target ("<path>.tmp"), and puts it in place with commit(); straight into one that is a
// device or a pipe. A link is followed. All throw StorageError naming the file.
class DurableFile {
  public:
    explicit DurableFile(std::string path);
    ~DurableFile();  // without commit() nothing is left
    DurableFile(const DurableFile&) = delete;
    DurableFile& operator=(const DurableFile&) = delete;

    void write(const void* bytes, std::size_t size);
    // In the place of what has been written at `offset`.
    void write_over(std::size_t offset, const void* bytes, std::size_t size);
    // fsync, rename over the target, fsync of the folder.
    void commit(Former former = Former::replaced);

  private:
    [[noreturn]] void fail(const char* what) const;

    std::string path_, aside_;
    int file_;
    std::size_t place_;  // among the unfinished
};

// From now on SIGINT, SIGTERM and SIGHUP remove what lies aside, of up to eight files, before they end the
// process. For a program that leaves nothing half done; without it the next try replaces what lies there.
void leave_nothing_on_signals();

// Puts the folder `aside` in the place of `folder`, whose content is then gone: in one step where the system
// can exchange two names, so that at every moment `folder` is either of them; else `folder` is missing for a
// moment. What lies in `aside` must be on disk already. Throws StorageError.
void replace_folder(const std::string& aside, const std::string& folder);
// The second way of replace_folder.
void replace_folder_in_steps(const std::string& aside, const std::string& folder);

// Into an open file, where it stands or at `offset`. False, with errno, when it cannot be written.
bool write_all(int file, const void* bytes, std::size_t size, std::optional<std::size_t> offset = {});
void write_durably(const std::string& path, std::string_view content, Former former = Former::replaced);
void copy_durably(const std::string& from, const std::string& to);
// Makes a rename or a new file within the folder last.
void sync_folder(const std::string& folder);
// Throws StorageError.
std::string read_whole(const std::string& path);

// Small texts that tell whether they are whole: a last line with length and checksum is added and taken off.
void write_sealed(const std::string& path, std::string_view content, Former former = Former::replaced);
// Throws StorageError naming the file when it cannot be read, or its seal is missing or does not fit.
std::string read_sealed(const std::string& path);

}  // namespace o2v::data
