#include "orchestrator/ask_tell.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "orchestrator/json_fields.hpp"
#include "orchestrator/machine.hpp"
#include "orchestrator/tuner.hpp"
#include "search/study/errors.hpp"
#include "worker/protocol/json.hpp"

namespace o2v::orchestrator {

using Json = nlohmann::json;
using Answer = nlohmann::ordered_json;  // fields in the order they are read in

struct AskTell::Told {
    std::string place;  // "/tell"
    TrialId trial = 0;
    std::optional<std::int64_t> epoch;
    Metrics metrics;
    std::string state = "completed", message;
};

namespace {

constexpr const char* kForms = R"(a line is {"ask": N}, {"tell": {...}} or {"report": {...}})";
constexpr int kMaxDepth = 8;                                        // of a request; what is deeper is none
constexpr std::size_t kLongestValue = 100, kLongestRefusal = 1000;  // of what a line is refused with

// JSON with the words NaN, Infinity and -Infinity, which Python's json writes, in quotes. Texts are left.
std::string with_quoted_words(std::string_view line) {
    std::string quoted;
    bool in_text = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (in_text && line[i] == '\\' && i + 1 < line.size()) {
            quoted += line[i++];
        } else if (line[i] == '"') {
            in_text = !in_text;
        } else if (!in_text) {
            const std::string_view words[] = {"NaN", "Infinity", "-Infinity"};
            const auto word = std::find_if(std::begin(words), std::end(words),
                                           [&](std::string_view w) { return line.substr(i).starts_with(w); });
            if (word != std::end(words)) {
                quoted.append(1, '"').append(*word).append(1, '"');
                i += word->size() - 1;
                continue;
            }
        }
        quoted += line[i];
    }
    return quoted;
}

// Throws InputError.
Json parse_line(std::string_view line) {
    const auto shallow = [](int depth, Json::parse_event_t, Json&) {
        if (depth > kMaxDepth) throw InputError("line", "", std::string("is nested too deeply: ") + kForms);
        return true;
    };
    const auto parse = [&](std::string_view text) { return Json::parse(text, shallow); };
    try {
        try {
            return parse(line);
        } catch (const Json::parse_error&) {
            return parse(with_quoted_words(line));
        }
    } catch (const Json::exception& e) {
        const std::string what = e.what();
        const std::size_t bracket = what.find("] ");  // "[json.exception.parse_error.101] parse error ..."
        throw InputError("line", "", bracket == std::string::npos ? what : what.substr(bracket + 2));
    }
}

// null, NaN and infinities included; nullopt when it is no number.
std::optional<double> number_of(const Json& json) {
    if (json.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (json.is_number()) return json.get<double>();
    if (!json.is_string()) return std::nullopt;
    std::string word = json.get<std::string>();
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (word == "inf" || word == "infinity") return std::numeric_limits<double>::infinity();
    if (word == "-inf" || word == "-infinity") return -std::numeric_limits<double>::infinity();
    return std::nullopt;
}

constexpr const char* kNumber = "must be a number, null or \"nan\"";

Metrics read_metrics(JsonFields& fields, const StudySpec& spec) {
    Metrics metrics;
    if (const Json* values = fields.get("values"); values && !values->is_object()) {
        fields.report("values", "must be an object {\"metric\": number}");
    } else if (values) {
        for (const auto& [name, value] : values->items()) {
            if (const auto number = number_of(value))
                metrics[name] = *number;
            else
                fields.problems().push_back({fields.where("values/" + name), value.dump(), kNumber});
        }
    }
    // JsonFields takes null for a value: it is there.
    if (const Json* value = fields.get("value")) {
        if (const auto number = number_of(*value))
            metrics[spec.goal.metric] = *number;
        else
            fields.report("value", kNumber);
    }
    return metrics;
}

void require_metrics(const std::string& place, const std::vector<std::string>& names,
                     const Metrics& metrics) {
    for (const std::string& name : names)
        if (!metrics.contains(name))
            throw InputError(place, "",
                             "has no number for " + name + ": give it as " +
                                 (name == names.front() ? "\"value\", or in " : "") + "\"values\"");
}

const char* word_for(search::Verdict::Kind kind) {
    switch (kind) {
        case search::Verdict::Kind::pause:
            return "pause";
        case search::Verdict::Kind::stop:
            return "stop";
        default:
            return "go_on";
    }
}

std::string line_of(const Answer& answer) {
    return answer.dump(-1, ' ', false, Answer::error_handler_t::replace);
}

AttemptStarted next_attempt(const Trial& trial) {
    return {trial.id, static_cast<int>(trial.attempts.size()) + 1, "ask-tell", "", host_name(), {}};
}

}  // namespace

std::string AskTell::refusal(std::string_view message) {
    std::string text(message.substr(0, kLongestRefusal));
    if (message.size() > kLongestRefusal) text += "...";
    return line_of({{"error", text}});
}

std::vector<std::string> AskTell::answer(std::string_view line) {
    try {
        const Json json = parse_line(line);
        if (!json.is_object() || json.size() != 1) return {refusal(kForms)};
        const std::string& request = json.begin().key();
        if (request == "ask") return ask(json.front());
        if (request == "tell") return {tell(json.front())};
        if (request == "report") return {report(json.front())};
        return {refusal('"' + request + "\" is no request: " + kForms)};
    } catch (const InputError& e) {
        std::vector<Problem> problems = e.problems();
        for (Problem& problem : problems)
            if (problem.value.size() > kLongestValue)
                problem.value.replace(kLongestValue, std::string::npos, "...");
        return {refusal(InputError(std::move(problems)).what())};
    }
}

std::vector<std::string> AskTell::ask(const Json& count) {
    if (!count.is_number_integer() || count < 1 || count > kMaxAsked)
        throw InputError("/ask", count.dump(), "must be an integer from 1 to " + std::to_string(kMaxAsked));
    std::vector<std::string> lines;
    for (auto n = count.get<std::int64_t>(); n > 0; --n) lines.push_back(next());
    return lines;
}

std::string AskTell::next() {
    while (const auto retired = pruner_.retire(study_))
        record({TrialEnded{retired->trial, Pruned{retired->reason, false}}});
    if (const std::optional<TrialId> paused = pruner_.promote(study_)) {
        record({next_attempt(study_.trial(*paused))});
        const Trial& trial = study_.trial(*paused);
        return line_of({{"trial", trial.id},
                        {"params", protocol::to_json(trial.params)},
                        {"resume", true},
                        {"epoch", trial.curve.size()}});
    }
    const auto id = static_cast<TrialId>(study_.trials().size());
    Rng rng(suggestion_seed(study_.spec(), id));
    const std::optional<search::Suggestion> suggestion = searcher_.suggest(study_, rng);
    if (!suggestion) return line_of({{"trial", nullptr}, {"reason", searcher_.why_nothing_left()}});
    Trial trial;
    trial.id = id;
    record({TrialCreated{id, suggestion->params, 0, suggestion->why, suggestion->fork}, next_attempt(trial)});
    Answer json{{"trial", id}, {"params", protocol::to_json(suggestion->params)}};
    if (!suggestion->why.empty()) json["why"] = suggestion->why;
    if (const auto& fork = suggestion->fork) {
        json["fork"] = Answer{{"trial", fork->parent}, {"epoch", fork->epoch}};
        json["epoch"] = fork->epoch + 1;
    }
    return line_of(json);
}

const Trial& AskTell::open_trial(const Told& told) const {
    const auto count = static_cast<TrialId>(study_.trials().size());
    if (told.trial < 0 || told.trial >= count)
        throw InputError(told.place + "/trial", std::to_string(told.trial),
                         count == 0 ? "there is no such trial: none has been asked for yet"
                                    : "there is no such trial: the last one is " + std::to_string(count - 1));
    const Trial& trial = study_.trial(told.trial);
    if (!trial.ending) return trial;
    const auto* pruned = std::get_if<Pruned>(&*trial.ending);
    throw InputError(told.place + "/trial", std::to_string(told.trial),
                     "has ended: " + std::string(to_text(trial.state())) +
                         (pruned ? " (" + pruned->reason + ")" : std::string()));
}

namespace {

// Fields that "tell" and "report" have in common, and their own.
template <class Told>
Told read_told(const Json& body, const char* request, const StudySpec& spec) {
    std::vector<Problem> problems;
    Told told;
    told.place = std::string("/") + request;
    JsonFields fields(body, told.place, problems);
    fields.require("trial");
    told.trial = fields.integer("trial", 0, INT64_MAX).value_or(0);
    told.metrics = read_metrics(fields, spec);
    if (told.place == "/report") {
        fields.require("epoch");
        told.epoch = fields.integer("epoch", 0, INT64_MAX);
    } else {
        if (const auto state = fields.choice("state", {"completed", "failed", "pruned"})) told.state = *state;
        if (const auto message = fields.text("message")) told.message = *message;
    }
    fields.finish();
    if (!problems.empty()) throw InputError(std::move(problems));
    return told;
}

bool has_a_number(const Metrics& metrics) {
    return std::any_of(metrics.begin(), metrics.end(), [](const auto& m) { return !std::isnan(m.second); });
}

}  // namespace

std::string AskTell::tell(const Json& body) {
    const Told told = read_told<Told>(body, "tell", study_.spec());
    const std::string ok = line_of({{"ok", true}});
    if (told.state == "pruned" && told.trial < std::ssize(study_.trials()) &&
        study_.trial(told.trial).state() == TrialState::pruned)
        return ok;  // it repeats the verdict that it was given
    const Trial& trial = open_trial(told);
    if (told.state != "completed") {
        if (has_a_number(told.metrics))
            throw InputError(told.place + "/state", '"' + told.state + '"', "goes without a value");
        const std::string message = told.message.empty() ? "told so" : told.message;
        if (told.state == "failed")
            record({TrialEnded{trial.id, Failure{FailureKind::crashed, message}}});
        else
            record({TrialEnded{trial.id, Pruned{message, false}}});
        return ok;
    }
    require_metrics(told.place, study_.judged_metrics(), told.metrics);
    std::vector<TrialEvent> events;
    if (trial.state() != TrialState::running) events.push_back(next_attempt(trial));
    const std::int64_t last = std::max<std::int64_t>(0, std::ssize(trial.curve) - 1);
    events.push_back(TrialEnded{trial.id, Completed{told.metrics, last, ""}});
    record(events);
    return ok;
}

std::string AskTell::report(const Json& body) {
    const Told told = read_told<Told>(body, "report", study_.spec());
    const Trial& trial = open_trial(told);
    if (trial.state() != TrialState::running)
        throw InputError(told.place + "/trial", std::to_string(told.trial),
                         "is paused: it goes on when an ask gives it out again");
    require_metrics(told.place, {study_.spec().goal.metric}, told.metrics);
    if (*told.epoch > std::ssize(trial.curve))
        throw InputError(told.place + "/epoch", std::to_string(*told.epoch),
                         "would leave a gap: epochs count from 0, and the next one of trial " +
                             std::to_string(trial.id) + " is " + std::to_string(trial.curve.size()));
    Measurement measurement;
    measurement.epoch = *told.epoch;
    measurement.metrics = told.metrics;
    record({Reported{trial.id, static_cast<int>(trial.attempts.size()), std::move(measurement)}});
    // After its last epoch there is nothing left to save: it completes.
    const std::optional<std::int64_t> epochs = planned_epochs(study_.spec(), trial.params);
    const bool is_last = epochs && *told.epoch + 1 >= *epochs;
    const search::Verdict verdict = is_last ? search::Verdict{search::Verdict::Kind::go_on, "its last epoch"}
                                            : pruner_.judge(trial, study_);
    if (verdict.kind == search::Verdict::Kind::pause) record({Paused{trial.id, verdict.reason}});
    if (verdict.kind == search::Verdict::Kind::stop)
        record({TrialEnded{trial.id, Pruned{verdict.reason, false}}});
    return line_of({{"verdict", word_for(verdict.kind)}, {"reason", verdict.reason}});
}

void AskTell::record(const std::vector<TrialEvent>& events) {
    storage_.record(events);
    for (const TrialEvent& event : events) study_.apply(event);
}

}  // namespace o2v::orchestrator
