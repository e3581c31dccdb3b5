#include "reports/protobuf.hpp"

#include <bit>

namespace o2v::reports {
namespace {

constexpr unsigned kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5;

}  // namespace

std::string little_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value & 0xFF);
    return text;
}

void Message::integer(int field, std::int64_t value) {
    tag(field, kVarint);
    varint(static_cast<std::uint64_t>(value));
}

void Message::number(int field, double value) {
    tag(field, kFixed64);
    bytes_ += little_endian(std::bit_cast<std::uint64_t>(value), 8);
}

void Message::single(int field, float value) {
    tag(field, kFixed32);
    bytes_ += little_endian(std::bit_cast<std::uint32_t>(value), 4);
}

void Message::text(int field, std::string_view bytes) {
    tag(field, kLengthDelimited);
    varint(bytes.size());
    bytes_ += bytes;
}

void Message::tag(int field, unsigned wire_type) {
    varint(static_cast<std::uint64_t>(field) << 3 | wire_type);
}

void Message::varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7F) | 0x80);
    bytes_ += static_cast<char>(value);
}

}  // namespace o2v::reports
