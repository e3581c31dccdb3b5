// Frames over a connection whose two ends have proved themselves: 4 bytes length (little-endian, of what
// follows), a byte that tells the kind, the body, and 16 bytes of an HMAC over the frame's number, kind and
// body, so that nothing can be put in, repeated or left out on the way.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "worker/pilot/wire/proof.hpp"
#include "worker/pilot/wire/stream.hpp"

namespace o2v::pilot {

enum class Kind : char {
    worker = 'w',  // a message of worker/protocol, as it is between o2v-tune and a worker
    pilot = 'p',   // a message of worker/protocol/pilot_messages.hpp
    log = 'l',     // what the worker has printed
    chunk = 'd'    // a part of a file, of at most kChunk bytes
};

inline constexpr std::uint32_t kMaxBody = 16u << 20;
inline constexpr std::size_t kChunk = 256u << 10;
// What may wait to be sent; the peer of more than that takes nothing any more.
inline constexpr std::size_t kMostWaiting = 64u << 20;

struct ChannelCallbacks {
    std::function<void(Kind, std::string body)> frame;
    std::function<void(const std::string& why)> closed;  // once and last, unless close() was called
    std::function<void()> drained;                       // all that waited has been sent
};

enum class Side { tune, pilot };

class Channel : public std::enable_shared_from_this<Channel> {
  public:
    Channel(std::shared_ptr<Stream> stream, const FrameKeys& keys, Side mine);

    void start(ChannelCallbacks callbacks);
    // Who is called from now on.
    void call(ChannelCallbacks callbacks);
    void send(Kind kind, std::string_view body);
    std::size_t waiting() const { return pending_.size() + writing_.size(); }
    void close();  // what waits is lost, and no callback follows
    // Sends what waits, and then closes; no callback follows.
    void close_when_sent();
    std::string peer() const { return stream_->peer(); }

  private:
    void read();
    void take(std::size_t size);
    void write();
    void fail(const std::string& why);

    std::shared_ptr<Stream> stream_;
    Bytes32 sending_key_, receiving_key_;
    std::uint64_t sent_ = 0, received_ = 0;
    std::shared_ptr<const ChannelCallbacks> callbacks_;  // null once it is closed
    std::string pending_, writing_;
    std::string incoming_;
    std::size_t consumed_ = 0;
    std::array<char, 1 << 16> chunk_;
    bool closed_ = false, closing_ = false;
};

}  // namespace o2v::pilot
