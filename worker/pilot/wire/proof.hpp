// How a pilot and o2v-tune prove to each other that both know the study's secret, on a connection that
// anybody may have opened. Nothing but these fixed numbers of bytes is read before.
//
//   o2v-tune -> pilot: challenge    magic, nonce of o2v-tune
//   pilot -> o2v-tune: answer       magic, nonce of the pilot, HMAC over both nonces
//   o2v-tune -> pilot: confirmation HMAC over both nonces
//
// Each nonce is new for its connection, so that what was overheard proves nothing later. The HMACs are
// SHA-256's (RFC 2104), each purpose with a name of its own. From the same come the keys of the frames.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace o2v::pilot {

using Bytes32 = std::array<unsigned char, 32>;

// From the operating system's generator. Throws std::runtime_error when there is none.
Bytes32 random_bytes();
std::string to_hex(const Bytes32& bytes);
// nullopt for what is not 64 hexadecimal digits.
std::optional<Bytes32> from_hex(std::string_view text);

Bytes32 hmac(const Bytes32& key, std::string_view message);
// In a time that tells nothing of where they differ.
bool equal(const Bytes32& a, const Bytes32& b);

inline constexpr std::size_t kChallengeSize = 8 + 32, kAnswerSize = 8 + 64, kConfirmationSize = 32;

// Of the frames of one connection.
struct FrameKeys {
    Bytes32 to_tune{}, to_pilot{};
};

// o2v-tune's side of one connection.
class Challenger {
  public:
    explicit Challenger(const Bytes32& secret);
    std::string challenge() const;
    // The confirmation to send; nullopt when the answer proves nothing. REQUIRES: kAnswerSize bytes.
    std::optional<std::string> confirm(std::string_view answer);
    FrameKeys keys() const;  // REQUIRES: confirm() has returned one

  private:
    Bytes32 secret_, mine_, theirs_{};
};

// The pilot's.
class Answerer {
  public:
    explicit Answerer(const Bytes32& secret);
    // nullopt when it is no challenge of this protocol. REQUIRES: kChallengeSize bytes.
    std::optional<std::string> answer(std::string_view challenge);
    // REQUIRES: answer() has returned one, kConfirmationSize bytes.
    bool is_confirmed(std::string_view confirmation) const;
    FrameKeys keys() const;

  private:
    Bytes32 secret_, mine_, theirs_{};
};

}  // namespace o2v::pilot
