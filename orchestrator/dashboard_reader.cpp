#include "orchestrator/dashboard_reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "model/data/hash.hpp"
#include "model/data/shown_path.hpp"
#include "orchestrator/control.hpp"
#include "orchestrator/study_summary.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kForgetAfter{60};
constexpr std::chrono::seconds kWeighAgainAfter{5};
constexpr int kWeighingShare = 10;  // of the time, one in so many is spent weighing parameters
constexpr std::size_t kLogBytes = 64 << 10;

Bytes bytes(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Stamp {
    std::int64_t database = 0, log = 0;  // nanoseconds of the last change
    bool operator==(const Stamp&) const = default;
    std::int64_t last() const { return std::max(database, log); }
};

// An empty log is one that a reader has made, and no change.
std::int64_t changed(const std::string& file) {
    struct stat status {};
    if (stat(file.c_str(), &status) != 0 || status.st_size == 0) return 0;
    return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

Stamp stamp_of(const RunFolder& folder) {
    return {changed(folder.database()), changed(folder.database() + "-wal")};
}

std::string state_of(const RunFolder& folder) {
    if (RunLock::holder(folder).empty()) return "idle";
    return is_paused(folder) ? "paused" : "running";
}

// Whatever is thrown is the answer of one request, and no end of the dashboard.
template <class Make>
Answer answered(Make make) {
    try {
        return make();
    } catch (const std::exception& e) {
        return error_answer(503, e.what());
    }
}

}  // namespace

std::string entity_tag(const std::string& body) {
    data::StreamHash hash;
    hash.add(body.data(), body.size());
    return '"' + hash.hex() + '"';
}

Answer error_answer(unsigned status, const std::string& why) {
    return {status, "application/json", bytes(dumped({{"error", why}}) + '\n')};
}

// Importance is computed beside the reading, on a copy of the study, so that nobody waits for it.
struct DashboardReader::Watched {
    Watched(const RunFolder& folder, const std::string& shown) : feed(folder, shown) {}

    StudyFeed feed;
    Clock::time_point asked{};
    std::future<std::vector<reports::PageImportance>> weighing;
    std::size_t weighed = 0;  // ended trials
    Clock::time_point began{}, again{};
};

struct DashboardReader::Known {
    Stamp stamp;
    Json facts;
};

DashboardReader::DashboardReader(std::string folder, Publish publish)
    : folder_(std::move(folder)), publish_(std::move(publish)) {}

DashboardReader::~DashboardReader() = default;

Answer DashboardReader::list() {
    return answered([this] { return list_now(); });
}

Answer DashboardReader::list_now() {
    std::vector<std::pair<std::string, RunFolder>> folders;
    if (RunFolder one(folder_); one.has_study()) {
        folders.emplace_back(fs::path(one.path()).filename().string(), one);
    } else {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(folder_, error))
            if (RunFolder study(entry.path().string()); study.has_study())
                folders.emplace_back(entry.path().filename().string(), study);
        if (error) return error_answer(503, folder_ + " cannot be read: " + error.message());
    }
    std::vector<std::pair<std::int64_t, Json>> studies;
    std::map<std::string, Known> known;
    for (const auto& [name, folder] : folders) {
        const Stamp stamp = stamp_of(folder);
        const auto before = known_.find(name);
        const bool as_before = before != known_.end() && before->second.stamp == stamp &&
                               before->second.facts.at("error").is_null();
        Known& now = known[name] = as_before ? before->second : Known{stamp, facts(name, folder)};
        Json json = now.facts;
        json["state"] = state_of(folder);
        json["changed"] = static_cast<double>(stamp.last()) / 1e9;
        studies.emplace_back(stamp.last(), std::move(json));
    }
    known_ = std::move(known);
    std::sort(studies.begin(), studies.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    Json array = Json::array();
    for (auto& [time, json] : studies) array.push_back(std::move(json));
    return {200, "application/json", bytes(dumped(array) + '\n'), false, true};
}

Json DashboardReader::facts(const std::string& name, const RunFolder& folder) {
    Json json{{"name", name}, {"study", name}, {"folder", data::shown_path(folder.path())},
              {"state", ""},  {"trials", 0},   {"error", nullptr}};
    try {
        const StudySummary study = read_summary(folder.database());
        json["study"] = study.name;
        std::size_t trials = 0;
        for (std::size_t i = 0; i < kTrialStates; ++i) {
            const auto state = static_cast<TrialState>(i);
            json["counts"][std::string(to_text(state))] = study.count(state);
            trials += study.count(state);
        }
        json["trials"] = trials;
        json["goal"] = {{"metric", study.goal.metric}, {"direction", to_text(study.goal.direction)}};
        json["best"] = nullptr;
        if (study.best)
            json["best"] = {{"trial", study.best->id},
                            {"value", std::isfinite(study.best->value) ? Json(study.best->value) : Json()}};
    } catch (const std::exception& e) {
        json["error"] = e.what();
    }
    return json;
}

std::optional<RunFolder> DashboardReader::find(const std::string& name) const {
    if (RunFolder one(folder_); one.has_study())
        return fs::path(one.path()).filename() == name ? std::optional(one) : std::nullopt;
    // A name that the folder lists, and nothing else that a path could say.
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
        if (entry.path().filename() != name) continue;
        RunFolder study(entry.path().string());
        return study.has_study() ? std::optional(std::move(study)) : std::nullopt;
    }
    return std::nullopt;
}

DashboardReader::Watched& DashboardReader::open(const std::string& name, const RunFolder& folder,
                                                Clock::time_point now) {
    std::unique_ptr<Watched>& watched = watched_[name];
    if (watched && !watched->feed.is_there()) {
        publish_(name, nullptr);
        watched.reset();
    }
    try {
        if (!watched) watched = std::make_unique<Watched>(folder, data::shown_path(folder.path()));
        watched->asked = now;
        look(name, *watched, now);
    } catch (...) {
        close(name);
        throw;
    }
    return *watched;
}

void DashboardReader::look(const std::string& name, Watched& watched, Clock::time_point now) {
    weigh(watched, now);
    if (const Bytes message = watched.feed.look(now)) publish_(name, message);
}

void DashboardReader::close(const std::string& name) {
    watched_.erase(name);
    publish_(name, nullptr);
}

void DashboardReader::weigh(Watched& watched, Clock::time_point now) {
    if (watched.weighing.valid()) {
        if (watched.weighing.wait_for(milliseconds(0)) != std::future_status::ready) return;
        watched.again =
            now + std::max<Clock::duration>(kWeighAgainAfter, kWeighingShare * (now - watched.began));
        watched.feed.take_importance(watched.weighing.get(), watched.weighed);
        return;
    }
    if (!watched.feed.importance_is_old() || now < watched.again) return;
    watched.weighed = watched.feed.study().ended().size();
    watched.began = now;
    watched.weighing =
        std::async(std::launch::async, [study = watched.feed.study()] { return page_importance(study); });
}

template <class Make>
Answer DashboardReader::about(const std::string& name, Clock::time_point now, Make make) {
    return answered([&] {
        const std::optional<RunFolder> folder = find(name);
        if (folder) return make(open(name, *folder, now));
        if (watched_.contains(name)) close(name);
        return error_answer(404, "there is no such study");
    });
}

Answer DashboardReader::document(const std::string& name, bool gzip, Clock::time_point now) {
    return about(name, now, [&](Watched& watched) {
        return Answer{200, "application/json",
                      gzip ? watched.feed.gzipped_document() : watched.feed.document(), gzip, true};
    });
}

Answer DashboardReader::follow(const std::string& name, const std::optional<std::string>& last,
                               Clock::time_point now) {
    return about(name, now, [&](Watched& watched) {
        return Answer{200, "text/event-stream", watched.feed.catch_up(last, now)};
    });
}

Answer DashboardReader::log(const std::string& name, TrialId trial, Clock::time_point now) {
    return about(name, now, [&](Watched& watched) {
        const Study& study = watched.feed.study();
        if (trial >= std::ssize(study.trials())) return error_answer(404, "there is no such trial");
        return Answer{200, "text/plain; charset=utf-8",
                      bytes(log_tail(watched.feed.folder(), study, trial, kLogBytes))};
    });
}

void DashboardReader::look(const std::set<std::string>& watched, Clock::time_point now) {
    std::vector<std::string> gone;
    for (auto& [name, one] : watched_) {
        if (watched.contains(name)) one->asked = now;
        try {
            if (!one->feed.is_there() || now - one->asked > kForgetAfter)
                gone.push_back(name);
            else if (watched.contains(name))
                look(name, *one, now);
        } catch (const std::exception&) {
            gone.push_back(name);  // who asks anew is told why
        }
    }
    for (const std::string& name : gone) close(name);
}

}  // namespace o2v::orchestrator
