#include "model/safetensors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/data/durable_file.hpp"
#include "model/data/hash.hpp"
#include "model/format/tensor_header.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

using nlohmann::json;

constexpr std::array kTypes{std::pair{torch::kFloat32, "F32"}, std::pair{torch::kFloat64, "F64"},
                            std::pair{torch::kInt64, "I64"}, std::pair{torch::kInt32, "I32"},
                            std::pair{torch::kUInt8, "U8"}};
constexpr const char* kMetadata = "__metadata__";
constexpr const char* kChecksum = "xxh3_128";
const std::string kNoChecksum(32, '0');

const char* type_name(torch::ScalarType type) {
    for (const auto& [known, name] : kTypes) {
        if (known == type) return name;
    }
    throw std::logic_error("safetensors: a tensor type that is not written");
}

torch::ScalarType type_of(const std::string& name) {
    for (const auto& [type, known] : kTypes) {
        if (known == name) return type;
    }
    throw std::logic_error("safetensors: a type that parse_tensor_header does not know");
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
    [[noreturn]] void damaged(const std::string& what) const { throw StorageError(path_ + ": " + what); }
    void read_bytes(void* into, std::size_t size);

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

TensorFile Reader::read() {
    std::uint64_t header_size = 0;
    std::string text;
    TensorHeader header;
    try {
        if (size_ >= sizeof header_size) read_bytes(&header_size, sizeof header_size);
        text.resize(header_length(header_size, size_));
        read_bytes(text.data(), text.size());
        header = parse_tensor_header(text, size_ - sizeof header_size - header_size);
    } catch (const HeaderError& error) {
        damaged(error.what());
    }
    TensorFile content;
    content.metadata = std::move(header.metadata);

    data::StreamHash hash;
    const std::size_t place = checksum_place(text);
    const bool checked = content.metadata.contains(kChecksum) && place != std::string::npos;
    if (checked) text.replace(place, kNoChecksum.size(), kNoChecksum);
    hash.add(length_bytes(header_size).data(), sizeof header_size);
    hash.add(text.data(), text.size());
    for (const TensorEntry& entry : header.entries) {
        torch::Tensor tensor = torch::empty(entry.shape, type_of(entry.type));
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
