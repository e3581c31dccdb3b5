// What a study asks of a trial's model beyond its loss: figures (protocol/figures.hpp), measured.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/evaluation/ranking.hpp"
#include "model/inference.hpp"
#include "worker/protocol/figures.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::worker {

// A trial's sets; the last two null when absent.
struct JudgedSets {
    const data::Dataset* train = nullptr;
    const data::Dataset* validation = nullptr;
    const data::Dataset* test = nullptr;
};

class FigureMeter {
  public:
    // Of the metrics that the trial's study names, those that a model of these options has. `stop` is asked
    // in between; after it said true the results below are empty.
    FigureMeter(const protocol::StartTrial& trial, const model::Options& options, JudgedSets sets,
                std::function<bool()> stop);

    // After an epoch, on the validation set: what model::evaluate() reports, and the goal where it is a
    // figure. Throws InputError where the set does not allow it. REQUIRES: there is such a set.
    model::Metrics of_epoch(model::Object2Vec& model);
    // Of the kept model: `known`, what model::evaluate() reports on the test set, and all figures; on the
    // test set also those asked of the validation set, so that versions of a model compare by them. Throws as
    // above. REQUIRES: `known` is not empty.
    model::Metrics of_kept(model::Object2Vec& model, model::Metrics known);

  private:
    using Figures = std::vector<protocol::Figure>;

    const data::Dataset& set(const std::string& name) const;
    const std::string& path(const std::string& set) const;
    bool evaluate(model::Object2Vec& model, const std::string& set, const Figures& figures,
                  model::Metrics& metrics);
    bool rank(model::Object2Vec& model, const std::string& set, const Figures& figures,
              model::Metrics& metrics);
    bool time(model::Object2Vec& model, const Figures& figures, model::Metrics& metrics);

    const protocol::StartTrial& trial_;
    JudgedSets sets_;
    std::function<bool()> stop_;
    Figures asked_;
    std::map<std::string, model::RankingTask> tasks_;  // by set, drawn when first needed
};

}  // namespace o2v::worker
