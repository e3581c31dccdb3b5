// What a GPU's optimizers compute, here on a CPU, is what the loops of kernels/ compute.
#include "model/tensor_updates.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace o2v::model {
namespace {

struct Weight {
    torch::Tensor gradient, weight, first, second;
};

std::vector<Weight> weights() {
    torch::manual_seed(11);
    std::vector<Weight> all;
    for (const std::int64_t size : {1, 7, 40}) {
        const auto random = [&] { return torch::rand({3, size}); };
        all.push_back({random() - 0.5, random() - 0.5, random(), random()});
    }
    return all;
}

std::size_t moments_of(Optimizer optimizer) {
    if (optimizer == Optimizer::sgd) return 0;
    return optimizer == Optimizer::adam || optimizer == Optimizer::adadelta ? 2 : 1;
}

TEST(TensorUpdates, AreThoseOfTheLoops) {
    for (const Optimizer optimizer :
         {Optimizer::adam, Optimizer::adagrad, Optimizer::rmsprop, Optimizer::adadelta, Optimizer::sgd}) {
        for (const float decay : {0.0f, 0.03f}) {
            const kernels::Update how{optimizer, 0.02f, decay};
            std::vector<Weight> one_by_one = weights(), together = weights();
            TensorUpdates updates;
            for (Weight& w : together) {
                if (moments_of(optimizer) < 1) w.first = torch::Tensor();
                if (moments_of(optimizer) < 2) w.second = torch::Tensor();
                updates.add(w.gradient, w.weight, w.first, w.second);
            }
            updates.run(how);
            for (std::size_t i = 0; i < together.size(); ++i) {
                const Weight &expected = one_by_one[i], &found = together[i];
                kernels::kernels().update(how, expected.weight.numel(), expected.gradient.data_ptr<float>(),
                                          expected.weight.data_ptr<float>(), expected.first.data_ptr<float>(),
                                          expected.second.data_ptr<float>());
                const std::string what = std::string(to_text(optimizer)) + " of tensor " + std::to_string(i);
                EXPECT_FALSE(torch::equal(found.weight, weights()[i].weight)) << what;
                EXPECT_TRUE(torch::allclose(found.weight, expected.weight, 1e-5, 1e-7)) << what;
                if (found.first.defined())
                    EXPECT_TRUE(torch::allclose(found.first, expected.first, 1e-5, 1e-7)) << what;
                if (found.second.defined())
                    EXPECT_TRUE(torch::allclose(found.second, expected.second, 1e-5, 1e-7)) << what;
                EXPECT_TRUE(torch::equal(found.gradient, weights()[i].gradient)) << what;
            }
        }
    }
}

}  // namespace
}  // namespace o2v::model
