#include "worker/protocol/json.hpp"

#include "worker/protocol/fields.hpp"

namespace o2v::protocol {
namespace {

constexpr const char* kEvents[] = {"trial_created", "attempt_started", "reported",
                                   "checkpointed",  "pausing",         "paused",
                                   "resumed",       "attempt_failed",  "trial_ended"};
constexpr const char* kEndings[] = {"completed", "pruned", "failed"};

}  // namespace

nlohmann::json to_json(const ParamValue& value) {
    if (const auto* number = std::get_if<double>(&value)) return encode_value(*number);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
    return std::get<std::string>(value);
}

ParamValue param_from_json(const nlohmann::json& json) {
    if (json.is_boolean()) return std::string(json.get<bool>() ? "true" : "false");
    if (json.is_number_integer()) return json.get<std::int64_t>();
    if (json.is_number_float()) return json.get<double>();
    if (json.is_string()) return json.get<std::string>();
    throw ProtocolError("a parameter's value is a number, a text or a boolean, not " + json.dump());
}

nlohmann::json to_json(const Assignment& params) {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& [name, value] : params) json[name] = to_json(value);
    return json;
}

Assignment assignment_from_json(const nlohmann::json& json) {
    Assignment params;
    for (const auto& [name, value] : json.items()) params[name] = param_from_json(value);
    return params;
}

nlohmann::json to_json(const Metrics& metrics) {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& [name, value] : metrics) json[name] = encode_value(value);
    return json;
}

template <class A, OneOf<TrialCreated> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("params", v.params);
    a("seed", v.seed);
    a.maybe("why", v.why);
    a.maybe("fork", v.fork);
}
template <class A, OneOf<AttemptStarted> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("worker", v.worker);
    a("device", v.device);
    a("host", v.host);
    a("cores", v.cores);
}
template <class A, OneOf<Reported> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("measurement", v.measurement);
}
template <class A, OneOf<Checkpointed> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("checkpoint", v.checkpoint);
}
template <class A, OneOf<Pausing, Paused> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("reason", v.reason);
}
template <class A, OneOf<Resumed> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
}
template <class A, OneOf<AttemptFailed> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("kind", v.kind);
    a("message", v.message);
}

nlohmann::json encode_value(const Ending& v) {
    return encode_variant(v, "state", kEndings);
}
void decode_value(const nlohmann::json& j, Ending& v) {
    v = decode_variant<Ending>(j, "state", kEndings);
}

template <class A, OneOf<TrialEnded> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("ending", v.ending);
}

nlohmann::json to_json(const TrialEvent& event) {
    return encode_variant(event, "event", kEvents);
}
TrialEvent event_from_json(const nlohmann::json& json) {
    return decode_variant<TrialEvent>(json, "event", kEvents);
}

}  // namespace o2v::protocol
