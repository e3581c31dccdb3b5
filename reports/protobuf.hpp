// The wire format of Protocol Buffers, as much of it as is written here:
// https://protobuf.dev/programming-guides/encoding. Private to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace o2v::reports {

// The lowest `bytes` bytes, the lowest first.
std::string little_endian(std::uint64_t value, int bytes);

// A message's fields, in the order in which they are added. Numbers of fields are those of its .proto file.
class Message {
  public:
    void integer(int field, std::int64_t value);   // int32, int64, enum, bool
    void number(int field, double value);          // double
    void single(int field, float value);           // float
    void text(int field, std::string_view bytes);  // string, bytes, another message
    const std::string& bytes() const { return bytes_; }

  private:
    void tag(int field, unsigned wire_type);
    void varint(std::uint64_t value);

    std::string bytes_;
};

}  // namespace o2v::reports
