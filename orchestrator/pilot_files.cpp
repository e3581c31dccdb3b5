#include "orchestrator/pilot_files.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

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
    offered_.reset();
    receiving_.reset();
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
    const protocol::FileGranted granted{file.path, fs::file_size(file.path), checksum_of(file.path)};
    if (file.content) sending_.begin(file.path, granted.bytes);
    answer(granted);
    if (file.content) sending_.push(*channel_);
}

void PilotFiles::offered(const protocol::FileOffered& file) {
    offered_ = file;
    receiving_.reset();
    ignored_ = 0;
    try {
        if (folder_.empty() || !stays_within(file.path))
            throw InputError(file.path, "", "is not its trial's");
        receiving_ =
            std::make_unique<pilot::FileReceiver>(folder_ + '/' + file.path, file.bytes, file.checksum);
        if (file.bytes == 0) chunk("");
    } catch (const std::exception& e) {
        ignored_ = file.bytes;
        stored(e.what());
    }
}

bool PilotFiles::chunk(const std::string& bytes) {
    if (!receiving_) {
        if (bytes.size() > ignored_) return false;
        ignored_ -= bytes.size();
        return true;
    }
    try {
        if (!receiving_->add(bytes)) return false;
        if (receiving_->left() > 0) return true;
        receiving_->finish(data::Former::kept);
        stored("");
    } catch (const std::exception& e) {
        ignored_ = receiving_->left();
        stored(e.what());
    }
    return true;
}

void PilotFiles::stored(const std::string& failure) {
    receiving_.reset();
    answer(protocol::FileStored{offered_->path, failure});
}

}  // namespace o2v::orchestrator
