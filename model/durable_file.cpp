#include "model/durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v::model {

DurableFile::DurableFile(std::string path)
    : path_(std::move(path)),
      aside_(path_ + ".tmp"),
      file_(::open(aside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (file_ < 0) fail("cannot create");
}

DurableFile::~DurableFile() {
    if (file_ < 0) return;
    ::close(file_);
    ::unlink(aside_.c_str());
}

void DurableFile::fail(const char* what) const {
    throw StorageError(aside_ + ": " + what + ": " + std::strerror(errno));
}

void DurableFile::write(const void* bytes, std::size_t size) {
    const char* at = static_cast<const char*>(bytes);
    while (size > 0) {
        const ssize_t written = ::write(file_, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("cannot write");
        at += written;
        size -= static_cast<std::size_t>(written);
    }
}

void DurableFile::commit() {
    if (::fsync(file_) != 0) fail("cannot write to disk");
    if (std::rename(aside_.c_str(), path_.c_str()) != 0) fail("cannot rename");
    ::close(std::exchange(file_, -1));
    sync_folder(std::filesystem::path(path_).parent_path().string());
}

void write_durably(const std::string& path, std::string_view content) {
    DurableFile file(path);
    file.write(content.data(), content.size());
    file.commit();
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
    if (error) throw StorageError(aside + ": cannot be removed: " + error.message());
}

void replace_folder_in_steps(const std::string& aside, const std::string& folder) {
    const std::string former = folder + ".former";
    try {
        std::filesystem::remove_all(former);
        if (std::filesystem::exists(folder)) std::filesystem::rename(folder, former);
        std::filesystem::rename(aside, folder);
        std::filesystem::remove_all(former);
    } catch (const std::filesystem::filesystem_error& error) {
        throw StorageError(folder + ": cannot be replaced: " + error.code().message());
    }
    sync_folder(std::filesystem::path(folder).parent_path().string());
}

void sync_folder(const std::string& folder) {
    const std::string name = folder.empty() ? "." : folder;
    const int handle = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) throw StorageError(name + ": cannot open: " + std::strerror(errno));
    // Some file systems refuse to sync a folder (EINVAL); their renames are as durable as they get.
    const bool synced = ::fsync(handle) == 0 || errno == EINVAL;
    const int error = errno;
    ::close(handle);
    if (!synced) throw StorageError(name + ": cannot write to disk: " + std::strerror(error));
}

std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw StorageError(path + ": cannot open: " + std::strerror(errno));
    std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.bad()) throw StorageError(path + ": cannot read");
    return content;
}

}  // namespace o2v::model
