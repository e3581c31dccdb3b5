#include "orchestrator/cli/watch.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <chrono>

#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/control.hpp"
#include "orchestrator/live_view.hpp"
#include "orchestrator/study_tail.hpp"
#include "orchestrator/terminal_block.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;
using std::chrono::milliseconds;

constexpr int kPipeColumns = 1000;

volatile sig_atomic_t interrupted = 0;

void on_interrupt(int) {
    interrupted = 1;
}

milliseconds now() {
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

// A second, or until a signal.
void wait_a_second() {
    const timespec second{1, 0};
    if (!interrupted) nanosleep(&second, nullptr);
}

class Watch {
  public:
    explicit Watch(const orc::RunFolder& folder)
        : folder_(folder),
          tail_(folder.database()),
          study_(tail_.experiment().study),
          view_(study_),
          terminal_(terminal_width().has_value()) {}

    // What is recorded now. The first time it is all that was before, of which nothing is told.
    void look() {
        const std::vector<orc::TimedRun> runs = tail_.runs();
        begun_ = runs.empty() ? milliseconds(0) : runs.back().started;
        milliseconds earlier{0};
        for (std::size_t i = 0; i + 1 < runs.size(); ++i) earlier += runs[i].touched - runs[i].started;
        for (const orc::TimedEvent& timed : tail_.next()) {
            study_.apply(timed.event);
            // Of earlier runs the length of trials counts, and not what they took.
            const bool ours = timed.at >= begun_;
            if (ours && !ours_) view_ = orc::LiveView(study_);
            ours_ = ours_ || ours;
            if (ours) view_.tick(status(timed.at - begun_, earlier));
            if (ours) view_.happened(study_, timed.event, timed.at);
            if (ours && std::holds_alternative<TrialEnded>(timed.event)) ++ended_;
            if (looked_ && !terminal_)
                if (const std::string sentence = reports::event_sentence(study_, timed.event);
                    !sentence.empty())
                    fmt::print("{}\n", sentence);
        }
        if (!ours_ && !looked_) view_ = orc::LiveView(study_);
        status_ = status(std::max(milliseconds(0), now() - begun_), earlier);
        status_.paused = orc::is_paused(folder_);
        view_.tick(status_);
        looked_ = true;
    }

    void draw() {
        if (terminal_) {
            const orc::TerminalSize size = terminal_size();
            std::vector<std::string> lines = lines_for({size.columns - 1, std::max(1, size.rows - 1)});
            fmt::print("{}", block_.redraw({}, std::move(lines), size));
        } else if (!begun_telling_) {
            for (const std::string& line : lines_for({kPipeColumns, 2})) fmt::print("{}\n", line);
            begun_telling_ = true;
        }
        std::fflush(stdout);
    }
    // The drawing stays where it is.
    void leave(const std::string& last) {
        if (terminal_) fmt::print("\n");
        if (!terminal_) fmt::print("{}\n", orc::progress_line(study_, status_, std::nullopt, kPipeColumns));
        if (!last.empty()) fmt::print("{}\n", last);
        std::fflush(stdout);
    }
    bool is_running() const { return !orc::RunLock::holder(folder_).empty(); }

  private:
    orc::RunStatus status(milliseconds elapsed, milliseconds earlier) const {
        orc::RunStatus status;
        status.elapsed = elapsed;
        status.elapsed_all = earlier + elapsed;
        status.ended_this_run = ended_;
        status.slots = std::max(1, view_.slots_seen());
        return status;
    }
    std::vector<std::string> lines_for(orc::TerminalSize room) {
        std::vector<std::string> lines{
            orc::fit(fmt::format("study {}  ({}), run by {}", study_.spec().name,
                                 data::shown_path(folder_.path()), orc::RunLock::holder(folder_)),
                     room.columns)};
        if (room.rows < 2) lines.clear();
        room.rows -= static_cast<int>(lines.size());
        for (std::string& line : view_.lines(study_, status_, now(), room)) lines.push_back(std::move(line));
        return lines;
    }

    orc::RunFolder folder_;
    orc::StudyTail tail_;
    Study study_;
    orc::LiveView view_;
    orc::TerminalBlock block_;
    orc::RunStatus status_;
    bool terminal_ = false, looked_ = false, ours_ = false, begun_telling_ = false;
    milliseconds begun_{0};  // the run that goes on
    std::int64_t ended_ = 0;
};

}  // namespace

int watch(const orc::RunFolder& folder) {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    Watch view(folder);
    for (;;) {
        // Asked first: what an ended run has recorded is all there then.
        const bool running = view.is_running();
        view.look();
        view.draw();
        if (interrupted || !running) {
            view.leave(interrupted ? "" : "not running");
            return interrupted ? kInterrupted : kDone;
        }
        wait_a_second();
    }
}

}  // namespace o2v::cli
