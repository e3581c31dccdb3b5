// What the dashboard's one reading thread does: it finds studies below a folder, follows those that are
// watched, and makes the bytes that all viewers share.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

#include "orchestrator/study_feed.hpp"

namespace o2v::orchestrator {

// What is answered to one request.
struct Answer {
    unsigned status = 200;
    std::string type = "application/json";
    Bytes body;
    bool gzip = false;  // the body is compressed
    // Who has it may keep it and ask whether it is still the same, by its entity tag.
    bool may_be_kept = false;
};
// The strong entity tag of a body's bytes, quotes and all.
std::string entity_tag(const std::string& body);
Answer error_answer(unsigned status, const std::string& why);  // {"error":why}

class DashboardReader {
  public:
    using Clock = StudyFeed::Clock;
    // The message that all who follow a study are to get; null: it is gone, and so are they.
    using Publish = std::function<void(const std::string& name, const Bytes& message)>;

    // A folder of studies, or one study's folder.
    DashboardReader(std::string folder, Publish publish);
    ~DashboardReader();
    DashboardReader(const DashboardReader&) = delete;
    DashboardReader& operator=(const DashboardReader&) = delete;

    // The studies there are, the latest changed first: an array of
    // {"name":"wordnet","study":"wordnet","folder":"runs/wordnet","state":"running","trials":9,
    //  "counts":{"completed":7,...},"goal":{"metric":..,"direction":..},"best":{"trial":3,"value":0.8},
    //  "changed":1764178000.5,"error":null}.
    // "name" is the folder's, which requests name; "state" is running, paused or idle; "best" is null without
    // one; "error" says why a study cannot be read, and then there is nothing about its trials.
    Answer list();
    // Each answers 404 where there is no such study, and 503 where it cannot be read now.
    Answer document(const std::string& name, bool gzip, Clock::time_point now);
    Answer log(const std::string& name, TrialId trial, Clock::time_point now);
    // The first message of one who follows.
    Answer follow(const std::string& name, const std::optional<std::string>& last, Clock::time_point now);

    // Looks at the studies that are watched and publishes what has happened; forgets those that nobody has
    // asked for in a while.
    void look(const std::set<std::string>& watched, Clock::time_point now);

  private:
    struct Watched;
    struct Known;

    Answer list_now();
    std::optional<RunFolder> find(const std::string& name) const;
    Watched& open(const std::string& name, const RunFolder& folder, Clock::time_point now);
    void look(const std::string& name, Watched& watched, Clock::time_point now);
    void close(const std::string& name);
    void weigh(Watched& watched, Clock::time_point now);
    nlohmann::ordered_json facts(const std::string& name, const RunFolder& folder);
    template <class Make>
    Answer about(const std::string& name, Clock::time_point now, Make make);

    std::string folder_;
    Publish publish_;
    std::map<std::string, std::unique_ptr<Watched>> watched_;
    std::map<std::string, Known> known_;  // what list() said of each
};

}  // namespace o2v::orchestrator
