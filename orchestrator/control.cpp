#include "orchestrator/control.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "model/data/durable_file.hpp"
#include "search/study/errors.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// <order>-<kind>.json is new, <order>-<kind>.taken is being met.
constexpr const char* kNew = ".json";
constexpr const char* kTaken = ".taken";
constexpr const char* kDamaged = ".damaged";
constexpr const char* kKinds[] = {"stop", "pause", "resume", "enqueue"};

std::string inbox_of(const RunFolder& folder) {
    return folder.path() + "/control";
}

// The run that goes on now: its process, and when that took the lock, since process numbers come again. ""
// for none.
std::string address_of(const RunFolder& folder) {
    const std::string holder = RunLock::holder(folder);
    if (holder.empty()) return "";
    std::error_code ignored;
    const auto since = fs::last_write_time(folder.path() + "/run.lock", ignored).time_since_epoch();
    return holder + '@' + std::to_string(since.count());
}

// Files of these endings in the order they were sent.
std::vector<fs::path> files_in(const std::string& folder, std::initializer_list<std::string_view> endings) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const bool wanted = std::any_of(endings.begin(), endings.end(),
                                        [&](std::string_view ending) { return name.ends_with(ending); });
        if (wanted && !name.starts_with('.')) files.push_back(entry->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

Json to_json(const ControlRequest& request, const std::string& to) {
    Json json{{"request", kKinds[request.index()]}, {"to", to}};
    if (const auto* stop = std::get_if<StopRequest>(&request)) json["now"] = stop->now;
    if (const auto* enqueue = std::get_if<EnqueueRequest>(&request))
        json["params"] = protocol::to_json(enqueue->params);
    return json;
}

struct Letter {
    ControlRequest request;
    std::string to;
};

// Throws some exception when it is none.
Letter read_letter(const fs::path& file) {
    std::ifstream in(file);
    const Json json = Json::parse(in);
    const auto kind = json.at("request").get<std::string>();
    Letter letter{{}, json.at("to").get<std::string>()};
    if (kind == "stop")
        letter.request = StopRequest{json.at("now").get<bool>()};
    else if (kind == "pause")
        letter.request = PauseRequest{};
    else if (kind == "resume")
        letter.request = ResumeRequest{};
    else if (kind == "enqueue")
        letter.request = EnqueueRequest{protocol::assignment_from_json(json.at("params"))};
    else
        throw std::runtime_error("\"" + kind + "\" is no request");
    return letter;
}

// After every request there is, also when the clock has been set back.
std::string next_order(const std::string& folder) {
    std::int64_t order = std::chrono::duration_cast<std::chrono::nanoseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
    for (const fs::path& file : files_in(folder, {kNew, kTaken}))
        order = std::max<std::int64_t>(
            order,
            std::min<std::int64_t>(std::strtoll(file.filename().c_str(), nullptr, 10), INT64_MAX - 1) + 1);
    std::string text = std::to_string(order);
    text.insert(0, 20 - std::min<std::size_t>(text.size(), 20), '0');
    return text + '-' + std::to_string(getpid());
}

}  // namespace

ControlInbox::ControlInbox(const RunFolder& folder)
    : folder_(inbox_of(folder)), address_(address_of(folder)) {}

Inbox ControlInbox::take() {
    Inbox inbox;
    std::error_code ignored;
    for (const fs::path& file : files_in(folder_, {kNew, kTaken})) {
        if (taken_.contains(file.string())) continue;
        try {
            Letter letter = read_letter(file);
            if (letter.to != address_ && !std::holds_alternative<EnqueueRequest>(letter.request)) {
                fs::remove(file, ignored);
                continue;
            }
            const fs::path taken = fs::path(file).replace_extension(kTaken);
            fs::rename(file, taken);
            taken_.insert(taken.string());
            inbox.requests.push_back({std::move(letter.request), taken.string()});
        } catch (const std::exception& e) {
            const fs::path aside = fs::path(file).replace_extension(kDamaged);
            fs::rename(file, aside, ignored);
            taken_.insert(file.string());  // said once, even where it cannot be moved
            inbox.notes.push_back("a request from outside cannot be read and is left in " + aside.string() +
                                  ": " + e.what());
        }
    }
    return inbox;
}

void ControlInbox::done(const Arrived& arrived) {
    std::error_code ignored;
    fs::remove(arrived.file, ignored);
    taken_.erase(arrived.file);
}

std::string send(const RunFolder& folder, const ControlRequest& request) {
    const std::string inbox = inbox_of(folder);
    std::error_code error;
    fs::create_directories(inbox, error);
    if (error) throw StorageError(inbox + ": cannot be created (" + error.message() + ")");
    const std::string file = inbox + '/' + next_order(inbox) + '-' + kKinds[request.index()] + kNew;
    data::write_durably(file, to_json(request, address_of(folder)).dump() + '\n');
    return file;
}

bool wait_until_taken(const std::string& file, std::chrono::milliseconds at_most) {
    constexpr std::chrono::milliseconds kLook{20};
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    while (fs::exists(file)) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(kLook);
    }
    return true;
}

bool is_paused(const RunFolder& folder) {
    const std::string address = address_of(folder);
    if (address.empty()) return false;
    for (const fs::path& file : files_in(inbox_of(folder), {kTaken})) {
        try {
            const Letter letter = read_letter(file);
            if (letter.to == address && std::holds_alternative<PauseRequest>(letter.request)) return true;
        } catch (const std::exception&) {
            continue;  // taken by somebody in the meantime
        }
    }
    return false;
}

}  // namespace o2v::orchestrator
