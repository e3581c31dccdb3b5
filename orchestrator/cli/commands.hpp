// The commands of o2v-tune. Each adds itself to the application; when it is the one given it runs and sets
// the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "orchestrator/observer.hpp"
#include "orchestrator/stored_study.hpp"

namespace o2v::cli {

// Exit codes of the program.
inline constexpr int kDone = 0, kFailed = 1, kBadInput = 2, kInterrupted = 130;

void add_run(CLI::App& app, int& exit_code);
void add_train(CLI::App& app, int& exit_code);
void add_ask_tell(CLI::App& app, int& exit_code);
void add_validate(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_stop(CLI::App& app, int& exit_code);
void add_pause(CLI::App& app, int& exit_code);
void add_resume(CLI::App& app, int& exit_code);
void add_enqueue(CLI::App& app, int& exit_code);
void add_tail(CLI::App& app, int& exit_code);
void add_leaderboard(CLI::App& app, int& exit_code);
void add_importance(CLI::App& app, int& exit_code);
void add_show(CLI::App& app, int& exit_code);
void add_dashboard(CLI::App& app, int& exit_code);
void add_study_export(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_container(CLI::App& app, int& exit_code);
void add_report(CLI::App& app, int& exit_code);
void add_reproduce(CLI::App& app, int& exit_code);
void add_promote(CLI::App& app, int& exit_code);
void add_models(CLI::App& app, int& exit_code);
// predict and what else answers with a model; `arguments` are the program's own, with its name.
void add_answers(CLI::App& app, const std::vector<std::string>& arguments);
void add_doctor(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);
void add_data(CLI::App& app, int& exit_code);
void add_bench(CLI::App& app, int& exit_code);
void add_compare(CLI::App& app, int& exit_code);
void add_completion(CLI::App& app, int& exit_code);

// RUN or --run: which study; "" is the latest one. TRIAL: a trial's number.
void add_run_option(CLI::App& command, const std::string& name, std::string& run);
void add_trial(CLI::App& command, TrialId& trial);

// --share, or O2V_SHARE_CORES=1: run beside runs that hold the same cores and GPUs.
void add_share(CLI::App& command, bool& share);

// The study named, or the latest changed one under runs/ for "". Throws InputError.
orchestrator::StoredStudy open_run(const std::string& run);

// The latest changed study under runs/. Throws InputError when there is none.
orchestrator::RunFolder latest_run();

// What --output names. Throws InputError for a folder.
void check_output(const std::string& path);

// Columns of the terminal that a file descriptor is; nullopt when it is none.
std::optional<int> terminal_width(int fd = 1);
// Of standard output's terminal now; 80 by 24 when it is none or does not tell.
orchestrator::TerminalSize terminal_size();

}  // namespace o2v::cli
