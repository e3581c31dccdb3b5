#include "reports/tensorboard.hpp"

#include <array>
#include <bit>
#include <cmath>

#include "reports/protobuf.hpp"
#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

constexpr const char* kHparams = "hparams";
// google.protobuf.Value's and tensorboard.hparams' field numbers and enumerators.
constexpr int kTypeString = 1, kTypeFloat = 3;
constexpr int kSuccess = 1, kFailure = 2, kRunning = 3;

std::string value_message(const ParamValue& value) {
    Message message;
    if (const auto* text = std::get_if<std::string>(&value))
        message.text(3, *text);
    else
        message.number(2, to_number(value));
    return message.bytes();
}

// An Event with one Summary.Value.
std::string event_record(double time, std::int64_t step, const Message& value) {
    Message summary, event;
    summary.text(1, value.bytes());
    event.number(1, time);
    if (step != 0) event.integer(2, step);
    event.text(5, summary.bytes());
    return tf_record(event.bytes());
}

std::string version_record(double time) {
    Message event;
    event.number(1, time);
    event.text(3, "brain.Event:2");
    return tf_record(event.bytes());
}

std::string scalar_record(double time, std::int64_t step, const std::string& tag, double number) {
    Message value;
    value.text(1, tag);
    value.single(2, static_cast<float>(number));
    return event_record(time, step, value);
}

// HParamsPluginData with one of its fields, as a summary's metadata.
std::string hparams_record(double time, const std::string& tag, int field, const std::string& content) {
    Message data, plugin, metadata, value;
    data.text(field, content);
    plugin.text(1, kHparams);
    plugin.text(2, data.bytes());
    metadata.text(1, plugin.bytes());
    value.text(1, tag);
    value.text(9, metadata.bytes());
    return event_record(time, 0, value);
}

std::string tag_of(std::string metric) {
    if (const std::size_t colon = metric.find(':'); colon != std::string::npos) metric[colon] = '/';
    return metric;
}

std::string session_start(const Study& study, const Trial& trial, double started) {
    Message session;
    for (const auto& [name, value] : configuration_of(study, trial)) {
        Message entry;
        entry.text(1, name);
        entry.text(2, value_message(value));
        session.text(1, entry.bytes());
    }
    session.number(5, started);
    return session.bytes();
}

int status_of(const Trial& trial) {
    switch (trial.state()) {
        case TrialState::completed:
        case TrialState::pruned:
            return kSuccess;
        case TrialState::failed:
            return kFailure;
        default:
            return kRunning;
    }
}

std::string hparam_info(const Parameter& parameter) {
    Message info;
    info.text(1, parameter.name);
    const auto interval = [&](double min, double max) {
        Message range;
        range.number(1, min);
        range.number(2, max);
        info.integer(4, kTypeFloat);
        info.text(6, range.bytes());
    };
    if (const auto* floats = std::get_if<FloatDomain>(&parameter.domain)) {
        interval(floats->min, floats->max);
    } else if (const auto* integers = std::get_if<IntDomain>(&parameter.domain)) {
        interval(static_cast<double>(integers->min), static_cast<double>(integers->max));
    } else if (const std::vector<ParamValue>* values = listed_values(parameter.domain)) {
        Message list;
        bool words = false;
        for (const ParamValue& value : *values) {
            list.text(1, value_message(value));
            words = words || std::holds_alternative<std::string>(value);
        }
        info.integer(4, words ? kTypeString : kTypeFloat);
        info.text(5, list.bytes());
    }
    return info.bytes();
}

std::array<std::uint32_t, 256> crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
        table[i] = crc;
    }
    return table;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    static const std::array<std::uint32_t, 256> table = crc_table();
    std::uint32_t crc = ~0U;
    for (const char byte : bytes) crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

std::string tf_record(std::string_view bytes) {
    const auto masked = [](std::string_view of) { return std::rotr(crc32c(of), 15) + 0xA282EAD8U; };
    const std::string length = little_endian(bytes.size(), 8);
    return length + little_endian(masked(length), 4) + std::string(bytes) + little_endian(masked(bytes), 4);
}

std::string trial_events(const Study& study, const Trial& trial, double started,
                         const std::vector<double>& reported) {
    std::string file = version_record(started);
    file += hparams_record(started, "_hparams_/session_start_info", 3, session_start(study, trial, started));
    double last = started;
    for (std::size_t epoch = 0; epoch < trial.curve.size(); ++epoch) {
        if (epoch < reported.size()) last = reported[epoch];
        for (const auto& [name, value] : trial.curve[epoch].metrics)
            file += scalar_record(last, static_cast<std::int64_t>(epoch), tag_of(name), value);
    }
    // Figures of the kept model that no epoch has, those of the test data say.
    const auto step = trial.curve.empty() ? 0 : std::ssize(trial.curve) - 1;
    for (const auto& [name, value] : metrics_of(trial))
        if (trial.curve.empty() || !trial.curve.back().metrics.contains(name))
            file += scalar_record(last, step, tag_of(name), value);
    if (status_of(trial) == kRunning) return file;
    Message end;
    end.integer(1, status_of(trial));
    end.number(2, last);
    return file + hparams_record(last, "_hparams_/session_end_info", 4, end.bytes());
}

std::string study_events(const Study& study, double started) {
    Message experiment;
    experiment.number(3, started);
    for (const Parameter& parameter : study.spec().space.parameters())
        experiment.text(4, hparam_info(parameter));
    for (const std::string& metric : study.judged_metrics()) {
        Message name, info;
        name.text(2, tag_of(metric));
        info.text(1, name.bytes());
        info.text(3, metric);
        experiment.text(5, info.bytes());
    }
    experiment.text(6, study.spec().name);
    return version_record(started) + hparams_record(started, "_hparams_/experiment", 2, experiment.bytes());
}

}  // namespace o2v::reports
