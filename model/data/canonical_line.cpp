#include "model/data/canonical_line.hpp"

#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>

namespace o2v::data {
namespace {

const char* skip_blanks(const char* at) {
    while (*at == ' ' || *at == '\t') ++at;
    return at;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Eight bytes, the first one lowest.
std::uint64_t load(const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
    return bytes;
}

// The number of eight digits whose values (0 to 9) are the bytes, the highest place in the lowest byte:
// pairs, fours and eights of digits are joined by multiplications (Lemire, "Quickly parsing eight digits",
// 2018).
std::uint64_t joined(std::uint64_t digits) {
    constexpr std::uint64_t kMask = 0x000000FF000000FF;
    digits = digits * 10 + (digits >> 8);
    return ((digits & kMask) * 0x000F424000000064 + ((digits >> 16) & kMask) * 0x0000271000000001) >> 32;
}

// A token id; null when there is none that is written plainly and fits.
const char* read_id(const char* at, std::int32_t& id) {
    constexpr std::uint64_t kHigh = 0x8080808080808080;
    const std::uint64_t digits = load(at) ^ 0x3030303030303030;
    const std::uint64_t others = ((digits + 0x7676767676767676) | digits) & kHigh;
    if (others == 0) {  // eight digits or more
        if (*at == '0') return nullptr;
        std::uint64_t value = joined(digits);
        const char* end = at + 8;
        for (; is_digit(*end) && end - at < 11; ++end) {
            value = value * 10 + static_cast<std::uint64_t>(*end - '0');
        }
        if (value > std::numeric_limits<std::int32_t>::max()) return nullptr;
        id = static_cast<std::int32_t>(value);
        return end;
    }
    const int count = std::countr_zero(others) / 8;
    if (count == 0 || (*at == '0' && count > 1)) return nullptr;
    id = static_cast<std::int32_t>(joined(digits << (8 * (8 - count))));
    return at + count;
}

// From behind the "[" to behind the "]"; null when it is not written plainly or empty.
const char* read_ids(const char* at, const char* end, std::vector<std::int32_t>& ids) {
    // An id and its comma take two bytes at least.
    const auto most = static_cast<std::size_t>(end - at) / 2 + 1;
    if (ids.size() < most) ids.resize(most);
    std::int32_t* next = ids.data();
    for (;;) {
        at = read_id(skip_blanks(at), *next);
        if (at == nullptr) return nullptr;
        ++next;
        at = skip_blanks(at);
        if (*at == ']') break;
        if (*at != ',') return nullptr;
        ++at;
    }
    ids.resize(static_cast<std::size_t>(next - ids.data()));
    return at + 1;
}

// At most 15 digits are an exact double, and so is a power of ten up to 10^15, so that their quotient is
// rounded once: correctly (Clinger, PLDI 1990).
const char* read_label(const char* at, double& label) {
    static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const bool negative = *at == '-';
    if (negative) ++at;
    const char* const first = at;
    std::int64_t digits = 0;
    for (; is_digit(*at) && at - first < 16; ++at) digits = digits * 10 + (*at - '0');
    std::ptrdiff_t count = at - first, decimals = 0;
    if (count == 0 || (*first == '0' && count > 1)) return nullptr;
    if (*at == '.') {
        const char* const point = at++;
        for (; is_digit(*at) && at - first < 17; ++at) digits = digits * 10 + (*at - '0');
        decimals = at - point - 1;
        count += decimals;
        if (decimals == 0) return nullptr;
    }
    if (count > 15) return nullptr;
    const double value = static_cast<double>(digits) / kPowers[decimals];
    label = negative ? -value : value;
    return at;  // an exponent, or a digit too many, is no end of a value
}

bool begins_with(const char* at, std::string_view text) {
    return std::memcmp(at, text.data(), text.size()) == 0;
}

}  // namespace

bool read_canonical(std::string_view line, double& label, std::vector<std::int32_t> (&ids)[2]) {
    constexpr unsigned kLabel = 4, kAll = 7;  // bits of what has been read; 1 and 2 are the sides
    const char* at = skip_blanks(line.data());
    const char* const end = line.data() + line.size();
    if (*at != '{') return false;
    unsigned seen = 0;
    do {
        at = skip_blanks(at + 1);
        const bool is_label = begins_with(at, "\"label\"");
        const bool is_side = !is_label && (begins_with(at, "\"in0\"") || begins_with(at, "\"in1\""));
        if (!is_label && !is_side) return false;
        const int side = is_side ? at[3] - '0' : 0;
        const unsigned bit = is_label ? kLabel : 1u << side;
        if ((seen & bit) != 0) return false;
        seen |= bit;
        at = skip_blanks(at + (is_label ? 7 : 5));
        if (*at != ':') return false;
        at = skip_blanks(at + 1);
        if (is_label) {
            at = read_label(at, label);
        } else {
            at = *at == '[' ? read_ids(at + 1, end, ids[side]) : nullptr;
        }
        if (at == nullptr) return false;
        at = skip_blanks(at);
    } while (*at == ',');
    return seen == kAll && *at == '}' && skip_blanks(at + 1) == end;
}

}  // namespace o2v::data
