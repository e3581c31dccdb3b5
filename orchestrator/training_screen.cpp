#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/data/shown_path.hpp"
#include "model/hyperparameters/hyperparameters.hpp"
#include "orchestrator/metric_lines.hpp"
#include "orchestrator/run_folder.hpp"
#include "reports/leaderboard.hpp"
#include "search/study/errors.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

constexpr const char* kClearLine = "\r\033[K";
constexpr int kBarCells = 16;

class TrainingScreen final : public StudyObserver {
  public:
    explicit TrainingScreen(const TrainingScreenOptions& options)
        : options_(options), lines_(options.facts, static_cast<std::uint64_t>(pthread_self())) {}

    void started(const Study& study, const RunHeader& header) override {
        log_path_ = RunFolder(header.folder).logs() + "/train.log";
        log_.open(log_path_, std::ios::app);
        if (!log_) throw storage_error(log_path_, "cannot be written", errno);
        const Experiment& experiment = *header.experiment;
        say(fmt::format("Training {} in {}", study.spec().name, data::shown_path(header.folder)));
        for (const std::string& line : header.data_lines) say(line);
        for (const std::string& line : header.slots) say(line);
        if (experiment.trains()) {
            const Assignment complete = model::to_assignment(model::resolve(study.spec().fixed));
            say("Final configuration: " + protocol::to_json(complete).dump());
        }
    }

    void worker_ready(const WorkerRecord& worker, bool reference_blas) override {
        say(fmt::format("Using {}{}, {} thread{}", worker.device,
                        worker.device_name.empty() ? "" : " (" + worker.device_name + ")", worker.threads,
                        worker.threads == 1 ? "" : "s"));
        if (reference_blas)
            note("LibTorch runs on the reference BLAS (" + worker.blas +
                 "), about 50 times slower than OpenBLAS: install libopenblas0-pthread");
    }

    void happened(const Study& study, const TrialEvent& event) override {
        const auto now = std::chrono::system_clock::now();
        if (const auto* reported = std::get_if<Reported>(&event))
            print(lines_.epoch(now, reported->measurement));
        else if (const auto* ended = std::get_if<TrialEnded>(&event);
                 ended && std::holds_alternative<Completed>(ended->ending))
            print(lines_.completed(now, study.trial(ended->trial)));
        else if (const std::string sentence = reports::event_sentence(study, event); !sentence.empty())
            print(lines_.line(now, sentence,
                              std::holds_alternative<AttemptStarted>(event) ? "INFO" : "WARNING"));
    }

    void tick(const Study& study, const RunStatus&) override {
        if (!options_.terminal) return;
        live_ = training_status_line(study, options_.facts, *options_.terminal - 1);
        draw();
    }

    void note(const std::string& sentence) override {
        print(lines_.line(std::chrono::system_clock::now(), sentence, "WARNING"));
    }

    void finished(const Study&, const std::string&) override {
        live_.clear();
        draw();
    }

  private:
    void say(const std::string& text) { print(lines_.line(std::chrono::system_clock::now(), text)); }

    void print(const std::string& lines) {
        if (log_.is_open() && !(log_ << lines << std::flush))
            throw storage_error(log_path_, "cannot be written", errno);
        if (options_.quiet) return;
        if (options_.terminal) fmt::print(stderr, "{}", kClearLine);
        std::fputs(lines.c_str(), stdout);
        std::fflush(stdout);
        draw();
    }
    void draw() {
        if (options_.terminal) fmt::print(stderr, "{}{}", kClearLine, live_);
    }

    TrainingScreenOptions options_;
    MetricLines lines_;
    std::ofstream log_;
    std::string log_path_, live_;
};

}  // namespace

std::unique_ptr<StudyObserver> make_training_screen(const TrainingScreenOptions& options) {
    return std::make_unique<TrainingScreen>(options);
}

std::string training_status_line(const Study& study, const TrainingFacts& facts, int width) {
    std::string line;
    const auto add = [&line](const std::string& part) { line += (line.empty() ? "" : "  ") + part; };
    const Trial* trial = study.trials().empty() ? nullptr : &study.trials().front();
    const auto done = trial ? static_cast<std::int64_t>(trial->curve.size()) : 0;
    const std::int64_t epochs = std::max(facts.epochs, done);
    const auto filled = epochs > 0 ? static_cast<std::size_t>(kBarCells * done / epochs) : 0;
    add(fmt::format("[{}{}] epoch {}/{}", std::string(filled, '#'),
                    std::string(static_cast<std::size_t>(kBarCells) - filled, '-'), done, epochs));
    if (done > 0) {
        const Goal& goal = study.spec().goal;
        const Measurement& last = trial->curve.back();
        if (const auto value = last.metrics.find(goal.metric); value != last.metrics.end())
            add(goal.metric + ' ' + reports::metric_text(value->second));
        if (const auto best = trial->value(goal)) add("best " + reports::metric_text(*best));
        if (last.pairs_per_second > 0) add(fmt::format("{:.0f} records/s", last.pairs_per_second));
        std::chrono::milliseconds spent{0};
        for (const Measurement& measurement : trial->curve) spent += measurement.elapsed;
        if (epochs > done)
            add("at most " +
                reports::duration_text(std::chrono::duration<double>(spent).count() /
                                       static_cast<double>(done) * static_cast<double>(epochs - done)) +
                " left");
    }
    if (width > 3 && line.size() > static_cast<std::size_t>(width))
        line = line.substr(0, static_cast<std::size_t>(width) - 3) + "...";
    return line;
}

}  // namespace o2v::orchestrator
