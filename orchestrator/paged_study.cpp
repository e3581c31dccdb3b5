#include "orchestrator/paged_study.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <type_traits>
#include <utility>

#include "orchestrator/programs.hpp"
#include "orchestrator/trial_log.hpp"
#include "search/fanova.hpp"
#include "search/ped_anova.hpp"

namespace o2v::orchestrator {
namespace {

constexpr std::size_t kLogTrials = 40;
constexpr std::size_t kLogBytes = 4096;
constexpr std::int64_t kLogRead = 8 << 20;  // a worker's log is begun anew beyond that

double seconds(std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

double now() {
    return seconds(std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch()));
}

reports::PageImportance page_importance(const char* method, search::Importances found) {
    reports::PageImportance page{method, {}, std::move(found.remark)};
    for (search::Importance& one : found.shares)
        page.shares.emplace_back(std::move(one.parameter), one.share);
    return page;
}

}  // namespace

PagedStudy::PagedStudy(const RunFolder& folder, const std::string& shown)
    : folder_(folder),
      shown_(shown),
      tail_(std::make_unique<StudyTail>(folder.database())),
      study_(tail_->experiment().study) {}

std::vector<TrialId> PagedStudy::refresh() {
    std::set<TrialId> changed;
    for (const TimedEvent& timed : tail_->next()) {
        study_.apply(timed.event);
        const TrialId trial = trial_of(timed.event);
        changed.insert(trial);
        std::vector<reports::TimeSpan>& attempts = attempts_[trial];
        std::visit(
            [&](const auto& event) {
                using Event = std::decay_t<decltype(event)>;
                constexpr bool ends = std::is_same_v<Event, Paused> || std::is_same_v<Event, AttemptFailed> ||
                                      std::is_same_v<Event, TrialEnded>;
                if constexpr (std::is_same_v<Event, AttemptStarted>)
                    attempts.push_back({seconds(timed.at)});
                else if constexpr (ends)
                    if (!attempts.empty() && !attempts.back().end) attempts.back().end = seconds(timed.at);
            },
            timed.event);
    }
    return {changed.begin(), changed.end()};
}

reports::PageExtras PagedStudy::extras(bool running) const {
    reports::PageExtras extras;
    extras.run = shell_word(shown_);
    extras.version = O2V_VERSION;
    extras.running = running;
    extras.now = now();
    for (const TimedRun& run : tail_->runs())
        extras.runs.push_back({seconds(run.started), seconds(run.touched)});
    if (extras.running && !extras.runs.empty()) extras.runs.back().end.reset();
    extras.attempts = attempts_;
    return extras;
}

std::vector<reports::PageImportance> page_importance(const Study& study) {
    return {page_importance("PED-ANOVA", search::ped_anova(study)),
            page_importance("fANOVA", search::fanova(study, {.seed = study.spec().search.seed}))};
}

std::string log_tail(const RunFolder& folder, const Study& study, TrialId id, std::size_t bytes) {
    const Trial& trial = study.trial(id);
    if (trial.attempts.empty()) return "";
    const AttemptStarted& latest = trial.attempts.back().started;
    std::string text = TrialLog(folder, id, kLogRead).next({trial.state(), latest.attempt, latest.worker});
    if (text.size() <= bytes) return text;
    text.erase(0, text.size() - bytes);
    if (const std::size_t line = text.find('\n'); line + 1 < text.size()) text.erase(0, line + 1);
    return text;
}

std::map<TrialId, std::string> page_logs(const RunFolder& folder, const Study& study, std::size_t trials) {
    std::vector<TrialId> wanted;
    const auto add = [&](TrialId id) {
        if (wanted.size() < trials && std::find(wanted.begin(), wanted.end(), id) == wanted.end())
            wanted.push_back(id);
    };
    if (study.best()) add(study.best()->id);
    for (const Trial& trial : study.trials())
        if (trial.state() == TrialState::running) add(trial.id);
    for (auto trial = study.trials().rbegin(); trial != study.trials().rend(); ++trial)
        if (trial->state() == TrialState::failed) add(trial->id);
    for (const Trial* trial : study.ranking()) add(trial->id);
    std::map<TrialId, std::string> logs;
    for (const TrialId id : wanted)
        if (std::string text = log_tail(folder, study, id, kLogBytes); !text.empty()) logs[id] = text;
    return logs;
}

std::string report_html(std::vector<PagedStudy>& studies) {
    std::string documents;
    for (PagedStudy& study : studies) {
        study.refresh();
        reports::PageExtras extras = study.extras();
        extras.importance = page_importance(study.study());
        extras.logs = page_logs(study.folder(), study.study(), kLogTrials);
        documents += (documents.empty() ? "" : ",\n") + reports::page_document(study.study(), extras);
    }
    return reports::page_html('[' + documents + ']');
}

}  // namespace o2v::orchestrator
