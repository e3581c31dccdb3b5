#include "worker/seen_epochs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "worker/protocol/messages.hpp"

namespace o2v::worker {

// The file holds frames of the protocol, epoch_ended and trial_completed, of which only the measurements
// count; what the definition "epoch" found stands among the metrics.

SeenEpochs::~SeenEpochs() {
    if (file_ >= 0) close(file_);
}

void SeenEpochs::add(const EpochSeen& seen) {
    protocol::EpochEnded entry;
    entry.measurement.metrics = seen.line.metrics;
    entry.measurement.elapsed = seen.elapsed;
    if (seen.line.told)
        entry.measurement.metrics.emplace(protocol::kEpochDefinition, static_cast<double>(*seen.line.told));
    append(protocol::encode(protocol::Up(entry)));
}

void SeenEpochs::end(const Metrics& latest) {
    protocol::TrialCompleted entry;
    entry.metrics = latest;
    append(protocol::encode(protocol::Up(entry)));
}

void SeenEpochs::append(const std::string& frame) {
    if (file_ < 0) file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0 || write(file_, frame.data(), frame.size()) != static_cast<ssize_t>(frame.size()))
        throw std::system_error(errno, std::generic_category(), path_ + " cannot be written");
}

namespace {

void take(const protocol::Up& entry, SeenBefore& seen) {
    seen.ended.reset();
    if (const auto* end = std::get_if<protocol::TrialCompleted>(&entry)) seen.ended = end->metrics;
    const auto* epoch = std::get_if<protocol::EpochEnded>(&entry);
    if (!epoch) return;
    EpochSeen& one = seen.epochs.emplace_back();
    one.line.metrics = epoch->measurement.metrics;
    one.elapsed = epoch->measurement.elapsed;
    if (const auto told = one.line.metrics.extract(std::string(protocol::kEpochDefinition)))
        one.line.told = static_cast<std::int64_t>(told.mapped());
}

}  // namespace

SeenBefore read_seen(const std::string& path) {
    SeenBefore seen;
    std::ifstream file(path, std::ios::binary);
    std::array<char, 1 << 14> chunk;
    protocol::FrameReader frames;
    std::uintmax_t whole = 0;
    try {
        while (file.read(chunk.data(), chunk.size()) || file.gcount() > 0) {
            frames.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
            while (const auto frame = frames.next()) {
                take(protocol::decode_up(*frame), seen);
                whole += 4 + frame->size();
            }
        }
    } catch (const protocol::ProtocolError&) {
    }
    // What would be appended behind a torn entry could not be read.
    std::error_code none;
    if (std::filesystem::file_size(path, none) != whole && !none) std::filesystem::resize_file(path, whole);
    return seen;
}

}  // namespace o2v::worker
