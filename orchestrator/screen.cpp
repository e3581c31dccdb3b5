#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "model/data/shown_path.hpp"
#include "orchestrator/live_view.hpp"
#include "orchestrator/observer.hpp"
#include "orchestrator/sentences.hpp"
#include "orchestrator/terminal_block.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

constexpr const char* kBold = "\033[1m";
constexpr const char* kYellow = "\033[33m";
constexpr const char* kPlain = "\033[0m";
constexpr std::chrono::milliseconds kBetweenWrites{100};
constexpr int kRowsAbove = 3;  // of the terminal, left to the sentences

std::string budget_text(const Budget& budget) {
    std::vector<std::string> parts;
    if (budget.trials) parts.push_back(fmt::format("{} trials", *budget.trials));
    if (budget.time)
        parts.push_back(reports::duration_text(std::chrono::duration<double>(*budget.time).count()));
    if (budget.target) parts.push_back("until " + reports::metric_text(*budget.target));
    if (budget.expected_gain)
        parts.push_back("at most " + reports::metric_text(*budget.expected_gain) + " is still to be gained");
    if (budget.no_improvement)
        parts.push_back(fmt::format("{} trials without improvement", *budget.no_improvement));
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ", or ") + part;
    return text.empty() ? "until every configuration is tried" : text;
}

std::string conditions_text(const std::vector<Condition>& conditions) {
    std::string text;
    for (const Condition& condition : conditions) text += (text.empty() ? "" : " and ") + to_text(condition);
    return text;
}

std::string condition_text(const Parameter& parameter) {
    return parameter.only_if.empty() ? "" : "  when " + conditions_text(parameter.only_if);
}

class Screen final : public StudyObserver {
  public:
    explicit Screen(const ScreenOptions& options) : options_(options) {}
    // Also when an error ends the run: its message stands on a line of its own.
    ~Screen() override {
        write(block_.clear(options_.size()));
        std::fflush(stdout);
    }

    void started(const Study& study, const RunHeader& header) override {
        const StudySpec& spec = study.spec();
        if (options_.terminal) view_.emplace(study);
        print(fmt::format("{}study {}{}  ({})", colour(kBold), spec.name, colour(kPlain),
                          data::shown_path(header.folder)));
        if (!header.experiment->description.empty()) print("  " + header.experiment->description);
        for (const Goal& goal : study.goals())
            print(fmt::format("  goal      {} {}", to_text(goal.direction), goal.metric));
        for (const Constraint& constraint : spec.constraints)
            print("  within    " + to_text(Condition{constraint.metric, {}, constraint.min, constraint.max}));
        print(fmt::format("  search    {}, seed {}; pruner {}", spec.search.strategy, spec.search.seed,
                          spec.pruner.type));
        std::size_t widest = 0;
        for (const Parameter& p : spec.space.parameters()) widest = std::max(widest, p.name.size());
        for (const Parameter& p : spec.space.parameters())
            print(fmt::format("            {:<{}}  {}{}{}", p.name, widest, domain_text(p.domain),
                              p.initial ? ", first " + to_text(*p.initial) : "", condition_text(p)));
        for (const Combination& combination : spec.space.forbidden())
            print("  never     " + conditions_text(combination));
        if (!spec.enqueued.empty())
            print(fmt::format("  first     enqueued configurations: {}", spec.enqueued.size()));
        if (!spec.prior.empty())
            print(fmt::format("  knows     trials of earlier studies: {} ({})", spec.prior.size(),
                              spec.warm_start == WarmStart::identical ? "identical" : "transfer"));
        print("  budget    " + budget_text(spec.budget));
        for (const std::string& line : header.data_lines) print("  data      " + line);
        for (const std::string& line : header.slots) print("  " + line);
        if (header.trials_before > 0)
            print(fmt::format("  continuing after {} trials of earlier runs", header.trials_before));
        print("");
    }

    void worker_ready(const WorkerRecord& worker, bool reference_blas) override {
        if (reference_blas && !warned_) {
            note("warning: LibTorch runs on the reference BLAS (" + worker.blas +
                 "), about 50 times slower than OpenBLAS: install libopenblas0-pthread");
            warned_ = true;
        }
    }

    void happened(const Study& study, const TrialEvent& event) override {
        if (options_.terminal) {
            sentences_.happened(study, event);
            view_->happened(study, event, options_.clock());
        } else if (const std::string sentence = reports::event_sentence(study, event); !sentence.empty()) {
            std::fputs((sentence + '\n').c_str(), stdout);
        }
    }

    void tick(const Study& study, const RunStatus& status) override {
        const std::chrono::milliseconds now = options_.clock();
        if (view_) view_->tick(status);
        if (written_ && now - *written_ < kBetweenWrites) return;
        written_ = now;
        if (options_.terminal) {
            const TerminalSize size = options_.size();
            const TerminalSize room{size.columns - 1, std::max(1, size.rows - kRowsAbove)};
            write(block_.redraw(sentences_.take(now), view_->lines(study, status, now, room), size));
        }
        std::fflush(stdout);
    }

    void note(const std::string& sentence) override { print(colour(kYellow) + sentence + colour(kPlain)); }

    void finished(const Study&, const std::string& why) override {
        if (options_.terminal)
            write(block_.redraw(sentences_.take(options_.clock(), true), {}, options_.size()));
        print(why.empty() ? "" : "ended: " + why);
    }

  private:
    std::string colour(const char* code) const { return options_.colour ? code : ""; }
    static void write(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }
    // At once, below all that has been said.
    void print(const std::string& line) {
        if (options_.terminal) {
            sentences_.say(line);
            write(block_.redraw(sentences_.take(options_.clock()), block_.lines(), options_.size()));
        } else {
            write(line + '\n');
        }
        std::fflush(stdout);
    }

    ScreenOptions options_;
    std::optional<LiveView> view_;  // of a terminal, once it has started
    TerminalBlock block_;
    Sentences sentences_;
    std::optional<std::chrono::milliseconds> written_;
    bool warned_ = false;
};

}  // namespace

std::string domain_text(const Domain& domain) {
    const auto range = [](const auto& d) {
        const bool stepped = d.step != std::decay_t<decltype(d)>{}.step;
        return fmt::format("{} to {}{}{}", to_text(ParamValue(d.min)), to_text(ParamValue(d.max)),
                           stepped ? " by " + to_text(ParamValue(d.step)) : "",
                           d.scale == Scale::log           ? " (log)"
                           : d.scale == Scale::reverse_log ? " (reverse log)"
                                                           : "");
    };
    if (const auto* d = std::get_if<FloatDomain>(&domain)) return range(*d);
    if (const auto* d = std::get_if<IntDomain>(&domain)) return range(*d);
    std::string text;
    const char* between = std::holds_alternative<OrdinalDomain>(domain) ? " < " : " | ";
    for (const ParamValue& v : *listed_values(domain)) text += (text.empty() ? "" : between) + to_text(v);
    return text;
}

std::unique_ptr<StudyObserver> make_screen(const ScreenOptions& options) {
    return std::make_unique<Screen>(options);
}

}  // namespace o2v::orchestrator
