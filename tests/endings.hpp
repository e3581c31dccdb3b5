// How the trials of a study have ended, looked at again and again while it is disturbed.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/process/program.hpp"

namespace o2v {

struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Endings {
  public:
    // No trial that had ended is open again or has ended another way, and none was begun again. Throws
    // Broken.
    void check(const std::string& database) {
        SQLite::Database db(database, SQLite::OPEN_READONLY, 5000);
        try {
            SQLite::Statement query(db,
                                    "SELECT trial, group_concat(body), count(*) FROM event WHERE kind = "
                                    "'trial_ended' GROUP BY trial");
            std::map<int, std::string> now;
            while (query.executeStep()) {
                now[query.getColumn(0).getInt()] = query.getColumn(1).getString();
                if (query.getColumn(2).getInt() != 1)
                    throw Broken(fmt::format("trial {} has ended twice", query.getColumn(0).getInt()));
            }
            for (const auto& [trial, body] : ended_)
                if (now[trial] != body) throw Broken(fmt::format("the end of trial {} was lost", trial));
            ended_ = std::move(now);
            const std::string again =
                db.execAndGet(
                      "SELECT coalesce(group_concat(e.trial), '') FROM event s JOIN event e ON "
                      "e.trial = s.trial AND e.id < s.id WHERE s.kind = 'attempt_started' AND "
                      "e.kind = 'trial_ended'")
                    .getString();
            if (!again.empty()) throw Broken("trials were run after their end: " + again);
        } catch (const SQLite::Exception& error) {
            if (std::string(error.what()).find("no such table") == std::string::npos) throw;  // just created
        }
    }
    std::size_t size() const { return ended_.size(); }
    void clear() { ended_.clear(); }

  private:
    std::map<int, std::string> ended_;
};

// All trials of a study, without what a machine's speed decides.
inline nlohmann::json trials_of(const std::string& folder, const std::string& run) {
    const Finished shown = run_tune(folder, {"leaderboard", run, "--all", "--format", "json"});
    if (shown.exit_code != 0) throw Broken("leaderboard: " + shown.err);
    return without_measured(nlohmann::json::parse(shown.out));
}

}  // namespace o2v
