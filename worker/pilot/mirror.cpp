#include "worker/pilot/mirror.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <utility>

#include "model/data/dataset.hpp"
#include "search/study/errors.hpp"

namespace o2v::pilot {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLook{50};  // at a file that another pilot of this machine is fetching

int locked(const std::string& path, int how) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) throw storage_error(path, "cannot be created", errno);
    if (flock(file, how | LOCK_NB) == 0) return file;
    close(file);
    return -1;
}

void forget(int& file) {
    if (file >= 0) close(std::exchange(file, -1));
}

}  // namespace

Mirror::Mirror(boost::asio::io_context& io, const std::string& root, const std::string& process)
    : root_(root), trials_(root + "/trials-" + process), patience_(io) {
    fs::create_directories(root_ + "/data");
    fs::create_directories(trials_);
    fs::permissions(root_, fs::perms::owner_all);
    lock_ = locked(root_ + "/lock", LOCK_SH);
    if (lock_ < 0) throw StorageError(root_ + "/lock: cannot be locked");
}

Mirror::~Mirror() {
    lost();
    std::error_code ignored;
    fs::remove_all(trials_, ignored);
    if (flock(lock_, LOCK_EX | LOCK_NB) == 0) fs::remove_all(root_, ignored);
    forget(lock_);
}

void Mirror::use(std::shared_ptr<Channel> channel) {
    channel_ = std::move(channel);
}

void Mirror::lost() {
    channel_.reset();
    patience_.cancel();
    wishes_.clear();
    known_.reset();
    incoming_.reset();
    forget(content_lock_);
    brought_ = nullptr;
    offers_.clear();
    sending_.drop();
    taken_ = nullptr;
}

void Mirror::bring(const protocol::StartTrial& order, Brought done) {
    order_ = order;
    brought_ = std::move(done);
    folder_there_ = order.folder;
    folder_here_ = trials_ + "/trial-" + std::to_string(order.trial) + '-' + std::to_string(order.attempt);
    order_.folder = folder_here_;
    wishes_.clear();
    for (std::string* path :
         {&order_.data.train, &order_.data.validation, &order_.data.test, &order_.data.auxiliary,
          &order_.data.vocabulary0, &order_.data.vocabulary1, &order_.data.labels})
        if (!path->empty()) wishes_.push_back({*path, "", path, false});
    for (auto [path, name] : {std::pair{&order_.resume_from, "resume"}, {&order_.fork_from, "fork"}}) {
        if (path->empty()) continue;
        const std::string here = folder_here_ + '/' + name;
        wishes_.push_back({*path, here, path, true});
        wishes_.push_back({data::previous_of(*path), data::previous_of(here), nullptr, true});
    }
    trying([this] {
        fs::create_directories(folder_here_);
        next_wish();
    });
}

void Mirror::next_wish() {
    known_.reset();
    forget(content_lock_);
    if (wishes_.empty()) return std::exchange(brought_, nullptr)(order_, std::nullopt);
    if (channel_)
        channel_->send(Kind::pilot, encode(protocol::PilotUp(protocol::FileWanted{
                                        wishes_.front().there, !wishes_.front().here.empty()})));
}

void Mirror::wish_fulfilled(const std::string& here) {
    const Wish& wish = wishes_.front();
    if (wish.named) *wish.named = here;
    if (!wish.linked.empty()) {
        std::error_code error;
        fs::create_hard_link(here, wish.linked, error);
        if (error)
            fs::create_symlink(fs::absolute(here), wish.linked);  // not every file system has hard ones
    }
    wishes_.pop_front();
    next_wish();
}

void Mirror::fail(const Failure& failure) {
    wishes_.clear();
    known_.reset();
    incoming_.reset();
    forget(content_lock_);
    if (brought_) std::exchange(brought_, nullptr)(order_, failure);
}

template <class Work>
void Mirror::trying(const Work& work) {
    try {
        work();
    } catch (const std::exception& e) {
        fail({e.what(), true});
    }
}

void Mirror::granted(const protocol::FolderGranted& folder) {
    if (wishes_.empty() || wishes_.front().there != folder.path) return;
    Wish wish = std::move(wishes_.front());
    wishes_.pop_front();
    const bool cached = wish.here.empty();
    const std::string here =
        cached ? folder_here_ + ".given/" + fs::path(folder.path).filename().string() : wish.here;
    for (auto file = folder.files.rbegin(); file != folder.files.rend(); ++file)
        if (*file == fs::path(*file).filename())
            wishes_.push_front({folder.path + '/' + *file, cached ? "" : here + '/' + *file, nullptr, false,
                                cached ? here + '/' + *file : ""});
    if (wish.named) *wish.named = here;
    trying([&] {
        fs::create_directories(here);
        next_wish();
    });
}

// Asked which file it is: one that lies here is not fetched again.
void Mirror::granted(const protocol::FileGranted& file) {
    if (wishes_.empty() || wishes_.front().there != file.path) return;
    const Wish& wish = wishes_.front();
    if (wish.here.empty() && !known_) {
        known_ = file;
        return trying([this] { want_content(); });
    }
    const std::string here =
        wish.here.empty() ? root_ + "/data/" + file.checksum + '/' + fs::path(file.path).filename().string()
                          : wish.here;
    trying([&] {
        incoming_ = std::make_unique<FileReceiver>(here, file.bytes, file.checksum);
        if (file.bytes == 0) chunk("");
    });
}

// Once a machine: another pilot may be fetching it.
void Mirror::want_content() {
    const std::string folder = root_ + "/data/" + known_->checksum;
    const std::string here = folder + '/' + fs::path(known_->path).filename().string();
    if (fs::exists(here)) return wish_fulfilled(here);
    content_lock_ = locked(folder + ".lock", LOCK_EX);
    if (content_lock_ >= 0) {
        if (fs::exists(here)) return wish_fulfilled(here);
        channel_->send(Kind::pilot, encode(protocol::PilotUp(protocol::FileWanted{known_->path, true})));
        return;
    }
    patience_.expires_after(kLook);
    patience_.async_wait([this](boost::system::error_code error) {
        if (!error && known_) trying([this] { want_content(); });
    });
}

void Mirror::refused(const protocol::FileRefused& file) {
    if (wishes_.empty() || wishes_.front().there != file.path) return;
    // The worker finds that it is not there, and takes the one before it.
    if (wishes_.front().may_lack) return wish_fulfilled(wishes_.front().here);
    fail({file.path + ": " + file.why, false});
}

void Mirror::chunk(const std::string& bytes) {
    if (!incoming_) return;
    trying([&] {
        if (!incoming_->add(bytes))
            return fail({incoming_->path() + ": more has come than was promised", false});
        if (incoming_->left() > 0) return;
        const auto done = std::move(incoming_);
        done->finish(data::Former::replaced);
        wish_fulfilled(done->path());
    });
}

void Mirror::take(const std::string& path, Taken done) {
    taken_ = std::move(done);
    taking_ = path;
    const auto within = [&](const fs::path& file) { return file.lexically_relative(folder_here_).string(); };
    try {
        if (!fs::is_directory(path))
            offers_.push_back({path, within(path)});
        else
            for (const auto& entry : fs::recursive_directory_iterator(path))
                if (entry.is_regular_file()) offers_.push_back({entry.path().string(), within(entry.path())});
    } catch (const std::exception& e) {
        offers_.clear();
        return std::exchange(taken_, nullptr)("", Failure{e.what(), true});
    }
    next_offer();
}

void Mirror::next_offer() {
    if (!channel_ || !taken_) return;
    if (offers_.empty()) {
        const std::string there =
            folder_there_ + '/' + fs::path(taking_).lexically_relative(folder_here_).string();
        return std::exchange(taken_, nullptr)(there, std::nullopt);
    }
    try {
        const Outgoing& offer = offers_.front();
        const std::string checksum = data::file_hash(offer.here);
        const std::uint64_t bytes = fs::file_size(offer.here);
        sending_.begin(offer.here, bytes);
        channel_->send(Kind::pilot,
                       encode(protocol::PilotUp(protocol::FileOffered{offer.within, bytes, checksum})));
        sending_.push(*channel_);
    } catch (const std::exception& e) {
        offers_.clear();
        std::exchange(taken_, nullptr)("", Failure{e.what(), true});
    }
}

void Mirror::drained() {
    if (channel_) sending_.push(*channel_);
}

void Mirror::stored(const protocol::FileStored& file) {
    if (offers_.empty() || offers_.front().within != file.path) return;
    offers_.pop_front();
    if (file.failure.empty()) return next_offer();
    offers_.clear();
    if (taken_) std::exchange(taken_, nullptr)("", Failure{file.failure, false});
}

void Mirror::trial_ended() {
    std::error_code ignored;
    fs::remove_all(folder_here_, ignored);
    fs::remove_all(folder_here_ + ".given", ignored);
}

}  // namespace o2v::pilot
