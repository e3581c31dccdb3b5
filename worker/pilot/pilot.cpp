#include "worker/pilot/pilot.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <filesystem>
#include <utility>

#include "worker/pilot/own_process.hpp"

namespace o2v::pilot {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstPause{200}, kLongestPause{5000};
constexpr auto kStuck = 60s;  // a worker that does not leave its trial
constexpr int kFailedStarts = 3;
constexpr int kNotFound = 3, kNoWorker = 4;

bool sees(const protocol::PilotOrders& orders) {
    try {
        return data::read_whole(orders.folder + '/' + protocol::kBeacon) == orders.beacon;
    } catch (const std::exception&) {
        return false;
    }
}

std::string root_here(const protocol::PilotOrders& orders) {
    const std::string folder = variable("TMPDIR");
    return (folder.empty() ? "/tmp" : folder) + "/o2v-" + std::to_string(geteuid()) + '-' +
           orders.beacon.substr(0, 16);
}

}  // namespace

Identity identity_of(const protocol::PilotOrders& orders) {
    const std::string array = variable("SLURM_ARRAY_JOB_ID"), task = variable("SLURM_ARRAY_TASK_ID");
    if (!array.empty()) return {orders.submission + '.' + task, array + '_' + task};
    const std::string job = variable("SLURM_JOB_ID");
    return {orders.submission + '.' + (job.empty() ? host() + '-' + std::to_string(getpid()) : job), job};
}

Pilot::Pilot(asio::io_context& io, const protocol::PilotOrders& orders)
    : io_(io),
      orders_(orders),
      identity_(identity_of(orders)),
      process_(to_hex(random_bytes())),
      sees_folder_(sees(orders)),
      beat_(io),
      redial_(io),
      deadline_(io),
      stuck_(io),
      farewell_(io),
      signals_(io, SIGTERM, SIGINT, SIGUSR1),
      missed_since_(Clock::now()),
      pause_(kFirstPause) {
    if (!sees_folder_) mirror_ = std::make_unique<Mirror>(io, root_here(orders), process_.substr(0, 16));
    wait_for_signal();
    start_worker();
    dial();
    beat();
    learn_time_left();
}

Pilot::~Pilot() = default;

int Pilot::run() {
    io_.run();
    return code_;
}

// ---- the worker

void Pilot::start_worker() {
    hello_.reset();
    greeted_ = false;
    child_ = std::make_unique<Child>(
        io_, orders_,
        ChildCallbacks{{[this](protocol::Up message) { worker_said(std::move(message)); },
                        [this](std::string how) { worker_gone(how); }},
                       [this](std::string_view text) {
                           if (welcome_)
                               channel_->send(Kind::log, text);
                           else
                               fmt::print(stderr, "{}", text);
                       }});
}

void Pilot::worker_said(protocol::Up message) {
    if (auto* hello = std::get_if<protocol::Hello>(&message)) {
        hello_ = std::move(*hello);
        failed_starts_ = 0;
        greet();
    } else if (std::holds_alternative<protocol::Heartbeat>(message)) {
        if (greeted_) say(message);
    } else if (running_ && !running_->forgotten) {
        auto* failed = std::get_if<protocol::TrialFailed>(&message);
        if (mirror_ && failed && std::exchange(failed->medium, false)) leave(failed->message, true);
        pass_up(std::move(message));
    } else if (running_ && protocol::ends_attempt(message)) {
        trial_over();
    }
}

void Pilot::worker_gone(const std::string& how) {
    former_child_ = std::move(child_);  // this is called from within it
    former_child_->read_rest();
    asio::post(io_, [this] { former_child_.reset(); });
    log("its worker " + how);
    if (ending_) return end(code_);
    const bool had_greeted = hello_.has_value();
    going_up_.clear();
    taking_ = false;
    if (mirror_) {
        mirror_->lost();
        if (channel_) mirror_->use(channel_);
    }
    running_.reset();
    stuck_.cancel();
    if (welcome_) say(protocol::PilotUp(protocol::WorkerGone{how}));
    if (!had_greeted && ++failed_starts_ >= kFailedStarts) return end(kNoWorker);
    start_worker();
}

// Its worker is free for trials of the o2v-tune that is connected.
void Pilot::greet() {
    if (!welcome_ || greeted_ || !hello_ || running_ || leaving_) return;
    greeted_ = true;
    say(protocol::Up(*hello_));
}

// What it says goes up in its order, a file that it names before the word of it.
void Pilot::pass_up(protocol::Up message) {
    going_up_.push_back(std::move(message));
    if (!taking_) next_up();
}

void Pilot::next_up() {
    while (!going_up_.empty() && running_) {
        protocol::Up& message = going_up_.front();
        auto* saved = std::get_if<protocol::CheckpointSaved>(&message);
        auto* completed = std::get_if<protocol::TrialCompleted>(&message);
        std::string* path = saved ? &saved->path : completed ? &completed->model_path : nullptr;
        if (mirror_ && path && !path->empty()) {
            taking_ = true;
            const std::string here = *path;
            return mirror_->take(here, [this, path](const std::string& there, const auto& failure) {
                taking_ = false;
                if (!failure) {
                    *path = there;
                    say(going_up_.front());
                    const bool over = protocol::ends_attempt(going_up_.front());
                    going_up_.pop_front();
                    if (over) trial_over();
                } else if (protocol::ends_attempt(going_up_.front())) {
                    disk_failed({"its model could not be taken over: " + failure->why, failure->here});
                } else {  // a checkpoint the less
                    log("a checkpoint could not be taken over: " + failure->why);
                    going_up_.pop_front();
                }
                next_up();
            });
        }
        say(message);
        const bool over = protocol::ends_attempt(message);
        going_up_.pop_front();
        if (over) trial_over();
    }
}

void Pilot::trial_over() {
    const bool forgotten = running_ && running_->forgotten;
    running_.reset();
    going_up_.clear();
    stuck_.cancel();
    if (mirror_) mirror_->trial_ended();
    if (forgotten) greet();
    if (leaving_ && !channel_) end(0);
}

// No trial's fault: this machine's disk has the pilot leave, the study's ends the run.
void Pilot::disk_failed(const Mirror::Failure& failure) {
    if (failure.here) leave(failure.why, true);
    say(protocol::Up(protocol::TrialFailed{running_->order.trial, running_->order.attempt,
                                           FailureKind::interrupted, failure.why, !failure.here}));
    trial_over();
}

void Pilot::say(const protocol::Up& message) {
    constexpr std::size_t kFrameLength = 4;
    if (channel_) channel_->send(Kind::worker, std::string_view(encode(message)).substr(kFrameLength));
}

void Pilot::say(const protocol::PilotUp& message) {
    if (channel_) channel_->send(Kind::pilot, encode(message));
}

// ---- o2v-tune

void Pilot::dial() {
    std::make_shared<Dialer>(io_, orders_)
        ->dial([this](std::shared_ptr<Channel> channel, const std::string& why) {
            if (ending_) return;
            if (channel) return connected(std::move(channel));
            if (Clock::now() - missed_since_ > std::chrono::seconds(orders_.patience_seconds)) {
                log("o2v-tune is not found: " + why);
                return end(kNotFound);
            }
            if (pause_ == kFirstPause) log(why);
            redial_.expires_after(pause_);
            pause_ = std::min(2 * pause_, kLongestPause);
            redial_.async_wait([this](boost::system::error_code error) {
                if (!error) dial();
            });
        });
}

void Pilot::connected(std::shared_ptr<Channel> channel) {
    channel_ = std::move(channel);
    heard_ = Clock::now();
    pause_ = kFirstPause;
    log("connected to " + channel_->peer());
    if (mirror_) mirror_->use(channel_);
    channel_->start({[this](Kind kind, const std::string& body) { heard(kind, body); },
                     [this](const std::string& why) { lost(why); },
                     [this] {
                         if (mirror_) mirror_->drained();
                     }});
    protocol::PilotHello hello{protocol::kVersion,
                               identity_.pilot,
                               process_,
                               identity_.job,
                               host(),
                               getpid(),
                               variable("CUDA_VISIBLE_DEVICES"),
                               sees_folder_,
                               std::nullopt};
    if (ends_at_)
        hello.seconds_left =
            std::chrono::duration_cast<std::chrono::seconds>(*ends_at_ - Clock::now()).count();
    say(protocol::PilotUp(hello));
    if (leaving_) say(protocol::PilotUp(*leaving_));
}

void Pilot::lost(const std::string& why) {
    if (ending_) return;
    log("o2v-tune is lost: " + why);
    channel_.reset();
    welcome_ = greeted_ = false;
    missed_since_ = Clock::now();
    if (mirror_) mirror_->lost();
    going_up_.clear();
    taking_ = false;
    if (running_ && !running_->given) running_.reset();
    if (running_ && !running_->forgotten) {
        running_->forgotten = true;
        if (child_) child_->process().send(protocol::StopTrial{running_->order.trial, true});
        stuck_.expires_after(kStuck);
        stuck_.async_wait([this](boost::system::error_code error) {
            if (!error && running_ && running_->forgotten && child_) child_->process().kill();
        });
    }
    if (leaving_ && !running_) return end(0);
    dial();
}

void Pilot::heard(Kind kind, const std::string& body) {
    heard_ = Clock::now();
    try {
        if (kind == Kind::worker)
            told(protocol::decode_down(body));
        else if (kind == Kind::pilot)
            told(protocol::decode_pilot_down(body));
        else if (kind == Kind::chunk && mirror_)
            mirror_->chunk(body);
    } catch (const protocol::ProtocolError& e) {
        channel_->close();
        lost(std::string("it speaks otherwise: ") + e.what());
    }
}

void Pilot::told(protocol::Down message) {
    if (const auto* order = std::get_if<protocol::StartTrial>(&message)) return start(*order);
    const auto* stop = std::get_if<protocol::StopTrial>(&message);
    if (stop && running_ && !running_->given) {
        running_->stopped = true;
        return;
    }
    if (child_) child_->process().send(message);
}

void Pilot::told(const protocol::PilotDown& message) {
    if (const auto* welcome = std::get_if<protocol::Welcome>(&message)) {
        log(fmt::format("takes trials as slot {}", welcome->slot));
        welcome_ = true;
        return greet();
    }
    if (const auto* away = std::get_if<protocol::TurnedAway>(&message)) {
        log("turned away: " + away->why);
        return end(0);
    }
    if (std::holds_alternative<protocol::Release>(message)) return end(0);
    if (std::holds_alternative<protocol::KillWorker>(message) && child_) child_->process().kill();
    if (!mirror_) return;
    if (const auto* file = std::get_if<protocol::FileGranted>(&message)) mirror_->granted(*file);
    if (const auto* folder = std::get_if<protocol::FolderGranted>(&message)) mirror_->granted(*folder);
    if (const auto* refused = std::get_if<protocol::FileRefused>(&message)) mirror_->refused(*refused);
    if (const auto* stored = std::get_if<protocol::FileStored>(&message)) mirror_->stored(*stored);
}

void Pilot::start(const protocol::StartTrial& order) {
    running_ = Running{order};
    if (!mirror_) {
        running_->given = true;
        if (child_) child_->process().send(order);
        return;
    }
    mirror_->bring(order, [this](const protocol::StartTrial& here, const auto& failure) {
        if (running_->stopped) {
            say(protocol::Up(protocol::TrialStopped{here.trial, here.attempt}));
            trial_over();
        } else if (failure) {
            disk_failed({"its files could not be brought: " + failure->why, failure->here});
        } else {
            running_->given = true;
            if (child_) child_->process().send(here);
        }
    });
}

}  // namespace o2v::pilot
