// A study whose trials another program runs: it asks for configurations and tells what came of them, one JSON
// object a line.
//
//   {"ask": 2}                                          -> 2 lines, each of
//       {"trial": 0, "params": {...}, "why": "..."}        a new trial ("why" when the strategy says it)
//       {"trial": 9, ..., "fork": {"trial": 3, "epoch": 4}, "epoch": 5}   one that begins where trial 3 was
//                                                          after epoch 4
//       {"trial": 3, "params": {...}, "resume": true, "epoch": 4}   a paused one that goes on with epoch 4
//       {"trial": null, "reason": "..."}                   there is nothing more to try
//   {"tell": {"trial": 0, "value": 1.5}}                -> {"ok": true}
//       or "values": {"metric": number, ...}, or "state": "failed" or "pruned" (with "message")
//   {"report": {"trial": 3, "epoch": 2, "value": 0.7}}  -> {"verdict": "go_on" | "pause" | "stop", "reason"}
//   anything else                                       -> {"error": "what is wrong with it"}
#pragma once

#include <cstdio>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/experiment.hpp"
#include "orchestrator/run_folder.hpp"
#include "orchestrator/storage.hpp"
#include "search/pruner.hpp"
#include "search/searcher.hpp"
#include "search/study/study.hpp"

namespace o2v::orchestrator {

// The most trials one "ask" may ask for.
inline constexpr std::int64_t kMaxAsked = 10'000;
// The longest line that is read; of a longer one the rest is skipped.
inline constexpr std::size_t kMaxLine = std::size_t{1} << 20;
inline constexpr std::string_view kLineTooLong = "the line is longer than 1 MiB";

class AskTell {
  public:
    // Does not own its parts. `study` is what storage.load() gave.
    AskTell(Study& study, Storage& storage, const search::Searcher& searcher, const search::Pruner& pruner)
        : study_(study), storage_(storage), searcher_(searcher), pruner_(pruner) {}

    // The lines that answer one line: as many as were asked for, otherwise one. What it changes is recorded
    // before it returns. NaN (also as the bare word, as Python writes it), null and "nan" are a value that is
    // no number: the trial has completed without one. Epochs are reported from 0 on without gaps; one that
    // has been reported is replaced. A wrong line changes nothing. Throws StorageError.
    std::vector<std::string> answer(std::string_view line);
    // The answer to a line that could not be read.
    static std::string refusal(std::string_view message);

  private:
    struct Told;  // what a "tell" or "report" says
    std::vector<std::string> ask(const nlohmann::json& count);
    std::string next();
    std::string tell(const nlohmann::json& body);
    std::string report(const nlohmann::json& body);
    const Trial& open_trial(const Told& told) const;
    void record(const std::vector<TrialEvent>& events);

    Study& study_;
    Storage& storage_;
    const search::Searcher& searcher_;
    const search::Pruner& pruner_;
};

// Serves lines from the file descriptor `in` until its end, flushing `out` after each. Throws StorageError,
// also when `out` cannot be written.
void serve(AskTell& ask_tell, int in, std::FILE* out);

// The experiment in `file` as one of trials that another program runs; a strategy or seed that is given
// counts in place of the file's.
Experiment load_asked(const std::string& file, const std::optional<std::string>& strategy,
                      const std::optional<std::int64_t>& seed);

// Where such a study is kept.
struct AskedStorage {
    std::unique_ptr<RunLock> lock;  // null in memory
    std::unique_ptr<Storage> storage;
};
// The study in the SQLite file `database` (created when there is none), in memory for "". Throws InputError
// when it holds a study that the experiment does not continue, StorageError when another process uses it or a
// medium fails.
AskedStorage open_asked(const Experiment& experiment, const std::string& database);

}  // namespace o2v::orchestrator
