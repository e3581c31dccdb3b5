// models: the versions that promotion has made: list, show, diff, rollback, export.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/model_export.hpp"
#include "orchestrator/model_pages.hpp"
#include "orchestrator/model_versions.hpp"
#include "reports/leaderboard.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;
using Json = nlohmann::json;

void print_json(const Json& json) {
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void add_model(CLI::App& command, std::string& model) {
    command
        .add_option("MODEL", model,
                    "a promoted model's name, its study's, or a folder: models/NAME, models/NAME/VERSION")
        ->required();
}

CLI::Option* add_number(CLI::App& command, const std::string& name, std::optional<int>& number,
                        const std::string& what) {
    return command.add_option(name, number, what)->check(CLI::PositiveNumber);
}

// A version whose record is needed.
orc::VersionRecord readable(const orc::ModelChoice& model, std::optional<int> number) {
    orc::VersionRecord version = orc::find_version(model, number);
    if (!version.damage.empty()) throw StorageError(version.damage);
    return version;
}

void add_list(CLI::App& models, int& exit_code) {
    struct Options {
        std::string model;
        bool json = false;
    };
    auto* command = models.add_subcommand("list", "every version of every promoted model under runs/");
    auto options = std::make_shared<Options>();
    command->add_option("MODEL", options->model, "only this one: a name, or the folder models/NAME");
    command->add_flag("--json", options->json, "for programs");
    command->footer(
        "The value is the study's goal on the data that versions are compared on: the test set, or where "
        "there is\n"
        "none the validation set. * marks the version in use.\n\n"
        "Example:\n  o2v-tune models list\n");
    command->callback([options, &exit_code] {
        std::vector<orc::VersionRecord> versions;
        const auto add = [&](const orc::ModelVersions& of) {
            for (orc::VersionRecord& version : orc::list_versions(of)) versions.push_back(std::move(version));
        };
        if (!options->model.empty())
            add(orc::find_model(options->model).versions);
        else
            for (const orc::RunFolder& run : orc::list_runs())
                for (const orc::ModelVersions& of : orc::models_of(run)) add(of);
        if (options->json) {
            Json all = Json::array();
            for (const orc::VersionRecord& version : versions) all.push_back(orc::summary_json(version));
            print_json(all);
        } else if (versions.empty()) {
            fmt::print("no model is promoted under runs/ here; o2v-tune promote does that\n");
        } else {
            fmt::print("{}", orc::models_table(versions, data::shown_path));
        }
        exit_code = kDone;
    });
}

void add_show_version(CLI::App& models, int& exit_code) {
    struct Options {
        std::string model;
        std::optional<int> version;
        bool json = false;
    };
    auto* command = models.add_subcommand("show", "one version: metrics, hyperparameters, lineage");
    auto options = std::make_shared<Options>();
    add_model(*command, options->model);
    add_number(*command, "--version", options->version, "default: the current one");
    command->add_flag("--json", options->json, "for programs");
    command->footer("Example:\n  o2v-tune models show wordnet --version 2\n");
    command->callback([options, &exit_code] {
        const orc::VersionRecord version = readable(orc::find_model(options->model), options->version);
        if (options->json)
            print_json(orc::version_json(version));
        else
            fmt::print("{}", orc::version_page(version));
        exit_code = kDone;
    });
}

void add_diff(CLI::App& models, int& exit_code) {
    struct Options {
        std::string model;
        std::optional<int> one, other;
        bool json = false;
    };
    auto* command =
        models.add_subcommand("diff", "what differs between two versions: metrics, hyperparameters, data");
    auto options = std::make_shared<Options>();
    add_model(*command, options->model);
    add_number(*command, "ONE", options->one, "a version's number")->required();
    add_number(*command, "OTHER", options->other, "another one (default: the current one)");
    command->add_flag("--json", options->json, "for programs");
    command->footer("Example:\n  o2v-tune models diff wordnet 1 2\n");
    command->callback([options, &exit_code] {
        const orc::ModelChoice model = orc::find_model(options->model);
        const orc::VersionRecord one = readable(model, options->one);
        const orc::VersionRecord other = readable({model.versions, std::nullopt}, options->other);
        if (options->json)
            print_json(orc::difference_json(one, other));
        else
            fmt::print("{}", orc::difference_page(one, other));
        exit_code = kDone;
    });
}

void add_rollback(CLI::App& models, int& exit_code) {
    struct Options {
        std::string model;
        std::optional<int> to;
    };
    auto* command = models.add_subcommand("rollback", "take an earlier version into use");
    auto options = std::make_shared<Options>();
    add_model(*command, options->model);
    add_number(*command, "--to", options->to, "this version (default: the one before the current one)");
    command->footer(
        "No version is removed. What was rolled back is not taken into use again by the end of a run, but "
        "by\n"
        "`o2v-tune promote` or `--to`.\n\n"
        "Example:\n  o2v-tune models rollback wordnet --to 1\n");
    command->callback([options, &exit_code] {
        const orc::ModelChoice model = orc::find_model(options->model);
        const orc::RolledBack moved = orc::roll_back(model.versions, options->to);
        const std::string from = moved.from > 0 ? fmt::format(", after version {}", moved.from) : "";
        fmt::print("{} is version {}{}\n", data::shown_path(model.versions.current_link()), moved.to, from);
        exit_code = kDone;
    });
}

bool is_archive_name(const std::string& path) {
    return path.ends_with(".tar.gz") || path.ends_with(".tgz");
}

void add_export(CLI::App& models, int& exit_code) {
    struct Options {
        std::string model, output;
        std::optional<int> version;
        bool sagemaker = false;
    };
    auto* command = models.add_subcommand("export", "a folder or an archive that stands alone");
    auto options = std::make_shared<Options>();
    add_model(*command, options->model);
    command
        ->add_option("--output", options->output,
                     "a folder to be made, or a file to be written whose name ends in .tar.gz or .tgz")
        ->required();
    add_number(*command, "--version", options->version, "default: the current one");
    command->add_flag("--sagemaker", options->sagemaker,
                      "an archive with the files at its root, as SageMaker's model.tar.gz has them");
    command->footer(
        "The archive holds one folder, NAME-VERSION; the same version gives the same bytes. With --sagemaker "
        "--output\n"
        "may be a folder, too, which then gets model.tar.gz.\n\n"
        "Examples:\n  o2v-tune models export wordnet --output wordnet.tar.gz\n"
        "  o2v-tune models export wordnet --sagemaker --output model.tar.gz\n");
    command->callback([options, &exit_code] {
        const orc::VersionRecord version =
            orc::find_version(orc::find_model(options->model), options->version);
        std::string target = options->output;
        if (options->sagemaker && std::filesystem::is_directory(target)) target += "/model.tar.gz";
        const bool archive = is_archive_name(target);
        if (options->sagemaker && !archive)
            throw InputError("--output", target, "must end in .tar.gz or .tgz, or be a folder");
        const orc::ExportForm form = options->sagemaker ? orc::ExportForm::sagemaker
                                     : archive          ? orc::ExportForm::archive
                                                        : orc::ExportForm::folder;
        const auto files = orc::export_version(version, form, target);
        fmt::print("{} version {} is in {}:\n", version.name, version.number, data::shown_path(target));
        for (const orc::ExportedFile& file : files)
            fmt::print("  {:>10}  {}\n", reports::bytes_text(static_cast<std::int64_t>(file.bytes)),
                       file.name);
        exit_code = kDone;
    });
}

}  // namespace

void add_models(CLI::App& app, int& exit_code) {
    auto* models = app.add_subcommand("models", "promoted models: list, show, diff, rollback, export");
    models->require_subcommand(1);
    models->footer(
        "Examples:\n  o2v-tune models list\n  o2v-tune models diff wordnet 1 2\n"
        "  o2v-tune models rollback wordnet\n");
    add_list(*models, exit_code);
    add_show_version(*models, exit_code);
    add_diff(*models, exit_code);
    add_rollback(*models, exit_code);
    add_export(*models, exit_code);
}

}  // namespace o2v::cli
