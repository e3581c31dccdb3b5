#include "worker/pilot/wire/channel.hpp"

#include <utility>

namespace o2v::pilot {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kLength = 4, kMac = 16;

void put(std::string& bytes, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(number >> 8 * i & 0xff);
}

std::uint32_t length_at(const std::string& bytes, std::size_t at) {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < kLength; ++i)
        length |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
    return length;
}

// `content`: the kind and the body.
std::string mac_of(const Bytes32& key, std::uint64_t number, std::string_view content) {
    std::string message;
    message.reserve(8 + content.size());
    put(message, number, 8);
    message += content;
    const Bytes32 whole = hmac(key, message);
    return {reinterpret_cast<const char*>(whole.data()), kMac};
}

bool is_kind(char c) {
    return c == 'w' || c == 'p' || c == 'l' || c == 'd';
}

}  // namespace

Channel::Channel(std::shared_ptr<Stream> stream, const FrameKeys& keys, Side mine)
    : stream_(std::move(stream)),
      sending_key_(mine == Side::tune ? keys.to_pilot : keys.to_tune),
      receiving_key_(mine == Side::tune ? keys.to_tune : keys.to_pilot) {}

void Channel::start(ChannelCallbacks callbacks) {
    call(std::move(callbacks));
    read();
}

void Channel::call(ChannelCallbacks callbacks) {
    callbacks_ = std::make_shared<const ChannelCallbacks>(std::move(callbacks));
}

void Channel::send(Kind kind, std::string_view body) {
    if (closed_ || closing_) return;
    std::string content(1, static_cast<char>(kind));
    content += body;
    put(pending_, content.size() + kMac, kLength);
    pending_ += content;
    pending_ += mac_of(sending_key_, sent_++, content);
    if (waiting() > kMostWaiting) return stream_->close();  // the read under way fails, and says so
    write();
}

void Channel::write() {
    if (closed_ || !writing_.empty()) return;
    if (pending_.empty()) {
        if (closing_)
            close();
        else if (const auto callbacks = callbacks_; callbacks && callbacks->drained)
            callbacks->drained();
        return;
    }
    writing_.swap(pending_);
    stream_->write(asio::buffer(writing_),
                   [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                       self->writing_.clear();
                       if (error) return self->fail(error.message());
                       self->write();
                   });
}

void Channel::read() {
    stream_->read_some(asio::buffer(chunk_),
                       [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                           if (self->closed_) return;
                           if (error) return self->fail(error.message());
                           self->take(size);
                           if (!self->closed_) self->read();
                       });
}

void Channel::take(std::size_t size) {
    incoming_.append(chunk_.data(), size);
    while (!closed_ && incoming_.size() - consumed_ >= kLength) {
        const std::uint32_t length = length_at(incoming_, consumed_);
        if (length <= kMac || length > kMaxBody + kMac + 1) return fail("it sent a frame of a wrong length");
        if (incoming_.size() - consumed_ < kLength + length) break;
        const std::string_view frame = std::string_view(incoming_).substr(consumed_ + kLength, length);
        const std::string_view content = frame.substr(0, length - kMac);
        if (mac_of(receiving_key_, received_++, content) != frame.substr(length - kMac) ||
            !is_kind(content.front()))
            return fail("it sent a frame that is not genuine");
        std::string body(content.substr(1));
        const auto kind = static_cast<Kind>(content.front());
        consumed_ += kLength + length;
        const auto callbacks = callbacks_;  // they may be replaced meanwhile
        if (callbacks && callbacks->frame) callbacks->frame(kind, std::move(body));
    }
    if (closed_) return;
    incoming_.erase(0, consumed_);
    consumed_ = 0;
}

void Channel::fail(const std::string& why) {
    const auto callbacks = callbacks_;
    if (closed_) return;
    close();
    if (callbacks && callbacks->closed) callbacks->closed(why);
}

void Channel::close() {
    if (std::exchange(closed_, true)) return;
    stream_->close();
    callbacks_.reset();  // they hold what they speak of
}

void Channel::close_when_sent() {
    closing_ = true;
    callbacks_.reset();
    write();
}

}  // namespace o2v::pilot
