#include "orchestrator/trial_log.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "worker/protocol/messages.hpp"

namespace o2v::orchestrator {
namespace {

// "slot-2/pid-4711" -> 2; "" for what is no slot's worker.
std::string slot_of(const std::string& worker) {
    constexpr std::string_view kSlot = "slot-";
    if (!worker.starts_with(kSlot)) return "";
    return worker.substr(kSlot.size(), worker.find('/') - kSlot.size());
}

std::string read_from(const std::string& file, std::int64_t offset) {
    std::ifstream in(file, std::ios::binary);
    if (!in.seekg(offset)) return "";
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

std::string TrialLog::next(const TrialStanding& standing) {
    const std::string own = folder_.trial(trial_) + "/output.log";
    if (file_ == own || std::filesystem::is_regular_file(own)) {
        if (file_ != own) offset_ = 0;
        file_ = own;
        std::string text = read();
        offset_ += std::ssize(text);
        return text;
    }
    if (standing.attempt != attempt_) {
        attempt_ = standing.attempt;
        file_ = folder_.logs() + "/worker-" + slot_of(standing.worker) + ".log";
        offset_ = 0;
        begun_ = over_ = false;
    }
    return attempt_ == 0 || over_ ? "" : from_worker_log(standing);
}

std::string TrialLog::read() {
    std::error_code error;
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file_, error));
    if (!error && size - offset_ > most_) offset_ = size - most_;
    return read_from(file_, offset_);
}

std::string TrialLog::from_worker_log(const TrialStanding& standing) {
    std::string text = read();
    if (!begun_) {
        const std::string marker = protocol::log_marker(trial_, standing.attempt);
        const std::size_t at = text.rfind(marker);
        if (at == std::string::npos) return "";
        begun_ = true;
        offset_ += static_cast<std::int64_t>(at + marker.size());
        text.erase(0, at + marker.size());
    }
    if (const std::size_t end = text.find(protocol::kLogMarker); end != std::string::npos) {
        text.resize(end);
        over_ = true;
    }
    offset_ += std::ssize(text);
    return text;
}

}  // namespace o2v::orchestrator
