// The study that the golden outputs are of.
#pragma once

#include <limits>

#include "search/study/study.hpp"

namespace o2v::testing {

// Of no name, no goal and no parameters.
inline Study bare_study() {
    const StudySpec spec;
    return Study(spec);
}

// Six trials: 0 completed, 1 completed and best, 2 pruned, 3 failed on its second attempt, 4 completed with
// NaN, 5 runs.
inline Study demo_study() {
    StudySpec spec;
    spec.name = "demo";
    spec.goal = {"validation:accuracy", Direction::maximize};
    spec.space = SearchSpace(
        {{"network", CategoricalDomain{{std::string("hcnn"), std::string("pooled_embedding")}}, {}},
         {"width", IntDomain{1, 9}, {{"network", {"hcnn"}}}},
         {"learning_rate", FloatDomain{1e-6, 1, Scale::log}, {}}});
    spec.fixed = {{"epochs", std::int64_t{3}}};
    Study study(spec);
    const auto begin = [&](Assignment params) {
        const auto id = static_cast<TrialId>(study.trials().size());
        study.apply(TrialCreated{id, std::move(params), 40 + static_cast<std::uint64_t>(id)});
        study.apply(AttemptStarted{id, 1, "slot-0/pid-11", "cpu", "box", {0, 1, 3}});
        return id;
    };
    const auto report = [&](TrialId id, std::vector<double> values) {
        for (const double value : values) {
            Measurement m;
            m.epoch = std::ssize(study.trial(id).curve);
            m.metrics = {{"validation:accuracy", value}, {"train:loss", 1 - value}};
            m.elapsed = std::chrono::milliseconds(1250);
            m.pairs_per_second = 20480.4;
            m.peak_memory_bytes = 300 << 20;
            study.apply(Reported{id, static_cast<int>(study.trial(id).attempts.size()), m});
        }
    };
    const auto pooled = [](double rate) {
        return Assignment{{"network", "pooled_embedding"}, {"learning_rate", rate}};
    };
    const auto hcnn = [](std::int64_t width, double rate) {
        return Assignment{{"network", "hcnn"}, {"width", width}, {"learning_rate", rate}};
    };

    report(begin(pooled(0.1)), {0.5, 0.7});
    study.apply(TrialEnded{0, Completed{{{"validation:accuracy", 0.7}}, 1, ""}});
    report(begin(hcnn(3, 1.0 / 3000)), {0.5, 0.8, 0.79});
    study.apply(Checkpointed{1, 1, {"trials/1/checkpoint", 2}});
    study.apply(TrialEnded{
        1, Completed{{{"validation:accuracy", 0.8}, {"test:accuracy", 0.78125}}, 1, "trials/1/model.pt"}});
    report(begin(hcnn(9, 1)), {0.25});
    study.apply(TrialEnded{2, Pruned{"worse than the median, \"0.5\"", false}});
    report(begin(pooled(1e-6)), {0.5});
    study.apply(AttemptFailed{3, 1, FailureKind::crashed, "signal 11"});
    study.apply(AttemptStarted{3, 2, "slot-1/pid-12", "cuda:0", "box", {}});
    study.apply(AttemptFailed{3, 2, FailureKind::out_of_memory, "12 GiB asked for"});
    study.apply(TrialEnded{3, Failure{FailureKind::out_of_memory, "12 GiB asked for"}});
    report(begin(pooled(0.5)), {std::numeric_limits<double>::quiet_NaN()});
    study.apply(
        TrialEnded{4, Completed{{{"validation:accuracy", std::numeric_limits<double>::quiet_NaN()}}, 0, ""}});
    begin(hcnn(1, 0.01));
    return study;
}

}  // namespace o2v::testing
