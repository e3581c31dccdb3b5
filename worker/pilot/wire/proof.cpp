#include "worker/pilot/wire/proof.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace o2v::pilot {
namespace {

constexpr std::string_view kMagic = "o2vpilo1";  // the last letter is the version

std::string_view text_of(const Bytes32& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes32 bytes_at(std::string_view text, std::size_t at) {
    Bytes32 bytes;
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), bytes.size(), bytes.begin());
    return bytes;
}

Bytes32 purpose(const Bytes32& secret, std::string_view name, const Bytes32& of_tune,
                const Bytes32& of_pilot) {
    return hmac(secret,
                std::string(name) + '\0' + std::string(text_of(of_tune)) + std::string(text_of(of_pilot)));
}

FrameKeys keys_of(const Bytes32& secret, const Bytes32& of_tune, const Bytes32& of_pilot) {
    return {purpose(secret, "frames to o2v-tune", of_tune, of_pilot),
            purpose(secret, "frames to the pilot", of_tune, of_pilot)};
}

int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

Bytes32 random_bytes() {
    Bytes32 bytes;
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("the system has no random numbers to give");
    return bytes;
}

std::string to_hex(const Bytes32& bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

std::optional<Bytes32> from_hex(std::string_view text) {
    Bytes32 bytes;
    if (text.size() != 2 * bytes.size()) return std::nullopt;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[i] = static_cast<unsigned char>(high << 4 | low);
    }
    return bytes;
}

Bytes32 hmac(const Bytes32& key, std::string_view message) {
    Bytes32 mac;
    unsigned int size = 0;
    if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(), &size) ||
        size != mac.size())
        throw std::runtime_error("OpenSSL computes no HMAC");
    return mac;
}

bool equal(const Bytes32& a, const Bytes32& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Challenger::Challenger(const Bytes32& secret) : secret_(secret), mine_(random_bytes()) {}

std::string Challenger::challenge() const {
    return std::string(kMagic) + std::string(text_of(mine_));
}

std::optional<std::string> Challenger::confirm(std::string_view answer) {
    theirs_ = bytes_at(answer, kMagic.size());
    const Bytes32 proof = bytes_at(answer, kMagic.size() + theirs_.size());
    if (!answer.starts_with(kMagic) || !equal(proof, purpose(secret_, "pilot", mine_, theirs_)))
        return std::nullopt;
    return std::string(text_of(purpose(secret_, "o2v-tune", mine_, theirs_)));
}

FrameKeys Challenger::keys() const {
    return keys_of(secret_, mine_, theirs_);
}

Answerer::Answerer(const Bytes32& secret) : secret_(secret), mine_(random_bytes()) {}

std::optional<std::string> Answerer::answer(std::string_view challenge) {
    if (!challenge.starts_with(kMagic)) return std::nullopt;
    theirs_ = bytes_at(challenge, kMagic.size());
    return std::string(kMagic) + std::string(text_of(mine_)) +
           std::string(text_of(purpose(secret_, "pilot", theirs_, mine_)));
}

bool Answerer::is_confirmed(std::string_view confirmation) const {
    return equal(bytes_at(confirmation, 0), purpose(secret_, "o2v-tune", theirs_, mine_));
}

FrameKeys Answerer::keys() const {
    return keys_of(secret_, theirs_, mine_);
}

}  // namespace o2v::pilot
