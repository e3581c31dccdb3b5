// o2v-bench-train: how long a training step takes, beside the same step's arithmetic at the speed of a large
// matrix product. The network, the data's distribution and the printed line are those of a PyTorch program
// that users would otherwise write (see compare.sh), so that both can be run in turn.
#include <fmt/format.h>
#include <torch/torch.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "model/autocast.hpp"
#include "model/gpu_arithmetic.hpp"
#include "model/initializers.hpp"
#include "model/kernels/kernels.hpp"
#include "model/memory.hpp"
#include "model/metrics.hpp"
#include "model/object2vec.hpp"
#include "model/optimizer_state.hpp"
#include "model/product.hpp"
#include "search/study/assignment.hpp"

namespace {

namespace data = o2v::data;
namespace model = o2v::model;
using Clock = std::chrono::steady_clock;

struct Settings {
    std::string encoder = "pooled_embedding";
    std::int64_t vocab = 100000, vocab1 = 0, dim = 128, enc = 256, mlp = 256, layers = 2, seq = 20,
                 batch = 64, steps = 50;
    int threads = 1;
    bool expert = false, movielens = false, plain_operations = false, bfloat16 = false;
    std::string device = "cpu";
    double learning_rate = 1e-3;
};

model::Options options_of(const Settings& s) {
    model::Options options;
    for (int side = 0; side < 2; ++side) {
        model::EncoderOptions& enc = options.enc[side];
        enc.network = s.encoder == "hcnn"     ? model::Network::hcnn
                      : s.encoder == "bilstm" ? model::Network::bilstm
                                              : model::Network::pooled_embedding;
        enc.layers = enc.network == model::Network::hcnn ? 2 : 1;
        enc.token_embedding_dim = s.dim;
        enc.max_seq_len = s.seq;
        enc.vocab_size = side == 1 && s.vocab1 > 0 ? s.vocab1 : s.vocab;
    }
    // The peer's convolutions have `enc` filters each and it gives out the last one's maxima; Object2Vec's
    // give out all: twice as wide a comparison on top of the same convolutions.
    options.enc_dim = s.encoder == "hcnn" ? 2 * s.enc : s.enc;
    options.mlp_layers = s.layers;
    options.mlp_dim = s.mlp;
    options.mlp_activation = s.movielens ? model::Activation::tanh : model::Activation::relu;
    options.output_layer = s.movielens ? model::OutputLayer::mean_squared_error : model::OutputLayer::softmax;
    options.optimizer = model::Optimizer::adam;
    options.learning_rate = s.learning_rate;
    options.token_embedding_storage =
        s.expert ? model::EmbeddingStorage::row_sparse : model::EmbeddingStorage::dense;
    return options;
}

// Lengths uniform in 1..seq, tokens log-uniform in 1..vocab-1 (as in text and in item popularity).
std::vector<data::Batch> make_batches(const Settings& s, const model::Options& options) {
    o2v::Rng rng(0);
    std::vector<data::Batch> batches(static_cast<std::size_t>(s.steps));
    for (data::Batch& batch : batches) {
        for (int side = 0; side < 2; ++side) {
            const auto vocab = static_cast<double>(options.enc[side].vocab_size);
            data::Sequences& sequences = batch.side[side];
            for (std::int64_t b = 0; b < s.batch; ++b) {
                const std::uint64_t length = 1 + o2v::uniform_index(rng, static_cast<std::uint64_t>(s.seq));
                for (std::uint64_t k = 0; k < length; ++k) {
                    const double token = std::floor(std::pow(vocab, o2v::uniform01(rng)));
                    sequences.tokens.push_back(static_cast<std::int32_t>(std::clamp(token, 1.0, vocab - 1)));
                }
                sequences.offsets.push_back(static_cast<std::int64_t>(sequences.tokens.size()));
            }
        }
        for (std::int64_t b = 0; b < s.batch; ++b)
            batch.labels.push_back(static_cast<float>(o2v::uniform_index(rng, 2)));
    }
    return batches;
}

// Additions and multiplications of all matrix products of a step, forward and backward, without padding.
double operations(const model::Options& options, const Settings& s, double tokens_per_step) {
    const auto pairs = static_cast<double>(s.batch), enc = static_cast<double>(s.enc),
               dim = static_cast<double>(s.dim);
    const auto mlp = static_cast<double>(s.mlp), layers = static_cast<double>(s.layers);
    double products = pairs * 4 * enc * (s.layers > 0 ? mlp : static_cast<double>(options.outputs()));
    if (s.layers > 0)
        products += pairs * ((layers - 1) * mlp * mlp + mlp * static_cast<double>(options.outputs()));
    if (s.encoder == "hcnn") {
        products += tokens_per_step * 3 * (dim * enc + enc * enc);
    } else if (s.encoder == "bilstm") {
        products += tokens_per_step * 2 * 4 * (enc / 2) * (dim + enc / 2);
    } else if (s.dim != s.enc) {
        products += 2 * pairs * dim * enc;
    }
    return 2 * 3 * products;
}

// What a GPU has been given to do runs on behind the call.
void finish(const torch::Device& device) {
    if (device.is_cuda()) torch::cuda::synchronize(device.index());
}

double product_rate(const torch::Device& device) {
    constexpr std::int64_t kSide = 1024;
    const torch::NoGradGuard no_grad;
    const torch::Tensor a = torch::rand({kSide, kSide}, device), b = torch::rand({kSide, kSide}, device);
    torch::Tensor c = torch::empty({kSide, kSide}, device);
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 5; ++i) {
        const auto started = Clock::now();
        at::mm_out(c, a, b);
        finish(device);
        best = std::min(best, std::chrono::duration<double>(Clock::now() - started).count());
    }
    return 2.0 * kSide * kSide * kSide / best;
}

void run(const Settings& s) {
    torch::set_num_threads(s.threads);
    model::keep_freed_memory();
    model::same_bits_on_gpus();
    const torch::Device device(s.device);
    const model::Options options = options_of(s);
    model::Object2Vec network(options);
    model::initialize(network, 0);
    if (s.plain_operations) network.use_plain_operations();
    network.to(device);
    model::OptimizerState optimizer(network);
    network.train();
    const std::vector<data::Batch> batches = make_batches(s, options);
    const auto step = [&](const data::Batch& batch) {
        const torch::Tensor labels = model::to_device(model::tensor_of(batch.labels, device), device);
        torch::Tensor outputs;
        {
            const model::Autocast autocast(s.bfloat16);
            outputs = network.forward(batch).to(torch::kFloat32);
        }
        model::training_loss(options.output_layer, outputs, labels).backward();
        optimizer.step();
    };
    for (std::size_t i = 0; i < std::min<std::size_t>(5, batches.size()); ++i) step(batches[i]);
    double best = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 3; ++round) {
        const auto started = Clock::now();
        for (const data::Batch& batch : batches) step(batch);
        // What was put off belongs to the steps that put it off.
        optimizer.settle();
        finish(device);
        const std::chrono::duration<double> elapsed = Clock::now() - started;
        best = std::min(best, elapsed.count() / static_cast<double>(batches.size()));
    }
    fmt::print("{} vocab={} seq={} batch={} threads={} {}{}: {:.0f} pairs/s ({:.2f} ms/step)\n", s.encoder,
               s.vocab, s.seq, s.batch, s.threads, s.expert ? "expert" : "plain",
               s.device == "cpu" ? "" : ' ' + s.device + (s.bfloat16 ? " bfloat16" : ""),
               static_cast<double>(s.batch) / best, best * 1e3);
    double tokens = 0;
    for (const data::Batch& batch : batches) {
        for (const data::Sequences& side : batch.side) tokens += static_cast<double>(side.tokens.size());
    }
    const double rate = product_rate(device),
                 work = operations(options, s, tokens / static_cast<double>(batches.size()));
    fmt::print(
        "{} loops, {} products; products alone: {:.0f} MFLOP a step, {:.2f} ms at this machine's {:.0f} "
        "GFLOP/s: {:.0f} % "
        "of the "
        "step\n",
        model::kernels::kernels().instruction_set, model::product_library(), work * 1e-6, work / rate * 1e3,
        rate * 1e-9, 100 * work / rate / best);
}

}  // namespace

int main(int argc, char** argv) {
    Settings s;
    CLI::App app{
        "Times Object2Vec's training step.\n\nexample: o2v-bench-train --encoder pooled_embedding --vocab "
        "100000 "
        "--seq 20 --batch 64 --threads 1 --expert"};
    app.add_option("--encoder", s.encoder, "of both sides")
        ->check(CLI::IsMember({"pooled_embedding", "hcnn", "bilstm"}))
        ->capture_default_str();
    app.add_option("--vocab", s.vocab, "vocabulary size")->capture_default_str();
    app.add_option("--vocab1", s.vocab1, "of in1 (0: as --vocab)")->capture_default_str();
    app.add_option("--dim", s.dim, "token embedding dimension")->capture_default_str();
    app.add_option("--enc", s.enc, "encoding dimension; hcnn: filters of each of its 2 layers")
        ->capture_default_str();
    app.add_option("--mlp", s.mlp, "width of the hidden layers")->capture_default_str();
    app.add_option("--layers", s.layers, "hidden layers")->capture_default_str();
    app.add_option("--seq", s.seq, "longest sequence")->capture_default_str();
    app.add_option("--batch", s.batch, "pairs a step")->capture_default_str();
    app.add_option("--steps", s.steps, "steps a round; the best of 3 rounds counts")->capture_default_str();
    app.add_option("--threads", s.threads)->capture_default_str();
    app.add_option("--device", s.device, "cpu or cuda:N")->capture_default_str();
    app.add_flag("--bfloat16", s.bfloat16, "matrix products in bfloat16 (a GPU's only)");
    app.add_option("--lr", s.learning_rate)->capture_default_str();
    app.add_flag("--expert", s.expert, "row_sparse token tables (without: dense)");
    app.add_flag("--movielens", s.movielens, "tanh and squared error instead of relu and softmax");
    app.add_flag("--plain-operations", s.plain_operations, "LibTorch's operations instead of our loops");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    run(s);
    return 0;
}
