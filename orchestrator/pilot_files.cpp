#include "orchestrator/pilot_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "model/data/dataset.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

// Of a file that many pilots ask for: computed anew only when it has another size or time.
std::string checksum_of(const std::string& path) {
    struct Known {
        std::uintmax_t size = 0;
        fs::file_time_type time;
        std::string checksum;
    };
    static std::map<std::string, Known> all;
    Known now{fs::file_size(path), fs::last_write_time(path), ""};
    Known& known = all[path];
    if (known.checksum.empty() || known.size != now.size || known.time != now.time) {
        now.checksum = data::file_hash(path);
        known = now;
    }
    return known.checksum;
}

bool stays_within(const std::string& path) {
    const fs::path relative(path);
    return !path.empty() && relative.is_relative() &&
           std::none_of(relative.begin(), relative.end(), [](const fs::path& part) { return part == ".."; });
}

}  // namespace

PilotFiles::~PilotFiles() {
    if (reading_ >= 0) close(reading_);
}

void PilotFiles::answer(const protocol::PilotDown& message) {
    channel_->send(pilot::Kind::pilot, protocol::encode(message));
}

void PilotFiles::trial_started(const protocol::StartTrial& order) {
    folder_ = order.folder;
    named_.clear();
    const protocol::DataPaths& data = order.data;
    for (const std::string& path : {data.train, data.validation, data.test, data.auxiliary, data.vocabulary0,
                                    data.vocabulary1, data.labels})
        if (!path.empty()) named_.push_back(path);
    for (const std::string& path : {order.resume_from, order.fork_from})
        if (!path.empty()) named_.insert(named_.end(), {path, data::previous_of(path)});
}

void PilotFiles::trial_ended() {
    folder_.clear();
    named_.clear();
    incoming_.reset();
}

bool PilotFiles::may_have(const std::string& path) const {
    return std::any_of(named_.begin(), named_.end(), [&](const std::string& name) {
        return path == name || (path.starts_with(name + '/') && stays_within(path.substr(name.size() + 1)));
    });
}

void PilotFiles::wanted(const protocol::FileWanted& file) {
    try {
        if (!may_have(file.path))
            return answer(protocol::FileRefused{file.path, "its trial does not name it"});
        if (!fs::is_directory(file.path)) return grant(file);
        protocol::FolderGranted folder{file.path, {}};
        for (const auto& entry : fs::directory_iterator(file.path))
            if (entry.is_regular_file()) folder.files.push_back(entry.path().filename().string());
        std::sort(folder.files.begin(), folder.files.end());
        answer(folder);
    } catch (const std::exception& e) {
        answer(protocol::FileRefused{file.path, e.what()});
    }
}

void PilotFiles::grant(const protocol::FileWanted& file) {
    protocol::FileGranted granted{file.path, fs::file_size(file.path), checksum_of(file.path)};
    if (file.content) {
        if (reading_ >= 0) close(reading_);
        reading_ = open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
        if (reading_ < 0) throw storage_error(file.path, "cannot be read", errno);
        unread_ = granted.bytes;
    }
    answer(granted);
    if (file.content) push();
}

void PilotFiles::drained() {
    if (reading_ >= 0) push();
}

void PilotFiles::push() {
    std::string bytes(std::min<std::uint64_t>(pilot::kChunk, unread_), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t got = read(reading_, bytes.data() + have, bytes.size() - have);
        if (got <= 0) break;  // it has shrunk: the checksum will tell
        have += static_cast<std::size_t>(got);
    }
    unread_ -= bytes.size();
    if (unread_ == 0) close(std::exchange(reading_, -1));
    if (!bytes.empty()) channel_->send(pilot::Kind::chunk, bytes);
}

void PilotFiles::offered(const protocol::FileOffered& file) {
    incoming_ = std::make_unique<Incoming>();
    incoming_->offer = file;
    incoming_->left = file.bytes;
    try {
        if (folder_.empty() || !stays_within(file.path))
            throw InputError(file.path, "", "is not its trial's");
        const std::string path = folder_ + '/' + file.path;
        fs::create_directories(fs::path(path).parent_path());
        incoming_->file = std::make_unique<data::DurableFile>(path);
    } catch (const std::exception& e) {
        incoming_->failure = e.what();
    }
    if (file.bytes == 0) complete();
}

bool PilotFiles::chunk(const std::string& bytes) {
    if (!incoming_ || bytes.size() > incoming_->left) return false;
    incoming_->left -= bytes.size();
    try {
        incoming_->hash.add(bytes.data(), bytes.size());
        if (incoming_->file) incoming_->file->write(bytes.data(), bytes.size());
    } catch (const std::exception& e) {
        incoming_->file.reset();
        incoming_->failure = e.what();
    }
    if (incoming_->left == 0) complete();
    return true;
}

void PilotFiles::complete() {
    const auto done = std::move(incoming_);
    try {
        if (done->file && done->hash.hex() != done->offer.checksum)
            done->failure = "what has come is not what was offered";
        else if (done->file)
            done->file->commit(data::Former::kept);
    } catch (const std::exception& e) {
        done->failure = e.what();
    }
    answer(protocol::FileStored{done->offer.path, done->failure});
}

}  // namespace o2v::orchestrator
