#include "worker/protocol/pilot_messages.hpp"

#include "worker/protocol/fields.hpp"

namespace o2v::protocol {

template <class A, OneOf<PilotOrders> T>
void fields(A& a, T& v) {
    a("addresses", v.addresses);
    a("secret", v.secret);
    a("certificate", v.certificate);
    a("submission", v.submission);
    a("worker", v.worker);
    a("threads", v.threads);
    a("devices", v.devices);
    a("folder", v.folder);
    a("beacon", v.beacon);
    a("patience_seconds", v.patience_seconds);
    a("leave_seconds", v.leave_seconds);
}
template <class A, OneOf<PilotHello> T>
void fields(A& a, T& v) {
    a("protocol", v.protocol);
    a("pilot", v.pilot);
    a("process", v.process);
    a("job", v.job);
    a("host", v.host);
    a("pid", v.pid);
    a("gpus", v.gpus);
    a("sees_folder", v.sees_folder);
    a.maybe("seconds_left", v.seconds_left);
}
template <class A, OneOf<PilotHere, Release, KillWorker, TuneHere> T>
void fields(A&, T&) {}
template <class A, OneOf<WorkerGone> T>
void fields(A& a, T& v) {
    a("how", v.how);
}
template <class A, OneOf<PilotLeaves> T>
void fields(A& a, T& v) {
    a("why", v.why);
    a("useless", v.useless);
}
template <class A, OneOf<TurnedAway> T>
void fields(A& a, T& v) {
    a("why", v.why);
}
template <class A, OneOf<FileWanted> T>
void fields(A& a, T& v) {
    a("path", v.path);
    a("content", v.content);
}
template <class A, OneOf<FileOffered, FileGranted> T>
void fields(A& a, T& v) {
    a("path", v.path);
    a("bytes", v.bytes);
    a("checksum", v.checksum);
}
template <class A, OneOf<Welcome> T>
void fields(A& a, T& v) {
    a("slot", v.slot);
}
template <class A, OneOf<FolderGranted> T>
void fields(A& a, T& v) {
    a("path", v.path);
    a("files", v.files);
}
template <class A, OneOf<FileRefused> T>
void fields(A& a, T& v) {
    a("path", v.path);
    a("why", v.why);
}
template <class A, OneOf<FileStored> T>
void fields(A& a, T& v) {
    a("path", v.path);
    a("failure", v.failure);
}

namespace {

constexpr const char* kUp[] = {"pilot_hello",  "pilot_here",  "worker_gone",
                               "pilot_leaves", "file_wanted", "file_offered"};
constexpr const char* kDown[] = {"welcome",      "turned_away",    "release",      "kill_worker", "tune_here",
                                 "file_granted", "folder_granted", "file_refused", "file_stored"};

std::string text(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <class Decode>
auto decoded(const std::string& text, const Decode& decode) {
    try {
        return decode(nlohmann::json::parse(text));
    } catch (const nlohmann::json::exception& e) {
        throw ProtocolError(e.what());
    }
}

}  // namespace

std::string encode(const PilotUp& message) {
    return text(encode_variant(message, "type", kUp));
}
std::string encode(const PilotDown& message) {
    return text(encode_variant(message, "type", kDown));
}
std::string encode(const PilotOrders& orders) {
    return text(encode_value(orders));
}
PilotUp decode_pilot_up(const std::string& json) {
    return decoded(json, [](const nlohmann::json& j) { return decode_variant<PilotUp>(j, "type", kUp); });
}
PilotDown decode_pilot_down(const std::string& json) {
    return decoded(json, [](const nlohmann::json& j) { return decode_variant<PilotDown>(j, "type", kDown); });
}
PilotOrders decode_pilot_orders(const std::string& json) {
    return decoded(json, [](const nlohmann::json& j) {
        PilotOrders orders;
        decode_value(j, orders);
        return orders;
    });
}

}  // namespace o2v::protocol
