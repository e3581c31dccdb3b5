// A study as a page to look at: one JSON document of all that the page shows, and the page as one HTML file
// that opens without a network. Pure functions; what is not in the study comes with PageExtras.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::reports {

// Seconds since 1970. Without an end it goes on, or nobody knows how it ended.
struct TimeSpan {
    double start = 0;
    std::optional<double> end = std::nullopt;
    bool operator==(const TimeSpan&) const = default;
};

// What a method says about how much each parameter matters.
struct PageImportance {
    std::string method;                                  // "PED-ANOVA"
    std::vector<std::pair<std::string, double>> shares;  // in [0, 1], the most important first
    std::string remark;                                  // why there are none, or what they leave out
};

struct PageExtras {
    std::string run;       // the study as a shell takes it after --run: "runs/wordnet", "'my runs/a'"
    std::string version;   // of o2v-tune
    double now = 0;        // seconds since 1970, of this document
    bool running = false;  // is an o2v-tune running it now?
    std::vector<TimeSpan> runs = {};
    std::vector<PageImportance> importance = {};
    std::map<TrialId, std::vector<TimeSpan>> attempts = {};  // [n]: of attempt n + 1
    std::map<TrialId, std::string> logs = {};                // the last of what a trial has printed
};

// All JSON here is on one line, with null for numbers that are absent or not finite, and U+FFFD for bytes
// that are no UTF-8.
//
// The whole document: {"trials":[a trial, ...]} and the head's members.
//
// The head: {"format":1,"name":"wordnet","run":"runs/wordnet","version":"0.1.0",
// "now":1764178000.5,"running":true,"goals":[{"metric":"validation:accuracy","direction":"maximize"}],
// "constraints":[{"metric":"model_bytes","min":null,"max":5e7}],
// "space":[{"name":"enc_dim","type":"int","scale":"log","min":16,"max":512,"step":1,"when":["encoder =
// hcnn"]},
//          {"name":"encoder","type":"categorical","values":["hcnn","bilstm"],"when":[]}],
// "fixed":{"epochs":5},"search":{"strategy":"bayesian","seed":7},"pruner":"median",
// "budget":{"trials":32,"seconds":200.0,"target":null},"counts":{"waiting":0,"running":2,...},"best":7,
// "front":[3,7],"hypervolume":{"reference":[0.9,12],"history":[[5,0.31],[9,0.42]]},
// "runs":[{"start":..,"end":..}],
// "importance":[{"method":"PED-ANOVA","shares":[{"parameter":"enc_dim","share":0.62}],"remark":""}]}.
// "best" is null without one; "front" is empty, and "hypervolume" null, with one goal. The history has a
// point a change of the front: how many trials had ended, and the volume up to "reference", the worst value
// of each goal among all feasible trials.
//
// A trial: {"id":7,"state":"completed","ended":5,"value":0.81,"values":{...},"feasible":true,"violation":0,
// "reason":"","why":"gp: ...","params":{...},"seed":"47","epochs":5,"seconds":3.4,"best_epoch":2,
// "model":true,"metrics":{...},"planned":5,"pauses":0,"fork":null,"diverged":false,
// "attempts":[{"attempt":1,"slot":"0","worker":"slot-0/pid-11","device":"cpu","host":"box","cores":"0-1",
//              "start":..,"end":..,"failure":null}],
// "curve":{"validation:accuracy":[0.5,0.7],...},"epoch_seconds":[...],"speed":[...],"memory":314572800,
// "log":null}.
// "ended" counts the trials that ended before it, null while it has not; "value" is of the first goal,
// "values" of every goal and constraint; "feasible" and "violation" are null unless completed; "seed" is a
// text, since it has 64 bits; "model" says whether it has left one; "failure" is
// {"kind":..,"message":..}; "speed" is in pairs/s; "memory" the
// highest of all epochs in bytes. The curves of a study of more than kCurveNumbers numbers hold the goals'
// metrics only.
inline constexpr std::size_t kCurveNumbers = 1'000'000;
std::string page_document(const Study& study, const PageExtras& extras);
// {"head":the head,"trials":[each of `changed`]}: what a page that has the document needs
// to become the new one. Of what ended trials mean to each other (rank, best so far) the page thinks by
// itself. Throws std::out_of_range when there is no such trial.
std::string page_update(const Study& study, const std::vector<TrialId>& changed, const PageExtras& extras);

// The page with a document, or with a JSON array of several, in it. An empty text makes the live page, which
// asks the server that it comes from: GET api/studies, api/studies/NAME, api/studies/NAME/events,
// api/studies/NAME/trials/N/log. REQUIRES: the document is JSON.
std::string page_html(const std::string& document);
// Has the page its figures, or was it built without them?
bool page_has_figures();

}  // namespace o2v::reports
