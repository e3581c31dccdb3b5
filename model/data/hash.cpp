#include "model/data/hash.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <vector>

#include "model/data/dataset.hpp"
#include "search/study/errors.hpp"

namespace o2v::data {

struct StreamHash::State {
    XXH3_state_t* xxh = XXH3_createState();
    State() {
        if (xxh == nullptr) throw std::bad_alloc();
        XXH3_128bits_reset(xxh);
    }
    ~State() { XXH3_freeState(xxh); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

StreamHash::StreamHash() : state_(std::make_unique<State>()) {}
StreamHash::~StreamHash() = default;

void StreamHash::add(const void* bytes, std::size_t size) {
    if (size != 0) XXH3_128bits_update(state_->xxh, bytes, size);
}

std::string StreamHash::hex() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh));
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : canonical.digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string file_hash(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw StorageError(path + ": cannot open: " + std::strerror(errno));
    StreamHash hash;
    std::vector<char> buffer(std::size_t{1} << 20);
    for (;;) {
        const ssize_t got = ::read(file, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const int error = errno;
            ::close(file);
            throw StorageError(path + ": cannot read: " + std::strerror(error));
        }
        if (got == 0) break;
        hash.add(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(file);
    return hash.hex();
}

}  // namespace o2v::data
