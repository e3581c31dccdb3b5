// XXH3-128 checksums (Collet, xxHash specification) as 32 hexadecimal digits, canonical byte order.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace o2v::data {

// A checksum over bytes that come in pieces.
class StreamHash {
  public:
    StreamHash();
    ~StreamHash();
    StreamHash(const StreamHash&) = delete;
    StreamHash& operator=(const StreamHash&) = delete;

    void add(const void* bytes, std::size_t size);
    // Of all bytes added so far; more may follow.
    std::string hex() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace o2v::data
