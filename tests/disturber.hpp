// What the programs have in common that disturb studies and compare their trials with undisturbed ones.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>

#include "tests/endings.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v {

class Disturber {
  public:
    explicit Disturber(std::uint64_t seed) : random_(seed) {}
    Disturber(const Disturber&) = delete;
    Disturber& operator=(const Disturber&) = delete;

  protected:
    std::size_t pick(std::size_t bound) { return random_() % bound; }
    std::uint64_t random() { return random_(); }
    void sleep(std::size_t least, std::size_t most) {
        std::this_thread::sleep_for(std::chrono::milliseconds(least + pick(most - least)));
    }
    int injected() const { return injected_; }
    int studies() const { return studies_; }
    void count(const std::string& fault) {
        ++injected_;
        ++counts_[fault];
    }
    // The trials of the file's study when nothing happens to it.
    nlohmann::json undisturbed(const std::string& file, const std::string& out) const {
        if (run_tune(folder_.path(), {"run", file, "--out", out, "--quiet"}).exit_code != 0)
            throw Broken("the undisturbed run failed");
        return trials_of(folder_.path(), out);
    }
    // Ends a study: throws Broken unless its trials are those.
    void compare(const std::string& study, const nlohmann::json& undisturbed) {
        if (const nlohmann::json disturbed = trials_of(folder_.path(), study); disturbed != undisturbed) {
            fmt::print("{}\n{}\n", undisturbed.dump(1), disturbed.dump(1));
            throw Broken("the trials differ from the undisturbed run's");
        }
        ++studies_;
    }
    // `left`: what of it would have been found: "process".
    void print_summary(const std::string& left) const {
        fmt::print("{} faults in {} studies:", injected_, studies_);
        for (const auto& [name, count] : counts_) fmt::print(" {} {},", count, name);
        fmt::print(
            "\nevery study's trials are those of an undisturbed run; no finished trial was lost or ended "
            "twice; "
            "no {} was left behind\n",
            left);
    }

    TemporaryFolder folder_;
    Endings ended_;  // of the study that is played

  private:
    std::mt19937_64 random_;
    int injected_ = 0, studies_ = 0;
    std::map<std::string, int> counts_;
};

// The main function of a program that makes a Disturbing (a class with run(faults)) of its seed.
template <class Disturbing>
int disturb(int argc, char** argv, const std::string& name, const std::string& about, int faults) {
    CLI::App app{name + ": " + about};
    std::uint64_t seed = 1;
    app.add_option("--faults", faults, fmt::format("faults in all (default {})", faults))
        ->check(CLI::PositiveNumber);
    app.add_option("--seed", seed, "of the faults");
    CLI11_PARSE(app, argc, argv);
    try {
        Disturbing(seed).run(faults);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}\n", name, error.what());
        return 1;
    }
}

}  // namespace o2v
