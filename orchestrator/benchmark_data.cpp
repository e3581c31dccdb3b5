#include "orchestrator/benchmark_data.hpp"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/data/durable_file.hpp"
#include "search/study/assignment.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;

class Writer {
  public:
    Writer(const SyntheticPairs& options, std::uint64_t stream)
        : options_(options), rng_(derive_seed(options.seed, stream)) {}

    std::string lines(std::int64_t rows) {
        std::string text;
        for (std::int64_t row = 0; row < rows; ++row) {
            const auto label = static_cast<std::int64_t>(below(options_.classes));
            const std::string in0 = sequence(label, options_.longest0);
            const std::string in1 = sequence(label, options_.longest1);
            text += "{\"label\":" + std::to_string(label) + ",\"in0\":" + in0 + ",\"in1\":" + in1 + "}\n";
        }
        return text;
    }

  private:
    std::int64_t below(std::int64_t n) {
        return static_cast<std::int64_t>(uniform_index(rng_, static_cast<std::uint64_t>(n)));
    }
    // Group g holds the ids 1 + g, 1 + g + classes, ...: the more frequent the lower.
    std::int64_t token(std::int64_t label) {
        const std::int64_t group = uniform01(rng_) < options_.noise ? below(options_.classes) : label;
        const std::int64_t members = (options_.vocabulary - 2 - group) / options_.classes + 1;
        const auto member =
            static_cast<std::int64_t>(std::pow(static_cast<double>(members) + 1, uniform01(rng_))) - 1;
        return 1 + group + options_.classes * std::min(member, members - 1);
    }
    std::string sequence(std::int64_t label, std::int64_t longest) {
        const std::int64_t length = 1 + below(longest);
        std::string text = "[";
        for (std::int64_t i = 0; i < length; ++i) text += (i > 0 ? "," : "") + std::to_string(token(label));
        return text + "]";
    }

    const SyntheticPairs& options_;
    Rng rng_;
};

}  // namespace

nlohmann::json to_json(const SyntheticPairs& options) {
    return {{"train", options.train},       {"validation", options.validation},
            {"classes", options.classes},   {"vocabulary", options.vocabulary},
            {"longest0", options.longest0}, {"longest1", options.longest1},
            {"noise", options.noise},       {"seed", options.seed}};
}

void write_synthetic(const SyntheticPairs& options, const std::string& folder) {
    const std::string made_with = folder + "/synthetic.json", text = to_json(options).dump() + '\n';
    std::error_code error;
    if (fs::exists(made_with, error) && data::read_whole(made_with) == text) return;
    fs::create_directories(folder, error);
    if (error) throw storage_error(folder, "cannot be created", error.value());
    data::write_durably(folder + "/train.jsonl", Writer(options, 1).lines(options.train));
    data::write_durably(folder + "/validation.jsonl", Writer(options, 2).lines(options.validation));
    data::write_durably(made_with, text);  // last: it tells that the others are whole
}

}  // namespace o2v::orchestrator
