#include "worker/pilot/wire/file_transfer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v::pilot {
namespace {

// The path, whose folder then exists.
std::string with_folder(const std::string& path) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    return path;
}

}  // namespace

void FileSender::begin(const std::string& path, std::uint64_t bytes) {
    drop();
    file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) throw storage_error(path, "cannot be read", errno);
    left_ = bytes;
}

void FileSender::push(Channel& channel) {
    if (file_ < 0) return;
    std::string bytes(std::min<std::uint64_t>(kChunk, left_), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t got = read(file_, bytes.data() + have, bytes.size() - have);
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
    }
    left_ -= bytes.size();
    if (left_ == 0) drop();
    if (!bytes.empty()) channel.send(Kind::chunk, bytes);
}

void FileSender::drop() {
    if (file_ >= 0) close(std::exchange(file_, -1));
}

FileReceiver::FileReceiver(const std::string& path, std::uint64_t bytes, std::string checksum)
    : path_(with_folder(path)), checksum_(std::move(checksum)), file_(path_), left_(bytes) {}

bool FileReceiver::add(const std::string& bytes) {
    if (bytes.size() > left_) return false;
    left_ -= bytes.size();
    hash_.add(bytes.data(), bytes.size());
    file_.write(bytes.data(), bytes.size());
    return true;
}

void FileReceiver::finish(data::Former former) {
    if (hash_.hex() != checksum_) throw StorageError(path_ + ": what has come is not what was promised");
    file_.commit(former);
}

}  // namespace o2v::pilot
