#include "worker/protocol/messages.hpp"

#include "worker/protocol/fields.hpp"

namespace o2v::protocol {

template <class A, OneOf<MetricDefinition> T>
void fields(A& a, T& v) {
    a("name", v.name);
    a("regex", v.regex);
}
template <class A, OneOf<CommandSpec> T>
void fields(A& a, T& v) {
    a("arguments", v.arguments);
    a("folder", v.folder);
    a("metrics", v.metrics);
    a("value", v.value);
}
template <class A, OneOf<StartTrial> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("seed", v.seed);
    a("hyperparameters", v.hyperparameters);
    a("problem", v.problem);
    a.maybe("command", v.command);
    a("goal", v.goal);
    a("keep", v.keep);
    a.maybe("asked_metrics", v.asked_metrics);
    a("data", v.data);
    a("folder", v.folder);
    a("resume_from", v.resume_from);
    a("fork_from", v.fork_from);
    a("epochs_recorded", v.epochs_recorded);
    a("checkpoint_seconds", v.checkpoint_seconds);
}
template <class A, OneOf<Proceed> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
}
template <class A, OneOf<StopTrial> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("save", v.save);
}
template <class A, OneOf<Shutdown> T>
void fields(A&, T&) {}

template <class A, OneOf<Hello> T>
void fields(A& a, T& v) {
    a("protocol", v.protocol);
    a("version", v.version);
    a("pid", v.pid);
    a("host", v.host);
    a("device", v.device);
    a("device_name", v.device_name);
    a("gpus", v.gpus);
    a("cores", v.cores);
    a("threads", v.threads);
    a("torch_version", v.torch_version);
    a("blas", v.blas);
    a("reference_blas", v.reference_blas);
}
template <class A, OneOf<Heartbeat> T>
void fields(A& a, T& v) {
    a("memory_bytes", v.memory_bytes);
}
template <class A, OneOf<EpochEnded> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("measurement", v.measurement);
}
template <class A, OneOf<CheckpointSaved> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("epoch", v.epoch);
    a("path", v.path);
}
template <class A, OneOf<TrialCompleted> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("metrics", v.metrics);
    a("best_epoch", v.best_epoch);
    a("model_path", v.model_path);
}
template <class A, OneOf<TrialDiverged> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("message", v.message);
}
template <class A, OneOf<TrialStopped> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
}
template <class A, OneOf<TrialFailed> T>
void fields(A& a, T& v) {
    a("trial", v.trial);
    a("attempt", v.attempt);
    a("kind", v.kind);
    a("message", v.message);
    a("medium", v.medium);
}

namespace {

constexpr const char* kDown[] = {"start_trial", "proceed", "stop_trial", "shutdown"};
constexpr const char* kUp[] = {"hello",           "heartbeat",      "epoch_ended",   "checkpoint_saved",
                               "trial_completed", "trial_diverged", "trial_stopped", "trial_failed"};

std::string frame(const nlohmann::json& json) {
    // A worker's text (an exception's what()) may hold bytes that are not UTF-8: replaced, not thrown over.
    const std::string body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string out;
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((body.size() >> shift) & 0xff);
    return out + body;
}

nlohmann::json parse(const std::string& text) {
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::exception& e) {
        throw ProtocolError(e.what());
    }
}

}  // namespace

std::string encode(const Down& message) {
    return frame(encode_variant(message, "type", kDown));
}
std::string encode(const Up& message) {
    return frame(encode_variant(message, "type", kUp));
}
Down decode_down(const std::string& json) {
    return decode_variant<Down>(parse(json), "type", kDown);
}
Up decode_up(const std::string& json) {
    return decode_variant<Up>(parse(json), "type", kUp);
}

AttemptName attempt_of(const Up& message) {
    return std::visit(
        [](const auto& m) -> AttemptName {
            if constexpr (requires { m.trial; }) return {m.trial, m.attempt};
            return {};
        },
        message);
}

bool ends_attempt(const Up& message) {
    return attempt_of(message).trial >= 0 && !std::holds_alternative<EpochEnded>(message) &&
           !std::holds_alternative<CheckpointSaved>(message);
}

std::optional<std::string> FrameReader::next() {
    if (buffer_.size() < 4) return std::nullopt;
    std::uint32_t size = 0;
    for (int i = 3; i >= 0; --i)
        size = (size << 8) | static_cast<unsigned char>(buffer_[static_cast<std::size_t>(i)]);
    if (size > kMaxFrame)
        throw ProtocolError("a frame of " + std::to_string(size) + " bytes is over the limit");
    if (buffer_.size() < 4 + static_cast<std::size_t>(size)) return std::nullopt;
    std::string body = buffer_.substr(4, size);
    buffer_.erase(0, 4 + static_cast<std::size_t>(size));
    return body;
}

std::string log_marker(TrialId trial, int attempt) {
    return kLogMarker + std::to_string(trial) + ", attempt " + std::to_string(attempt) + " ==\n";
}

}  // namespace o2v::protocol
