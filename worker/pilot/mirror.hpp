// Where a pilot does not see the study's folder: what its trials need is brought, and what they leave is
// taken back, over the connection. One transfer each way at a time.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "worker/pilot/wire/channel.hpp"
#include "worker/pilot/wire/file_transfer.hpp"
#include "worker/protocol/pilot_messages.hpp"

namespace o2v::pilot {

class Mirror {
  public:
    // `root`: a folder on this machine for this study, which other pilots of it may use too; created, and
    // removed by the last of them. `process` names this pilot among them. Throws StorageError.
    Mirror(boost::asio::io_context& io, const std::string& root, const std::string& process);
    ~Mirror();
    Mirror(const Mirror&) = delete;
    Mirror& operator=(const Mirror&) = delete;

    // From now on the transfers go over this one; those under way begin anew with their next call.
    void use(std::shared_ptr<Channel> channel);
    void lost();  // there is none: whatever is under way is forgotten

    struct Failure {
        std::string why;
        bool here;  // this machine's, with which others have nothing to do; or else o2v-tune's
    };
    // Brings what the trial's order names; the order given back names what has been brought instead.
    using Brought =
        std::function<void(const protocol::StartTrial& order, const std::optional<Failure>& failure)>;
    void bring(const protocol::StartTrial& order, Brought done);
    // Takes the file, or all files of the folder, of the running trial to where it belongs. `there` is that
    // place, empty when it has not got there.
    using Taken = std::function<void(const std::string& there, const std::optional<Failure>& failure)>;
    void take(const std::string& path, Taken done);
    void trial_ended();  // its files here are removed

    // What arrives.
    void granted(const protocol::FileGranted& file);
    void granted(const protocol::FolderGranted& folder);
    void refused(const protocol::FileRefused& file);
    void chunk(const std::string& bytes);
    void stored(const protocol::FileStored& file);
    void drained();

  private:
    struct Wish {
        std::string there, here;       // here: empty = a place in the cache, by its checksum
        std::string* named = nullptr;  // the order's own word for it, which becomes `here`
        bool may_lack = false;         // a former checkpoint
        std::string linked = "";       // where what lies in the cache is to be as well; empty = nowhere
    };
    struct Outgoing {
        std::string here, within;
    };

    void next_wish();
    void wish_fulfilled(const std::string& here);
    void fail(const Failure& failure);
    // Whatever it throws is the running fetch's failure, and this machine's.
    template <class Work>
    void trying(const Work& work);
    void want_content();
    void next_offer();

    std::string root_, trials_;
    int lock_ = -1;
    std::shared_ptr<Channel> channel_;

    protocol::StartTrial order_;
    std::string folder_here_, folder_there_;
    std::deque<Wish> wishes_;
    std::optional<protocol::FileGranted> known_;  // of the first wish: which file it is
    int content_lock_ = -1;
    boost::asio::steady_timer patience_;
    std::unique_ptr<FileReceiver> incoming_;
    Brought brought_;

    std::deque<Outgoing> offers_;
    std::string taking_;
    FileSender sending_;
    Taken taken_;
};

}  // namespace o2v::pilot
