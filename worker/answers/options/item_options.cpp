#include "worker/answers/options/item_options.hpp"

#include <memory>

namespace o2v::answers {
namespace {

const CLI::Validator kClusters(
    [](const std::string& text) {
        if (text == "auto") return std::string();
        const bool number = !text.empty() && text.size() < 10 &&
                            text.find_first_not_of("0123456789") == std::string::npos && std::stol(text) > 0;
        return number ? std::string() : "must be auto, or a number of clusters, not " + text;
    },
    "", "clusters");

constexpr const char* kItemsHelp =
    "JSON Lines {\"in1\": [ids] or \"words\", \"name\": ...} with the side; the name may be left out; - = "
    "standard input (default: each token of the model's vocabulary)";

void add_k(CLI::App& command, std::int64_t& k, const char* help) {
    command.add_option("--k", k, help)->check(CLI::PositiveNumber)->capture_default_str();
}

}  // namespace

void add_index(CLI::App& app, const std::function<void(const IndexCommandOptions&)>& carry_out) {
    auto* command = app.add_subcommand("index", "embeds items, so that neighbors and recommend find them");
    auto options = std::make_shared<IndexCommandOptions>();
    add_model_options(*command, *options);
    command->add_option("--items", options->items, kItemsHelp)->check(kReadable);
    add_side(*command, options->side)->default_str("in1");
    command
        ->add_option("--metric", options->metric, "what is near: cosine, ip (inner product) or l2 (distance)")
        ->check(CLI::IsMember({"cosine", "ip", "l2"}))
        ->capture_default_str();
    command->add_option(
        "--out", options->out,
        "the index's folder (default: index-in0 or index-in1 in the folder of the model's version)");
    command->footer(
        "Up to 20,000 items every one is compared with a query; more are linked to a graph (HNSW), and the "
        "share\n"
        "of the true neighbours that it finds is shown.\n\n"
        "Example:\n  o2v-tune index wordnet-match --items definitions.jsonl\n");
    command->callback([options, carry_out] { carry_out(*options); });
}

void add_neighbors(CLI::App& app, const std::function<void(const NeighborsOptions&)>& carry_out) {
    auto* command = app.add_subcommand("neighbors", "the items of an index that are most like a query");
    auto options = std::make_shared<NeighborsOptions>();
    add_model_options(*command, *options);
    command->add_option("--query", options->query, "words, or a JSON list of token ids (repeatable)")
        ->required()
        ->allow_extra_args(false);
    add_k(*command, options->k, "neighbours of each query");
    command->add_option("--index", options->index, "the index's folder (default: the model's own)")
        ->check(CLI::ExistingDirectory);
    add_side(*command, options->side)->default_str("in1");
    command
        ->add_option_function<std::string>(
            "--query-side",
            [options](const std::string& side) { options->query_side = side == "in1" ? 1 : 0; },
            "which side's words and encoder a query goes through (default: the items' side)")
        ->check(CLI::IsMember({"in0", "in1"}))
        ->type_name("in0|in1");
    command->add_flag("--exact", options->exact, "compare with every item");
    command->add_flag("--json", options->json, "one JSON object a query");
    command->footer(
        "Example:\n  o2v-tune neighbors wordnet-match --query \"a small dog\" --query \"a large boat\" --k "
        "5\n");
    command->callback([options, carry_out] { carry_out(*options); });
}

void add_recommend(CLI::App& app, const std::function<void(const RecommendOptions&)>& carry_out) {
    auto* command = app.add_subcommand("recommend", "the in1 items that go best with an in0");
    auto options = std::make_shared<RecommendOptions>();
    add_model_options(*command, *options);
    command->add_option("--in0", options->in0, "words, or a JSON list of token ids (repeatable)")
        ->required()
        ->allow_extra_args(false);
    add_k(*command, options->k, "items for each in0");
    auto* index =
        command->add_option("--index", options->index, "an index of in1 (default: the model's own)");
    index->check(CLI::ExistingDirectory);
    auto* items = command->add_option("--items", options->items, "in place of an index: JSON Lines with in1");
    items->check(kReadable)->excludes(index);
    auto* exact =
        command->add_flag("--exact", options->exact, "score every item with the whole model (default)");
    command
        ->add_option(
            "--rerank", options->rerank,
            "score so many items of the index only, those nearest to in0's embedding: for models whose "
            "two sides lie together")
        ->check(CLI::PositiveNumber)
        ->excludes(exact)
        ->excludes(items);
    command->add_option("--exclude", options->exclude, "JSON Lines with in1 that is not to be recommended")
        ->check(kReadable);
    command
        ->add_option("--relevant-class", options->relevant,
                     "whose probability ranks (default: 1 of two classes; of more it must be given)")
        ->check(CLI::NonNegativeNumber);
    command->add_flag("--json", options->json, "one JSON object an in0");
    command->footer("Example:\n  o2v-tune recommend movielens --in0 \"[196]\" --k 5 --exclude seen.jsonl\n");
    command->callback([options, carry_out] { carry_out(*options); });
}

void add_cluster(CLI::App& app, const std::function<void(const ClusterCommandOptions&)>& carry_out) {
    auto* command = app.add_subcommand("cluster", "groups of items that the model finds alike");
    auto options = std::make_shared<ClusterCommandOptions>();
    add_model_options(*command, *options);
    command->add_option("--items", options->items, kItemsHelp)->check(kReadable);
    add_side(*command, options->side)->default_str("in1");
    command->add_option("--k", options->k, "clusters; auto = from 2 to 40, by silhouette")
        ->check(kClusters)
        ->capture_default_str();
    command->add_option("--metric", options->metric, "what is alike: cosine or l2")
        ->check(CLI::IsMember({"cosine", "l2"}))
        ->capture_default_str();
    command->add_option("--output", options->output, "JSON Lines {\"name\", \"cluster\"}, an item a line");
    command->add_option("--html", options->html, "a page with a picture, which needs no network");
    command->add_option("--typical", options->typical, "items shown of each cluster")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--seed", options->seed, "of the first centres")->capture_default_str();
    command->add_flag("--json", options->json, "the summary as one JSON object");
    command->footer(
        "Example:\n  o2v-tune cluster wordnet-match --items definitions.jsonl --k 20 --html clusters.html\n");
    command->callback([options, carry_out] { carry_out(*options); });
}

void add_evaluate(CLI::App& app, const std::function<void(const EvaluateOptions&)>& carry_out) {
    auto* command = app.add_subcommand("evaluate", "how good a model is on labelled pairs, with intervals");
    auto options = std::make_shared<EvaluateOptions>();
    add_model_options(*command, *options);
    command
        ->add_option("--data", options->data, "JSON Lines {\"label\": ..., \"in0\": [ids], \"in1\": [ids]}")
        ->required()
        ->check(CLI::ExistingFile);
    auto* retrieval = command->add_option("--retrieval", options->retrieval,
                                          "also ranks each in0's true in1 among so many of the file's (say "
                                          "1000): hits@k, MRR, mean rank, NDCG");
    retrieval->check(CLI::Range(2, 1'000'000));
    command
        ->add_option("--queries", options->queries, "at most so many in0 are ranked for, drawn from the file")
        ->check(CLI::PositiveNumber)
        ->capture_default_str()
        ->needs(retrieval);
    command->add_option("--hits", options->hits, "the k of hits@k")
        ->check(CLI::PositiveNumber)
        ->delimiter(',')
        ->default_str("1,5,10")
        ->needs(retrieval);
    auto* relevant =
        command->add_option("--relevant-class", options->relevant,
                            "the label of pairs that belong together, and whose probability ranks "
                            "(default: 1 of two classes; of more it must be given)");
    relevant->check(CLI::NonNegativeNumber)->needs(retrieval);
    command
        ->add_option_function<double>(
            "--relevant-from",
            [options](double value) {
                options->relevant_from = value;
                options->has_relevant_from = true;
            },
            "of a regression: pairs belong together from this label on")
        ->needs(retrieval)
        ->excludes(relevant);
    command->add_option("--resamples", options->resamples, "of the bootstrap; 0 = no intervals")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
    command->add_option("--seed", options->seed, "of all that is drawn")->capture_default_str();
    command->add_flag("--json", options->json, "one JSON object with everything");
    command->footer(
        "Intervals are 95 % bootstrap ones over the file's rows, or over the in0 ranked for.\n\n"
        "Examples:\n  o2v-tune evaluate wordnet --data experiments/data/wordnet/test.jsonl\n"
        "  o2v-tune evaluate wordnet-match --data experiments/data/wordnet-match/test.jsonl --retrieval "
        "1000\n");
    command->callback([options, carry_out] { carry_out(*options); });
}

}  // namespace o2v::answers
