// One list of fields per struct, from which both directions of the JSON codec are made. Private to the
// protocol room.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>

#include "search/study/errors.hpp"
#include "worker/protocol/json.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::protocol {

template <class T, class... Options>
concept OneOf = (std::same_as<std::remove_const_t<T>, Options> || ...);

// ---- scalars

inline nlohmann::json encode_value(double v) {
    if (std::isfinite(v)) return v;
    return std::isnan(v) ? "nan" : v > 0 ? "inf" : "-inf";
}
inline void decode_value(const nlohmann::json& j, double& v) {
    if (j.is_number()) {
        v = j.get<double>();
        return;
    }
    const auto text = j.get<std::string>();
    if (text == "nan")
        v = std::numeric_limits<double>::quiet_NaN();
    else if (text == "inf")
        v = std::numeric_limits<double>::infinity();
    else if (text == "-inf")
        v = -std::numeric_limits<double>::infinity();
    else
        throw ProtocolError("not a number: " + text);
}

inline nlohmann::json encode_value(std::chrono::milliseconds v) {
    return v.count();
}
inline void decode_value(const nlohmann::json& j, std::chrono::milliseconds& v) {
    v = std::chrono::milliseconds(j.get<std::int64_t>());
}

inline nlohmann::json encode_value(FailureKind v) {
    return to_text(v);
}
inline void decode_value(const nlohmann::json& j, FailureKind& v) {
    v = failure_kind_from_text(j.get<std::string>());
}

inline nlohmann::json encode_value(Direction v) {
    return to_text(v);
}
inline void decode_value(const nlohmann::json& j, Direction& v) {
    const auto text = j.get<std::string>();
    const auto direction = direction_from_text(text);
    if (!direction) throw ProtocolError("unknown direction: " + text);
    v = *direction;
}

// Words in the order of the enumerators, which count from 0.
template <class Enum, std::size_t N>
void decode_word(const nlohmann::json& j, const char* what, const char* const (&words)[N], Enum& v) {
    const auto text = j.get<std::string>();
    const auto found = std::find(std::begin(words), std::end(words), text);
    if (found == std::end(words)) throw ProtocolError(std::string("unknown ") + what + ": " + text);
    v = static_cast<Enum>(found - std::begin(words));
}

inline constexpr const char* kKeepWords[] = {"loss", "objective", "last"};
inline nlohmann::json encode_value(Keep v) {
    return kKeepWords[static_cast<std::size_t>(v)];
}
inline void decode_value(const nlohmann::json& j, Keep& v) {
    decode_word(j, "keep", kKeepWords, v);
}

inline constexpr const char* kValueRuleWords[] = {"last", "best"};
inline nlohmann::json encode_value(ValueRule v) {
    return kValueRuleWords[static_cast<std::size_t>(v)];
}
inline void decode_value(const nlohmann::json& j, ValueRule& v) {
    decode_word(j, "value rule", kValueRuleWords, v);
}

inline nlohmann::json encode_value(const Assignment& v) {
    return to_json(v);
}
inline void decode_value(const nlohmann::json& j, Assignment& v) {
    v = assignment_from_json(j);
}

inline nlohmann::json encode_value(const Metrics& v) {
    return to_json(v);
}
inline void decode_value(const nlohmann::json& j, Metrics& v) {
    for (const auto& [name, value] : j.items()) decode_value(value, v[name]);
}

template <class T>
requires OneOf<T, std::string, bool, int, std::int64_t, std::uint64_t> nlohmann::json encode_value(
    const T& v) {
    return v;
}
template <class T>
requires OneOf<T, std::string, bool, int, std::int64_t, std::uint64_t>
void decode_value(const nlohmann::json& j, T& v) {
    j.get_to(v);
}

// ---- structs: `a` is a Writer or a Reader, `v` accordingly const or not

template <class A, OneOf<Measurement> T>
void fields(A& a, T& v) {
    a("epoch", v.epoch);
    a("metrics", v.metrics);
    a("elapsed_ms", v.elapsed);
    a("pairs_per_second", v.pairs_per_second);
    a("peak_memory_bytes", v.peak_memory_bytes);
    a.maybe("joules", v.joules);
}
template <class A, OneOf<Checkpoint> T>
void fields(A& a, T& v) {
    a("path", v.path);
    a("epoch", v.epoch);
}
template <class A, OneOf<Fork> T>
void fields(A& a, T& v) {
    a("parent", v.parent);
    a("epoch", v.epoch);
}
template <class A, OneOf<Goal> T>
void fields(A& a, T& v) {
    a("metric", v.metric);
    a("direction", v.direction);
}
template <class A, OneOf<DataPaths> T>
void fields(A& a, T& v) {
    a("train", v.train);
    a("validation", v.validation);
    a("test", v.test);
    a("auxiliary", v.auxiliary);
    a("vocabulary0", v.vocabulary0);
    a("vocabulary1", v.vocabulary1);
    a("labels", v.labels);
    a("skip_bad_lines", v.skip_bad_lines);
}
template <class A, OneOf<Completed> T>
void fields(A& a, T& v) {
    a("metrics", v.metrics);
    a("best_epoch", v.best_epoch);
    a("model_path", v.model_path);
}
template <class A, OneOf<Pruned> T>
void fields(A& a, T& v) {
    a("reason", v.reason);
    a("diverged", v.diverged);
}
template <class A, OneOf<Failure> T>
void fields(A& a, T& v) {
    a("kind", v.kind);
    a("message", v.message);
}

nlohmann::json encode_value(const Ending& v);  // in json.cpp
void decode_value(const nlohmann::json& j, Ending& v);
template <class T>
nlohmann::json encode_value(const T& v);
template <class T>
void decode_value(const nlohmann::json& j, T& v);
template <class T>
nlohmann::json encode_value(const std::vector<T>& v) {
    nlohmann::json json = nlohmann::json::array();
    for (const T& item : v) json.push_back(encode_value(item));
    return json;
}
template <class T>
void decode_value(const nlohmann::json& j, std::vector<T>& v) {
    v.clear();
    for (const nlohmann::json& item : j.get_ref<const nlohmann::json::array_t&>())
        decode_value(item, v.emplace_back());
}

struct Writer {
    nlohmann::json& json;
    template <class T>
    void operator()(const char* name, const T& v) {
        json[name] = encode_value(v);
    }
    // Left out when it is what a new value has; so older texts read as well.
    template <class T>
    void maybe(const char* name, const T& v) {
        if (v != T{}) (*this)(name, v);
    }
    template <class T>
    void maybe(const char* name, const std::optional<T>& v) {
        if (v) (*this)(name, *v);
    }
};
struct Reader {
    const nlohmann::json& json;
    template <class T>
    void operator()(const char* name, T& v) {
        decode_value(json.at(name), v);
    }
    template <class T>
    void maybe(const char* name, T& v) {
        if (json.contains(name)) (*this)(name, v);
    }
    template <class T>
    void maybe(const char* name, std::optional<T>& v) {
        if (json.contains(name)) (*this)(name, v.emplace());
    }
};

template <class T>
nlohmann::json encode_value(const T& v) {
    nlohmann::json json = nlohmann::json::object();
    Writer writer{json};
    fields(writer, v);
    return json;
}
template <class T>
void decode_value(const nlohmann::json& j, T& v) {
    Reader reader{j};
    fields(reader, v);
}

// A variant as {"<tag>": "<name of the alternative>", fields...}. `names` in the order of the alternatives.
template <class... Ts>
nlohmann::json encode_variant(const std::variant<Ts...>& v, const char* tag,
                              const char* const (&names)[sizeof...(Ts)]) {
    nlohmann::json json = std::visit([](const auto& alternative) { return encode_value(alternative); }, v);
    json[tag] = names[v.index()];
    return json;
}
template <class Variant, std::size_t... I>
Variant decode_variant(const nlohmann::json& j, const char* tag, const char* const* names,
                       std::index_sequence<I...>) {
    const auto name = j.at(tag).get<std::string>();
    std::optional<Variant> v;
    const auto attempt = [&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
        if (v || name != names[K]) return;
        std::variant_alternative_t<K, Variant> alternative;
        decode_value(j, alternative);
        v = std::move(alternative);
    };
    (attempt(std::integral_constant<std::size_t, I>{}), ...);
    if (!v) throw ProtocolError(std::string("unknown ") + tag + ": " + name);
    return *std::move(v);
}
template <class Variant, std::size_t N>
Variant decode_variant(const nlohmann::json& j, const char* tag, const char* const (&names)[N]) {
    static_assert(N == std::variant_size_v<Variant>);
    try {
        return decode_variant<Variant>(j, tag, names, std::make_index_sequence<N>{});
    } catch (const nlohmann::json::exception& e) {
        throw ProtocolError(e.what());
    } catch (const InputError& e) {
        throw ProtocolError(e.what());
    }
}

}  // namespace o2v::protocol
