#include "worker/answers/cluster.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "model/data/durable_file.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/cluster_page.hpp"
#include "worker/answers/items.hpp"

namespace o2v::answers {
namespace {

using nlohmann::json;

std::string dumped(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void write_assignments(data::DurableFile& file, const Items& items, const model::Clustering& clustering) {
    for (std::size_t row = 0; row < items.names.size(); ++row) {
        const std::string line =
            dumped({{"name", items.names[row]}, {"cluster", clustering.cluster[row]}}) + '\n';
        file.write(line.data(), line.size());
    }
    file.commit();
}

}  // namespace

void cluster(const ClusterCommandOptions& options) {
    std::optional<data::DurableFile> assignments, page;  // what cannot be written is told before the work
    if (!options.output.empty()) assignments.emplace(options.output);
    if (!options.html.empty()) page.emplace(options.html);
    const model::Predictor predictor(options.path(), options.device);
    const Items items = embed_items(predictor, options.items, options.side, Repeats::kept);
    const bool choose = options.k == "auto";
    const std::int64_t k = choose ? 3 : std::stoll(options.k);
    if (k > items.size())
        throw InputError("--k", options.k, fmt::format("there are {} items only", items.size()));
    const std::vector<float> unit =
        options.metric == "cosine" ? model::unit_rows(items.rows()) : std::vector<float>();
    const model::Rows rows{unit.empty() ? items.embeddings.values.data() : unit.data(), items.size(),
                           items.embeddings.columns};
    model::ClusterOptions how;
    how.seed = options.seed;
    const model::SilhouetteSample sample(rows);
    model::ChosenClustering chosen;
    if (choose)
        chosen = model::cluster_by_silhouette(rows, sample, 40, how);
    else
        chosen.clustering = model::cluster(rows, k, how);
    const model::Clustering& clustering = chosen.clustering;
    const double silhouette = sample.silhouette(clustering.cluster);

    std::vector<std::vector<std::int64_t>> typical;
    for (std::int32_t c = 0; c < clustering.count(); ++c)
        typical.push_back(
            model::most_typical(rows, clustering, c, static_cast<std::size_t>(options.typical)));
    const std::string sampled =
        sample.size() < items.size() ? fmt::format(" (on {} items drawn by chance)", sample.size()) : "";
    const std::string facts = fmt::format("{} items, {} clusters, silhouette {:.3f}{}, by {}", items.size(),
                                          clustering.count(), silhouette, sampled, options.metric);
    if (assignments) write_assignments(*assignments, items, clustering);
    if (page) {
        const model::Projection projection = model::principal_axes(rows);
        const ClusterPage content{fmt::format("{}: clusters of in{}", options.model, options.side),
                                  facts,
                                  items.names,
                                  clustering,
                                  projection,
                                  typical};
        const std::string html = to_html(content);
        page->write(html.data(), html.size());
        page->commit();
    }
    if (options.json) {
        json clusters = json::array(), tried = json::array();
        for (std::size_t c = 0; c < typical.size(); ++c) {
            json names = json::array();
            for (const std::int64_t row : typical[c])
                names.push_back(items.names[static_cast<std::size_t>(row)]);
            clusters.push_back({{"size", clustering.sizes[c]}, {"typical", names}});
        }
        for (const auto& [number, value] : chosen.tried)
            tried.push_back({{"k", number}, {"silhouette", value}});
        json found{{"items", items.size()},
                   {"silhouette", silhouette},
                   {"silhouette_sample", sample.size()},
                   {"clusters", clusters}};
        if (choose) found["tried"] = tried;
        fmt::print("{}\n", dumped(found));
        return;
    }
    fmt::print("{}\n", facts);
    if (choose) {
        fmt::print("  tried:");
        for (const auto& [number, value] : chosen.tried) fmt::print(" {} {:.3f}", number, value);
        fmt::print("\n");
    }
    for (std::size_t c = 0; c < typical.size(); ++c) {
        fmt::print("\n{}: {} items\n", c, clustering.sizes[c]);
        for (const std::int64_t row : typical[c])
            fmt::print("  {}\n", items.names[static_cast<std::size_t>(row)]);
    }
}

}  // namespace o2v::answers
