#include "model/safetensors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "model/data/durable_file.hpp"
#include "model/data/hash.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

using nlohmann::json;

constexpr std::array kTypes{std::pair{torch::kFloat32, "F32"}, std::pair{torch::kFloat64, "F64"},
                            std::pair{torch::kInt64, "I64"}, std::pair{torch::kInt32, "I32"},
                            std::pair{torch::kUInt8, "U8"}};
constexpr std::uint64_t kMostHeader = 100'000'000;  // as in the reference implementation
constexpr const char* kMetadata = "__metadata__";
constexpr const char* kChecksum = "xxh3_128";
const std::string kNoChecksum(32, '0');

const char* type_name(torch::ScalarType type) {
    for (const auto& [known, name] : kTypes) {
        if (known == type) return name;
    }
    throw std::logic_error("safetensors: a tensor type that is not written");
}

std::optional<torch::ScalarType> type_of(const std::string& name) {
    for (const auto& [type, known] : kTypes) {
        if (known == name) return type;
    }
    return std::nullopt;
}

// Where the checksum's digits stand in the header; npos when it has none.
std::size_t checksum_place(const std::string& header) {
    const std::string key = '"' + std::string(kChecksum) + "\":\"";
    const std::size_t found = header.find(key);
    return found == std::string::npos ? found : found + key.size();
}

std::array<char, 8> length_bytes(std::uint64_t length) {
    std::array<char, 8> bytes;
    std::memcpy(bytes.data(), &length, bytes.size());
    return bytes;
}

class Reader {
  public:
    explicit Reader(const std::string& path)
        : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (file_ < 0) throw storage_error(path, "cannot open", errno);
        const off_t end = ::lseek(file_, 0, SEEK_END);
        if (end < 0 || ::lseek(file_, 0, SEEK_SET) != 0) damaged("cannot read");
        size_ = static_cast<std::uint64_t>(end);
    }
    ~Reader() {
        if (file_ >= 0) ::close(file_);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    TensorFile read();

  private:
    struct Entry {
        std::string name;
        torch::ScalarType type;
        std::vector<std::int64_t> shape;
        std::uint64_t begin, end;
    };

    [[noreturn]] void damaged(const std::string& what) const { throw StorageError(path_ + ": " + what); }
    void read_bytes(void* into, std::size_t size);
    Entry entry_of(const std::string& name, const json& value) const;

    std::string path_;
    int file_;
    std::uint64_t size_ = 0;
};

void Reader::read_bytes(void* into, std::size_t size) {
    char* at = static_cast<char*>(into);
    while (size > 0) {
        const ssize_t got = ::read(file_, at, size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) damaged(std::string("cannot read: ") + std::strerror(errno));
        if (got == 0) damaged("ends too early");
        at += got;
        size -= static_cast<std::size_t>(got);
    }
}

// Throws json::exception where members are missing or of another type.
Reader::Entry Reader::entry_of(const std::string& name, const json& value) const {
    const auto type = type_of(value.at("dtype").get<std::string>());
    if (!type) damaged("tensor " + name + ": unknown dtype");
    Entry entry{name, *type, value.at("shape").get<std::vector<std::int64_t>>(), 0, 0};
    const auto offsets = value.at("data_offsets").get<std::vector<std::uint64_t>>();
    if (offsets.size() != 2 || offsets[0] > offsets[1]) damaged("tensor " + name + ": wrong data_offsets");
    entry.begin = offsets[0];
    entry.end = offsets[1];
    std::uint64_t bytes = torch::elementSize(entry.type);
    bool empty = false;
    for (const std::int64_t extent : entry.shape) {
        constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
        const auto n = static_cast<std::uint64_t>(extent);
        if (extent < 0 || (n != 0 && bytes > kMost / n)) damaged("tensor " + name + ": wrong shape");
        if (n == 0)
            empty = true;  // its strides are those of the other extents all the same
        else
            bytes *= n;
    }
    if (empty) bytes = 0;
    if (bytes != entry.end - entry.begin)
        damaged("tensor " + name + ": its shape and its data_offsets disagree");
    return entry;
}

TensorFile Reader::read() {
    std::uint64_t header_size = 0;
    if (size_ < sizeof header_size) damaged("is no safetensors file: ends too early");
    read_bytes(&header_size, sizeof header_size);
    if (header_size > kMostHeader || header_size > size_ - sizeof header_size) {
        damaged("is no safetensors file: wrong header length");
    }
    std::string header(header_size, '\0');
    read_bytes(header.data(), header.size());

    TensorFile content;
    std::vector<Entry> entries;
    try {
        const json document = json::parse(header);
        for (const auto& [name, value] : document.items()) {
            if (name == kMetadata) {
                content.metadata = value.get<std::map<std::string, std::string>>();
            } else {
                entries.push_back(entry_of(name, value));
            }
        }
    } catch (const json::exception& error) {
        damaged(std::string("damaged header: ") + error.what());
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t end = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != end) damaged("tensor " + entry.name + ": its data overlap or leave a gap");
        end = entry.end;
    }
    if (end != size_ - sizeof header_size - header_size) damaged("its length is not what its header says");

    data::StreamHash hash;
    const std::size_t place = checksum_place(header);
    const bool checked = content.metadata.contains(kChecksum) && place != std::string::npos;
    if (checked) header.replace(place, kNoChecksum.size(), kNoChecksum);
    hash.add(length_bytes(header_size).data(), sizeof header_size);
    hash.add(header.data(), header.size());
    for (const Entry& entry : entries) {
        torch::Tensor tensor = torch::empty(entry.shape, entry.type);
        read_bytes(tensor.data_ptr(), entry.end - entry.begin);
        hash.add(tensor.data_ptr(), entry.end - entry.begin);
        content.tensors[entry.name] = tensor;
    }
    if (checked && hash.hex() != content.metadata[kChecksum])
        damaged("is damaged: its checksum does not agree");
    content.metadata.erase(kChecksum);
    return content;
}

}  // namespace

void write_safetensors(const std::string& path, const TensorFile& content, data::Former former) {
    json header;
    Tensors dense;
    std::uint64_t end = 0;
    for (const auto& [name, tensor] : content.tensors) {
        const torch::Tensor& plain = dense[name] = tensor.detach().to(torch::kCPU).contiguous();
        const std::uint64_t begin = end;
        end += static_cast<std::uint64_t>(plain.numel()) * plain.element_size();
        header[name] = {{"dtype", type_name(plain.scalar_type())},
                        {"shape", plain.sizes().vec()},
                        {"data_offsets", {begin, end}}};
    }
    header[kMetadata] = content.metadata;
    header[kMetadata][kChecksum] = kNoChecksum;
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const auto length = length_bytes(text.size());

    const auto each_tensor = [&](auto&& take) {
        for (const auto& [name, tensor] : dense) {
            take(tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()) * tensor.element_size());
        }
    };
    data::StreamHash hash;
    hash.add(length.data(), length.size());
    hash.add(text.data(), text.size());
    each_tensor([&](const void* bytes, std::size_t size) { hash.add(bytes, size); });
    text.replace(checksum_place(text), kNoChecksum.size(), hash.hex());

    data::DurableFile file(path);
    file.write(length.data(), length.size());
    file.write(text.data(), text.size());
    each_tensor([&](const void* bytes, std::size_t size) { file.write(bytes, size); });
    file.commit(former);
}

TensorFile read_safetensors(const std::string& path) {
    return Reader(path).read();
}

}  // namespace o2v::model
