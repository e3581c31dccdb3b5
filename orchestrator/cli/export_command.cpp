// export: all of a study for other programs.
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "model/data/durable_file.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/sagemaker_export.hpp"
#include "orchestrator/study_tail.hpp"
#include "reports/export.hpp"
#include "reports/tensorboard.hpp"
#include "reports/trial_facts.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;
namespace fs = std::filesystem;

struct Options {
    std::string run, format = "csv", what, output;
    bool sagemaker = false;  // the same as that format
};

// Standard output, or a file, which has its name when it is whole.
class Output {
  public:
    explicit Output(const std::string& path) : path_(path) {
        check_output(path);
        if (!path.empty()) file_.emplace(path);
    }
    void write(std::string_view text) {
        pending_ += text;
        if (pending_.size() >= kAtOnce) flush();
    }
    // `what`: what was written.
    void finish(const std::string& what) {
        flush();
        if (file_) {
            file_->commit();
            fmt::print("{}: {}\n", path_, what);
        } else if (std::fflush(stdout) != 0) {
            fail();
        }
    }

  private:
    static constexpr std::size_t kAtOnce = 1 << 16;

    void flush() {
        if (file_)
            file_->write(pending_.data(), pending_.size());
        else if (std::fwrite(pending_.data(), 1, pending_.size(), stdout) != pending_.size())
            fail();
        pending_.clear();
    }
    [[noreturn]] static void fail() { throw storage_error("standard output", "cannot be written", errno); }

    std::string path_;
    std::optional<data::DurableFile> file_;
    std::string pending_;
};

// When a trial was created, and when each epoch of its curve was reported, in seconds since 1970.
struct Times {
    double created = 0;
    std::vector<double> reported;
};

std::size_t export_tensorboard(const orc::RunFolder& run, const std::string& folder) {
    orc::StudyTail tail(run.database());
    Study study(tail.experiment().study);
    std::map<TrialId, Times> times;
    for (const orc::TimedEvent& timed : tail.next()) {
        study.apply(timed.event);
        Times& of = times[trial_of(timed.event)];
        const double at = static_cast<double>(timed.at.count()) / 1000;
        if (std::holds_alternative<TrialCreated>(timed.event)) of.created = at;
        if (const auto* report = std::get_if<Reported>(&timed.event)) {
            of.reported.resize(static_cast<std::size_t>(report->measurement.epoch) + 1, at);
            of.reported.back() = at;
        }
    }
    const auto write = [&](const std::string& to, const std::string& events) {
        std::error_code error;
        fs::create_directories(to, error);
        if (error) throw storage_error(to, "cannot be created", error.value());
        data::write_durably(to + "/events.out.tfevents.0.o2v-tune", events);
    };
    write(folder, reports::study_events(study, times.empty() ? 0 : times[0].created));
    for (const Trial& trial : study.trials())
        write(fmt::format("{}/trial-{:04}", folder, trial.id),
              reports::trial_events(study, trial, times[trial.id].created, times[trial.id].reported));
    return study.trials().size();
}

void check(const Options& options) {
    const bool csv = options.format == "csv";
    if (!csv && !options.what.empty())
        throw InputError("--what", options.what, "goes with --format csv alone: the others hold all");
    if (options.format == "tensorboard" && options.output.empty())
        throw InputError("--output", "", "is missing: a folder for TensorBoard's event files");
    if (options.format == "tensorboard" && fs::exists(options.output) && !fs::is_directory(options.output))
        throw InputError("--output", options.output, "is no folder");
}

orc::RunFolder folder_of(const Options& options) {
    return options.run.empty() ? latest_run() : orc::find_run(options.run);
}

void export_sagemaker(const Options& options) {
    const orc::TuningJob job = orc::describe_tuning_job(orc::record_of(folder_of(options)));
    for (const Problem& note : job.notes) fmt::print(stderr, "{}\n", note.to_string());
    Output output(options.output);
    output.write(job.description.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
                 '\n');
    output.finish("a tuning job");
}

int export_study(Options options) {
    if (options.sagemaker) options.format = "sagemaker";
    check(options);
    if (options.format == "sagemaker") {
        export_sagemaker(options);
        return kDone;
    }
    if (options.format == "tensorboard") {
        const orc::RunFolder run = folder_of(options);
        const std::size_t trials = export_tensorboard(run, options.output);
        fmt::print("{}: {}; look at them with tensorboard --logdir {}\n", options.output,
                   reports::plural(trials, "trial"), options.output);
        return kDone;
    }
    const orc::StoredStudy stored = open_run(options.run);
    Output output(options.output);
    const auto sink = [&](std::string_view text) { output.write(text); };
    if (options.format == "json")
        reports::export_json(stored.study, sink);
    else if (options.what == "curves")
        reports::export_curves_csv(stored.study, sink);
    else
        reports::export_trials_csv(stored.study, sink);
    output.finish(reports::plural(stored.study.trials().size(), "trial") +
                  (options.what == "curves" ? ", a row an epoch" : ""));
    return kDone;
}

}  // namespace

void add_study_export(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("export", "all trials and curves of a study for other programs");
    auto options = std::make_shared<Options>();
    add_run_option(*command, "RUN", options->run);
    auto* format =
        command->add_option("--format", options->format, "csv (default), json, tensorboard or sagemaker")
            ->check(CLI::IsMember({"csv", "json", "tensorboard", "sagemaker"}));
    command->add_flag("--sagemaker", options->sagemaker, "as --format sagemaker")->excludes(format);
    command
        ->add_option("--what", options->what, "csv: trials (default), a row each, or curves, a row an epoch")
        ->check(CLI::IsMember({"trials", "curves"}));
    command->add_option("-o,--output", options->output,
                        "a file (default: standard output); of tensorboard a folder");
    command->footer(
        "Full precision. JSON holds trials with their curves, attempts and parameters. TensorBoard gets an "
        "event file\n"
        "a trial, and its HPARAMS tab. sagemaker: what DescribeHyperParameterTuningJob answers, with "
        "TrainingJobSummaries;\n"
        "without ARNs, roles and images, data as file:// URIs; what SageMaker has no word for is named on "
        "standard "
        "error.\n\n"
        "Examples:\n"
        "  o2v-tune export wordnet -o trials.csv\n"
        "  o2v-tune export wordnet --what curves -o curves.csv\n"
        "  o2v-tune export wordnet --format tensorboard -o board && tensorboard --logdir board\n"
        "  o2v-tune export wordnet --sagemaker -o job.json\n");
    command->callback([options, &exit_code] { exit_code = export_study(*options); });
}

}  // namespace o2v::cli
