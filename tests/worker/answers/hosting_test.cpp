// What `o2v-serve serve` and its environment come to.
#include "worker/answers/options/hosting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "search/study/errors.hpp"

namespace o2v::answers {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Variables variables(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}
std::string errors(std::map<std::string, std::string> values) {
    try {
        hosting_arguments({}, variables(values));
        batch_transform(variables(values));
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}

TEST(Hosting, WithoutAnythingItIsSageMakersModelOnAllAddresses) {
    EXPECT_THAT(hosting_arguments({}, variables({})), ElementsAre("/opt/ml/model", "--host", "0.0.0.0"));
    EXPECT_THAT(hosting_arguments({}, variables({{"O2V_OPT_ML", "/srv"}})), testing::Contains("/srv/model"));
}

TEST(Hosting, OptionsWinOverTheEnvironment) {
    const Variables set =
        variables({{"SAGEMAKER_BIND_TO_PORT", "9000"}, {"SAGEMAKER_MAX_PAYLOAD_IN_MB", "2"}});
    EXPECT_THAT(hosting_arguments({"--root", "here"}, set),
                ElementsAre("here/model", "--port", "9000", "--max-body", "2097152", "--host", "0.0.0.0"));
    EXPECT_THAT(hosting_arguments({"--port=1234", "--root=there", "--host", "127.0.0.1"}, set),
                ElementsAre("there/model", "--port=1234", "--host", "127.0.0.1", "--max-body", "2097152"));
}

TEST(Hosting, WrongVariablesAreNamed) {
    EXPECT_THAT(errors({{"SAGEMAKER_BIND_TO_PORT", "http"}, {"SAGEMAKER_MAX_PAYLOAD_IN_MB", "0"}}),
                AllOf(HasSubstr("SAGEMAKER_BIND_TO_PORT = http: must be an integer from 1 to 65535"),
                      HasSubstr("SAGEMAKER_MAX_PAYLOAD_IN_MB = 0")));
    EXPECT_THAT(errors({{"SAGEMAKER_BATCH_STRATEGY", "MultiRecord"}}), HasSubstr("must be MULTI_RECORD or"));
    EXPECT_THAT(errors({{"SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "1e3"}}),
                HasSubstr("SAGEMAKER_MAX_CONCURRENT"));
    EXPECT_EQ(errors({{"SAGEMAKER_BIND_TO_PORT", ""}}), "no error");
    EXPECT_THROW(hosting_arguments({"--root"}, variables({})), InputError);
}

TEST(Hosting, ABatchTransformIsSaidAgain) {
    const BatchTransform batch = batch_transform(variables(
        {{"SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "2"}, {"SAGEMAKER_BATCH_STRATEGY", "SINGLE_RECORD"}}));
    EXPECT_EQ(batch.max_concurrent, 2);
    EXPECT_EQ(batch.strategy, "SINGLE_RECORD");
    EXPECT_EQ(batch_transform(variables({})).max_concurrent, std::nullopt);
}

}  // namespace
}  // namespace o2v::answers
