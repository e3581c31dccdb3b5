// `o2v-tune reproduce`: a trial is trained again from its record, and must come out the same bit for bit.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/stored_study.hpp"

namespace o2v::orchestrator {

// Two values that are not the same bits; nullopt: one of the trainings did not report it.
struct Discrepancy {
    std::optional<std::int64_t> epoch;  // nullopt: of the model kept
    std::string metric;
    std::optional<double> recorded, again;
    bool operator==(const Discrepancy&) const = default;
};

struct Reproduction {
    TrialId trial = 0;
    std::int64_t epochs = 0;  // that were compared
    std::vector<Discrepancy> metrics;
    // XXH3-128 of the weights; empty where the model was not kept, or the objective leaves none.
    std::string weights_recorded, weights_again;
    std::string ending;                // how it ended otherwise than recorded; "" when as recorded
    std::vector<std::string> changes;  // what is not as it was then: "data train: another content"

    bool weights_compared() const { return !weights_recorded.empty(); }
    bool equal() const;
};

// What two trainings of a trial reported, epochs from `from` on.
std::vector<Discrepancy> compare(const std::vector<Measurement>& recorded,
                                 const std::vector<Measurement>& again, std::int64_t from);
std::vector<Discrepancy> compare(const Metrics& recorded, const Metrics& again,
                                 std::optional<std::int64_t> epoch);

// Trains it in a folder of its own beside the study's, which is not touched and may be running; removed at
// the end. With the threads and the kind of device it was trained with last. What completed, or diverged, is
// trained to its end; any other trial up to its last epoch on record. `progress` hears of every epoch.
// Returns nullopt when it was interrupted. Throws InputError when there is no such trial, it has no epoch on
// record, its data or device is not there, or it went on from a checkpoint that is not kept; StorageError.
std::optional<Reproduction> reproduce(const StoredStudy& stored, TrialId trial,
                                      const std::function<void(const Measurement&)>& progress);

// For people: one line when all is equal, else a table of what differs and why it may.
std::string to_text(const Reproduction& reproduction);
nlohmann::json to_json(const Reproduction& reproduction);

}  // namespace o2v::orchestrator
