// A file that goes over a channel in chunks, which the peer has been told its length and checksum.
#pragma once

#include <cstdint>
#include <string>

#include "model/data/durable_file.hpp"
#include "model/data/hash.hpp"
#include "worker/pilot/wire/channel.hpp"

namespace o2v::pilot {

class FileSender {
  public:
    ~FileSender() { drop(); }
    FileSender() = default;
    FileSender(const FileSender&) = delete;
    FileSender& operator=(const FileSender&) = delete;

    // In the place of one that is still under way. Throws StorageError.
    void begin(const std::string& path, std::uint64_t bytes);
    // Sends the next chunk, if there is one: to be called at first and whenever the channel has drained. Of a
    // file that has shrunk meanwhile other bytes follow, which its checksum tells.
    void push(Channel& channel);
    void drop();

  private:
    int file_ = -1;
    std::uint64_t left_ = 0;
};

class FileReceiver {
  public:
    // Throws StorageError.
    FileReceiver(const std::string& path, std::uint64_t bytes, std::string checksum);

    // False when that is more than was promised. Throws StorageError.
    bool add(const std::string& bytes);
    std::uint64_t left() const { return left_; }
    // Puts it in place. Throws StorageError, also when it is not what was promised. REQUIRES: nothing is
    // left.
    void finish(data::Former former);
    const std::string& path() const { return path_; }

  private:
    std::string path_, checksum_;
    data::DurableFile file_;
    data::StreamHash hash_;
    std::uint64_t left_;
};

}  // namespace o2v::pilot
