// Exports, read back.
#include "reports/export.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/leaderboard.hpp"
#include "reports/tensorboard.hpp"
#include "tests/reports/studies.hpp"

namespace o2v::reports {
namespace {

using nlohmann::json;
using o2v::testing::bare_study;
using o2v::testing::demo_study;

std::string exported(void (*write)(const Study&, const Sink&), const Study& study) {
    std::string text;
    write(study, [&](std::string_view piece) { text += piece; });
    return text;
}

TEST(Export, TrialsAreARowEachWithAllOfThem) {
    EXPECT_EQ('\n' + exported(export_trials_csv, demo_study()), R"(
trial,state,test:accuracy,train:loss,validation:accuracy,epochs,learning_rate,network,width,seed,epochs_run,seconds,attempts,best_epoch,model_path,reason,why
0,completed,,,0.7,3,0.1,pooled_embedding,,40,2,2.5,1,1,,,
1,completed,0.78125,,0.8,3,0.0003333333333333333,hcnn,3,41,3,3.75,1,1,trials/1/model.pt,,
2,pruned,,0.75,0.25,3,1,hcnn,9,42,1,1.25,1,,,"worse than the median, ""0.5""",
3,failed,,0.5,0.5,3,1e-06,pooled_embedding,,43,1,1.25,2,,,out_of_memory: 12 GiB asked for,
4,completed,,,nan,3,0.5,pooled_embedding,,44,1,1.25,1,0,,,
5,running,,,,3,0.01,hcnn,1,45,0,0,1,,,,
)");
}

TEST(Export, CurvesAreARowAnEpoch) {
    const std::string csv = exported(export_curves_csv, demo_study());
    EXPECT_EQ(csv.substr(0, csv.find('\n', csv.find("\n1,0"))),
              R"(trial,epoch,seconds,pairs_per_second,peak_memory_bytes,train:loss,validation:accuracy
0,0,1.25,20480.4,314572800,0.5,0.5
0,1,1.25,20480.4,314572800,0.30000000000000004,0.7)");
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 + 3 + 1 + 1 + 1);
}

TEST(Export, JsonHoldsWhatEachTrialsJsonDoes) {
    const Study study = demo_study();
    const json all = json::parse(exported(export_json, study));
    EXPECT_EQ(all["name"], "demo");
    EXPECT_EQ(all["goals"], json::parse(R"([{"metric": "validation:accuracy", "direction": "maximize"}])"));
    ASSERT_EQ(all["trials"].size(), 6U);
    for (TrialId id = 0; id < 6; ++id)
        EXPECT_EQ(all["trials"][static_cast<std::size_t>(id)], json::parse(trial_json(study, id)));
    const json none = json::parse(exported(export_json, bare_study()));
    EXPECT_EQ(none["trials"], json::array());
}

// RFC 3720, appendix B.4, and the check value of the catalogue of CRC algorithms.
TEST(Crc32c, HasItsKnownAnswers) {
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
    std::string rising;
    for (char c = 0; c < 32; ++c) rising += c;
    EXPECT_EQ(crc32c(rising), 0x46DD794EU);
}

TEST(TfRecord, IsLengthAndBytesEachWithItsMaskedChecksum) {
    const std::string record = tf_record("abc");
    EXPECT_EQ(record.size(), 8U + 4 + 3 + 4);
    EXPECT_EQ(record.substr(0, 8), std::string("\x03\0\0\0\0\0\0\0", 8));
    std::uint32_t masked = 0;
    std::memcpy(&masked, record.data() + 15, 4);
    const std::uint32_t rotated = masked - 0xA282EAD8U;
    EXPECT_EQ((rotated >> 17) | (rotated << 15), crc32c("abc"));
    EXPECT_EQ(crc32c("abc"), 0x364B3FB7U);
}

// A reader of its own: field number -> what was written there, of any wire type.
struct Field {
    std::uint64_t integer = 0;
    std::string bytes;
    double number() const {
        double value = 0;
        if (bytes.size() == 8) std::memcpy(&value, bytes.data(), 8);
        return value;
    }
    float single() const {
        float value = 0;
        if (bytes.size() == 4) std::memcpy(&value, bytes.data(), 4);
        return value;
    }
};
using Fields = std::multimap<std::uint64_t, Field>;

Fields read_message(const std::string& bytes) {
    Fields fields;
    std::size_t at = 0;
    const auto varint = [&] {
        std::uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes.at(at++));
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
    };
    while (at < bytes.size()) {
        const std::uint64_t tag = varint();
        Field field;
        const std::uint64_t type = tag & 7;
        if (type == 0) {
            field.integer = varint();
        } else {
            const std::size_t size = type == 1 ? 8 : type == 5 ? 4 : static_cast<std::size_t>(varint());
            EXPECT_TRUE(type == 1 || type == 2 || type == 5) << type;
            EXPECT_LE(at + size, bytes.size());
            field.bytes = bytes.substr(at, size);
            at += size;
        }
        fields.emplace(tag >> 3, field);
    }
    return fields;
}

const Field& only(const Fields& fields, std::uint64_t number) {
    EXPECT_EQ(fields.count(number), 1U) << number;
    return fields.find(number)->second;
}

std::vector<Fields> read_records(const std::string& file) {
    std::vector<Fields> events;
    for (std::size_t at = 0; at < file.size();) {
        std::uint64_t length = 0;
        std::memcpy(&length, file.data() + at, 8);
        const std::string bytes = file.substr(at + 12, length);
        EXPECT_EQ(tf_record(bytes), file.substr(at, length + 16)) << "checksums";
        events.push_back(read_message(bytes));
        at += length + 16;
    }
    return events;
}

Fields value_of(const Fields& event) {
    return read_message(only(read_message(only(event, 5).bytes), 1).bytes);
}

TEST(TensorBoard, AScalarAMetricAndEpochAndTheHyperparameters) {
    const Study study = demo_study();
    const std::vector<Fields> events =
        read_records(trial_events(study, study.trial(1), 1000.5, {1001, 1002, 1003}));
    ASSERT_EQ(events.size(), 1U + 1 + 3 * 2 + 1 + 1);
    EXPECT_EQ(only(events[0], 3).bytes, "brain.Event:2");
    EXPECT_EQ(only(events[0], 1).number(), 1000.5);

    std::map<std::string, std::map<std::uint64_t, float>> scalars;
    for (std::size_t i = 2; i + 1 < events.size(); ++i) {
        const Fields value = value_of(events[i]);
        const std::uint64_t step = events[i].contains(2) ? only(events[i], 2).integer : 0;
        scalars[only(value, 1).bytes][step] = only(value, 2).single();
        EXPECT_EQ(only(events[i], 1).number(), 1001.0 + static_cast<double>(step));
    }
    EXPECT_EQ(scalars["validation/accuracy"],
              (std::map<std::uint64_t, float>{{0, 0.5F}, {1, 0.8F}, {2, 0.79F}}));
    EXPECT_EQ(scalars["test/accuracy"], (std::map<std::uint64_t, float>{{2, 0.78125F}}));

    const auto plugin_of = [](const Fields& event) {
        const Fields plugin = read_message(only(read_message(only(value_of(event), 9).bytes), 1).bytes);
        EXPECT_EQ(only(plugin, 1).bytes, "hparams");
        return read_message(only(plugin, 2).bytes);
    };
    EXPECT_EQ(only(value_of(events[1]), 1).bytes, "_hparams_/session_start_info");
    std::map<std::string, Fields> hparams;
    const Fields session = read_message(only(plugin_of(events[1]), 3).bytes);
    for (auto [entry, end] = session.equal_range(1); entry != end; ++entry) {
        const Fields pair = read_message(entry->second.bytes);
        hparams[only(pair, 1).bytes] = read_message(only(pair, 2).bytes);
    }
    EXPECT_EQ(hparams.size(), 4U);
    EXPECT_EQ(only(hparams["network"], 3).bytes, "hcnn");
    EXPECT_EQ(only(hparams["width"], 2).number(), 3);
    EXPECT_EQ(only(hparams["learning_rate"], 2).number(), 1.0 / 3000);
    EXPECT_EQ(only(hparams["epochs"], 2).number(), 3);
    EXPECT_EQ(only(read_message(only(plugin_of(events.back()), 4).bytes), 1).integer, 1U);
    EXPECT_EQ(
        only(read_message(
                 only(plugin_of(read_records(trial_events(study, study.trial(3), 1, {2})).back()), 4).bytes),
             1)
            .integer,
        2U)
        << "a failure";

    const std::vector<Fields> all = read_records(study_events(study, 7));
    ASSERT_EQ(all.size(), 2U);
    const Fields experiment = read_message(only(plugin_of(all[1]), 2).bytes);
    EXPECT_EQ(experiment.count(4), 3U);
    EXPECT_EQ(only(experiment, 6).bytes, "demo");
    const Fields metric = read_message(only(experiment, 5).bytes);
    EXPECT_EQ(only(read_message(only(metric, 1).bytes), 2).bytes, "validation/accuracy");
}

}  // namespace
}  // namespace o2v::reports
