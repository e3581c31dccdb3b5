#include "model/data/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "model/data/hash.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {
namespace {

constexpr std::string_view kSeal = "xxh3_128 ";

// The last line of a sealed text: "xxh3_128 <digits> <bytes>".
std::string seal_of(std::string_view content) {
    StreamHash hash;
    hash.add(content.data(), content.size());
    return std::string(kSeal) + hash.hex() + ' ' + std::to_string(content.size()) + '\n';
}

// A descriptor that is closed with its owner.
struct Handle {
    explicit Handle(int opened) : number(opened) {}
    ~Handle() {
        if (number >= 0) ::close(number);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    int number;
};

// Where a link leads; another name as it is. Throws StorageError for a folder.
std::string followed(std::string path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) throw storage_error(path, "cannot be written", EISDIR);
    if (!std::filesystem::is_symlink(path, error)) return path;
    const auto target = std::filesystem::canonical(path, error);
    return error ? path : target.string();
}

constexpr std::size_t kUnfinished = 8;
std::array<std::atomic<const char*>, kUnfinished> unfinished;  // read by a signal's handler

// kUnfinished when all are taken.
std::size_t enter_unfinished(const char* path) {
    for (std::size_t place = 0; place < kUnfinished; ++place)
        if (const char* free = nullptr; unfinished[place].compare_exchange_strong(free, path)) return place;
    return kUnfinished;
}

void remove_unfinished(int signal) {
    for (const auto& path : unfinished)
        if (const char* const name = path.load()) ::unlink(name);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

}  // namespace

std::string previous_of(const std::string& path) {
    return path + ".previous";
}

bool takes_bytes_only(const std::string& path) {
    std::error_code error;
    const auto type = std::filesystem::status(path, error).type();
    using enum std::filesystem::file_type;
    return type == character || type == block || type == fifo;
}

DurableFile::DurableFile(std::string path)
    : path_(followed(std::move(path))),
      aside_(takes_bytes_only(path_) ? path_ : path_ + ".tmp"),
      file_(::open(aside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)),
      place_(kUnfinished) {
    if (file_ < 0) fail("cannot create");
    if (aside_ != path_) place_ = enter_unfinished(aside_.c_str());
}

DurableFile::~DurableFile() {
    if (place_ < kUnfinished) unfinished[place_] = nullptr;
    if (file_ < 0) return;
    ::close(file_);
    if (aside_ != path_) ::unlink(aside_.c_str());
}

void DurableFile::fail(const char* what) const {
    throw storage_error(aside_, what, errno);
}

void DurableFile::write(const void* bytes, std::size_t size) {
    if (!write_all(file_, bytes, size)) fail("cannot write");
}

void DurableFile::write_over(std::size_t offset, const void* bytes, std::size_t size) {
    if (!write_all(file_, bytes, size, offset)) fail("cannot write");
}

void DurableFile::commit(Former former) {
    if (aside_ == path_) {
        if (::close(std::exchange(file_, -1)) != 0) fail("cannot write");
        return;
    }
    if (::fsync(file_) != 0) fail("cannot write to disk");
    if (former == Former::kept && std::rename(path_.c_str(), previous_of(path_).c_str()) != 0 &&
        errno != ENOENT)
        fail("cannot keep the file before it");
    if (std::rename(aside_.c_str(), path_.c_str()) != 0) fail("cannot rename");
    ::close(std::exchange(file_, -1));
    sync_folder(std::filesystem::path(path_).parent_path().string());
}

bool write_all(int file, const void* bytes, std::size_t size, std::optional<std::size_t> offset) {
    const char* const begin = static_cast<const char*>(bytes);
    std::size_t done = 0;
    while (done < size) {
        const ssize_t written =
            offset ? ::pwrite(file, begin + done, size - done, static_cast<off_t>(*offset + done))
                   : ::write(file, begin + done, size - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        done += static_cast<std::size_t>(written);
    }
    return true;
}

void write_durably(const std::string& path, std::string_view content, Former former) {
    DurableFile file(path);
    file.write(content.data(), content.size());
    file.commit(former);
}

void copy_durably(const std::string& from, const std::string& to) {
    const Handle source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (source.number < 0) throw storage_error(from, "cannot open", errno);
    DurableFile copy(to);
    std::vector<char> block(1 << 20);
    for (;;) {
        const ssize_t got = ::read(source.number, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw storage_error(from, "cannot read", errno);
        if (got == 0) break;
        copy.write(block.data(), static_cast<std::size_t>(got));
    }
    copy.commit();
}

void leave_nothing_on_signals() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        if (::signal(signal, remove_unfinished) == SIG_IGN) ::signal(signal, SIG_IGN);  // as nohup has it
}

void replace_folder(const std::string& aside, const std::string& folder) {
    const bool exchanged =
        ::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0;
    if (!exchanged) {  // there is no `folder` yet, or the file system has no such operation
        replace_folder_in_steps(aside, folder);
        return;
    }
    sync_folder(std::filesystem::path(folder).parent_path().string());
    std::error_code error;
    std::filesystem::remove_all(aside, error);
    if (error) throw storage_error(aside, "cannot be removed", error.value());
}

void replace_folder_in_steps(const std::string& aside, const std::string& folder) {
    const std::string former = folder + ".former";
    try {
        std::filesystem::remove_all(former);
        if (std::filesystem::exists(folder)) std::filesystem::rename(folder, former);
        std::filesystem::rename(aside, folder);
        std::filesystem::remove_all(former);
    } catch (const std::filesystem::filesystem_error& error) {
        throw storage_error(folder, "cannot be replaced", error.code().value());
    }
    sync_folder(std::filesystem::path(folder).parent_path().string());
}

void sync_folder(const std::string& folder) {
    const std::string name = folder.empty() ? "." : folder;
    const Handle handle(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (handle.number < 0) throw storage_error(name, "cannot open", errno);
    // Some file systems refuse to sync a folder (EINVAL); their renames are as durable as they get.
    if (::fsync(handle.number) != 0 && errno != EINVAL)
        throw storage_error(name, "cannot write to disk", errno);
}

std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw storage_error(path, "cannot open", errno);
    std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.bad()) throw StorageError(path + ": cannot read");
    return content;
}

void write_sealed(const std::string& path, std::string_view content, Former former) {
    write_durably(path, std::string(content) + seal_of(content), former);
}

std::string read_sealed(const std::string& path) {
    std::string content = read_whole(path);
    const std::size_t seal = content.rfind(kSeal);
    if (seal == std::string::npos ||
        content.substr(seal) != seal_of(std::string_view(content).substr(0, seal)))
        throw StorageError(path + ": is damaged: its length and checksum do not agree");
    content.resize(seal);
    return content;
}

}  // namespace o2v::data
