#include "search/study/assignment.hpp"

#include <array>
#include <charconv>

namespace o2v {

std::string to_text(const ParamValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::get<double>(value)).ptr;
    return {buffer.data(), end};
}

std::string to_text(const Assignment& params) {
    std::string text;
    for (const auto& [name, value] : params) {
        if (!text.empty()) text += ", ";
        text += name + '=' + to_text(value);
    }
    return text;
}

double to_number(const ParamValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    return std::get<double>(value);
}

double uniform01(Rng& rng) {
    return static_cast<double>(rng() >> 11) * 0x1.0p-53;
}

std::uint64_t uniform_index(Rng& rng, std::uint64_t n) {
    const std::uint64_t threshold = (0 - n) % n;  // 2^64 mod n: values below it would be drawn too often
    for (;;) {
        const std::uint64_t drawn = rng();
        if (drawn >= threshold) return drawn % n;
    }
}

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream) {
    const auto mix = [](std::uint64_t z) {
        z += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    };
    return mix(mix(seed) ^ stream);
}

}  // namespace o2v
