#include "orchestrator/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace o2v::orchestrator {

std::string gzipped(const std::string& text) {
    constexpr int kGzipWindow = 15 + 16, kMemoryLevel = 8;
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        throw std::bad_alloc();
    std::string result(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    std::size_t read = 0, written = 0;
    int code = Z_OK;
    // zlib counts in 32 bits.
    constexpr std::size_t kAtOnce = std::numeric_limits<uInt>::max();
    while (code == Z_OK) {
        const std::size_t in = std::min(kAtOnce, text.size() - read);
        const std::size_t out = std::min(kAtOnce, result.size() - written);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data() + read));
        stream.avail_in = static_cast<uInt>(in);
        stream.next_out = reinterpret_cast<Bytef*>(result.data() + written);
        stream.avail_out = static_cast<uInt>(out);
        code = deflate(&stream, read + in == text.size() ? Z_FINISH : Z_NO_FLUSH);
        read += in - stream.avail_in;
        written += out - stream.avail_out;
    }
    deflateEnd(&stream);
    result.resize(written);
    return result;
}

}  // namespace o2v::orchestrator
