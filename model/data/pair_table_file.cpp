#include "model/data/pair_table_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/data/durable_file.hpp"
#include "model/data/hash.hpp"

namespace o2v::data {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr char kMagic[16] = "o2v-pairs";
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::size_t kHashDigits = 32;

// `count` values from byte `at` on.
struct Array {
    std::uint64_t at, count;
};

// Without holes, so that its bytes are its values.
struct Header {
    char magic[16];
    std::uint32_t format, byte_order;
    char xxh3[kHashDigits];  // of the JSON Lines file
    std::int64_t bytes;      // of the JSON Lines file
    std::uint64_t file_bytes;
    Array tokens, bounds, labels, lengths[2], classes;
    std::int64_t rows, bad_lines, integer_labels;
    std::array<std::int64_t, 2> min_len, max_len, side_tokens, max_id, distinct_ids, padding_ids;
    double min_label, max_label, mean_label, label_deviation;
    char checksum[kHashDigits];  // of everything behind the header's page, then of the header without this
};
static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) <= kPage && sizeof(Count) == 16);

constexpr std::size_t kSummed = offsetof(Header, checksum);

void put(const Statistics& s, Header& header) {
    header.bytes = s.bytes;
    std::memcpy(header.xxh3, s.xxh3.data(), kHashDigits);
    header.rows = s.rows;
    header.bad_lines = s.bad_lines;
    header.min_len = s.min_len;
    header.max_len = s.max_len;
    header.side_tokens = s.tokens;
    header.max_id = s.max_id;
    header.distinct_ids = s.distinct_ids;
    header.padding_ids = s.padding_ids;
    header.integer_labels = s.integer_labels ? 1 : 0;
    header.min_label = s.min_label;
    header.max_label = s.max_label;
    header.mean_label = s.mean_label;
    header.label_deviation = s.label_deviation;
}

Statistics get(const Header& header) {
    Statistics s;
    s.bytes = header.bytes;
    s.xxh3.assign(header.xxh3, kHashDigits);
    s.rows = header.rows;
    s.bad_lines = header.bad_lines;
    s.min_len = header.min_len;
    s.max_len = header.max_len;
    s.tokens = header.side_tokens;
    s.max_id = header.max_id;
    s.distinct_ids = header.distinct_ids;
    s.padding_ids = header.padding_ids;
    s.integer_labels = header.integer_labels != 0;
    s.min_label = header.min_label;
    s.max_label = header.max_label;
    s.mean_label = header.mean_label;
    s.label_deviation = header.label_deviation;
    return s;
}

// A new file for its owner only, as the pairs may be. Page after page, with the checksum of what lies behind
// the first. Removed again unless it is completed.
class TableWriter {
  public:
    explicit TableWriter(const std::string& path)
        : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
        if (file_ < 0) fail("cannot create");
        buffer_.reserve(kBlock);
    }
    ~TableWriter() {
        if (file_ < 0) return;
        ::close(file_);
        ::unlink(path_.c_str());
    }
    TableWriter(const TableWriter&) = delete;
    TableWriter& operator=(const TableWriter&) = delete;

    template <class T>
    void append(const T* values, std::size_t count) {
        const char* bytes = reinterpret_cast<const char*>(values);
        std::size_t size = count * sizeof(T);
        while (size > 0) {
            const std::size_t part = std::min(size, kBlock - buffer_.size());
            buffer_.insert(buffer_.end(), bytes, bytes + part);
            if (buffer_.size() == kBlock) flush();
            bytes += part;
            size -= part;
        }
        at_ += count * sizeof(T);
    }
    // The next array begins on a page.
    std::uint64_t align() {
        static constexpr char kZeros[kPage] = {};
        append(kZeros, (kPage - at_ % kPage) % kPage);
        return at_;
    }
    template <class T>
    Array append_array(const std::vector<T>& values) {
        const std::uint64_t begin = align();
        append(values.data(), values.size());
        return {begin, values.size()};
    }
    void complete(Header& header) {
        align();
        flush();
        header.file_bytes = at_;
        hash_.add(&header, kSummed);
        std::memcpy(header.checksum, hash_.hex().data(), kHashDigits);
        write(&header, sizeof header, 0);
        if (::fsync(file_) != 0) fail("cannot write to disk");
        if (::close(std::exchange(file_, -1)) != 0) {
            ::unlink(path_.c_str());
            fail("cannot write");
        }
    }

  private:
    static constexpr std::size_t kBlock = std::size_t{1} << 20;

    [[noreturn]] void fail(const char* what) const {
        throw TableWriteError(path_ + ": " + what + ": " + std::strerror(errno));
    }
    void write(const void* bytes, std::size_t size, std::uint64_t at) {
        if (!write_all(file_, bytes, size, at)) fail("cannot write");
    }
    void flush() {
        hash_.add(buffer_.data(), buffer_.size());
        write(buffer_.data(), buffer_.size(), flushed_);
        flushed_ += buffer_.size();
        buffer_.clear();
    }

    std::string path_;
    int file_;
    std::vector<char> buffer_;
    std::uint64_t at_ = kPage, flushed_ = kPage;
    StreamHash hash_;
};

// A file in memory, read-only and shared, as long as this lives.
class Mapping {
  public:
    explicit Mapping(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) return;
        struct stat status {};
        if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
            void* const mapped =
                ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_SHARED, file, 0);
            if (mapped != MAP_FAILED) {
                begin_ = static_cast<const char*>(mapped);
                size_ = static_cast<std::size_t>(status.st_size);
            }
        }
        ::close(file);
    }
    ~Mapping() {
        if (begin_ != nullptr) ::munmap(const_cast<char*>(begin_), size_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    std::uint64_t size() const { return size_; }
    const char* begin() const { return begin_; }
    // REQUIRES: holds(array, sizeof(T)).
    template <class T>
    std::span<const T> values(const Array& array) const {
        return {reinterpret_cast<const T*>(begin_ + array.at), array.count};
    }
    bool holds(const Array& array, std::size_t width) const {
        return array.at % kPage == 0 && array.at >= kPage && array.at <= size_ &&
               array.count <= (size_ - array.at) / width;
    }

  private:
    const char* begin_ = nullptr;
    std::size_t size_ = 0;
};

bool sound(const Mapping& file, const Header& header) {
    const auto rows = static_cast<std::uint64_t>(header.rows);
    if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.format != kTableFormat ||
        header.byte_order != kByteOrder || header.file_bytes != file.size())
        return false;
    const bool placed =
        file.holds(header.tokens, sizeof(std::int32_t)) && file.holds(header.bounds, sizeof(std::int64_t)) &&
        file.holds(header.labels, sizeof(float)) && file.holds(header.lengths[0], sizeof(Count)) &&
        file.holds(header.lengths[1], sizeof(Count)) && file.holds(header.classes, sizeof(Count));
    if (!placed || header.labels.count != rows || header.bounds.count != 2 * rows + 1) return false;
    StreamHash hash;
    hash.add(file.begin() + kPage, file.size() - kPage);
    hash.add(&header, kSummed);
    return hash.hex() == std::string_view(header.checksum, kHashDigits);
}

}  // namespace

std::optional<Statistics> write_table(const std::string& jsonl, std::int64_t most_bad,
                                      const std::string& aside) {
    TableWriter file(aside);
    std::vector<std::uint32_t> lengths;
    std::vector<float> labels;
    const std::uint64_t begin = file.align();
    const auto take = [&](const PairLine& pair) {
        for (const auto& ids : pair.side) {
            file.append(ids.data(), ids.size());
            lengths.push_back(static_cast<std::uint32_t>(ids.size()));
        }
        labels.push_back(static_cast<float>(pair.label));
    };
    std::optional<Statistics> statistics = read_pairs(jsonl, most_bad, take);
    if (!statistics) return std::nullopt;

    Header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.format = kTableFormat;
    header.byte_order = kByteOrder;
    put(*statistics, header);
    header.tokens = {begin, static_cast<std::uint64_t>(statistics->tokens[0] + statistics->tokens[1])};
    header.bounds = {file.align(), lengths.size() + 1};
    std::int64_t bound = 0;
    file.append(&bound, 1);
    for (const std::uint32_t length : lengths) {
        bound += length;
        file.append(&bound, 1);
    }
    header.labels = file.append_array(labels);
    for (int side = 0; side < 2; ++side) header.lengths[side] = file.append_array(statistics->lengths[side]);
    header.classes = file.append_array(statistics->classes);
    file.complete(header);
    return statistics;
}

std::optional<PairTable> map_table(const std::string& path) {
    const auto file = std::make_shared<const Mapping>(path);
    if (file->size() < kPage) return std::nullopt;
    Header header{};
    std::memcpy(&header, file->begin(), sizeof header);
    if (!sound(*file, header)) return std::nullopt;

    PairTable table;
    table.tokens = file->values<std::int32_t>(header.tokens);
    table.bounds = file->values<std::int64_t>(header.bounds);
    table.labels = file->values<float>(header.labels);
    table.statistics = get(header);
    const auto list = [&file](const Array& array) {
        const auto counts = file->values<Count>(array);
        return std::vector<Count>(counts.begin(), counts.end());
    };
    for (int side = 0; side < 2; ++side) table.statistics.lengths[side] = list(header.lengths[side]);
    table.statistics.classes = list(header.classes);
    table.memory = file;
    return table;
}

}  // namespace o2v::data
