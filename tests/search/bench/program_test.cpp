// search-bench as a person starts it: exit codes and what is said where.
#include <nlohmann/json.hpp>

#include "tests/program.hpp"
#include "tests/search/bench/table_folder.hpp"

namespace o2v::bench_search {
namespace {

using testing::HasSubstr;

class SearchBenchProgram : public TableFolder {
  protected:
    // Exit code; the output of both streams is in output_.
    int run(const std::string& arguments) {
        auto [exit_code, output] = run_program(O2V_BIN_DIR "/search-bench " + arguments);
        output_ = std::move(output);
        return exit_code;
    }
    std::string output_;
};

TEST_F(SearchBenchProgram, PlaysFormulas) {
    EXPECT_EQ(run("--strategies random,sobol --problems branin --trials 30 --seeds 3 --baseline random"), 0);
    EXPECT_THAT(output_, HasSubstr("%@25"));
    EXPECT_THAT(output_, HasSubstr("p against random"));
    EXPECT_EQ(run("--strategies random --problems branin --trials 3 --seeds 2 --json --trace"), 0);
    EXPECT_EQ(nlohmann::json::parse(output_)["trace"].size(), 2u);  // nothing but JSON, no progress in a pipe
    EXPECT_EQ(run("--strategies random --problems branin --trials 3 --seeds 2 --trace"), 0);
    EXPECT_THAT(output_, HasSubstr("problem\tstrategy\tseed\ttrial\tvalue\tbest\tcpu_ms\n"));
}

TEST_F(SearchBenchProgram, PlaysCurves) {
    gzip("curves/small.tsv.gz", "x\tvalid_loss_0\tvalid_loss_1\n0\t3\t2\n1\t3\t1\n2\t4\t4\n");
    const std::string tables = " --tables " + folder_.string();
    EXPECT_EQ(run("curves --strategies random --pruner median --seeds 2 --reference-seeds 2" + tables), 0);
    EXPECT_THAT(output_, HasSubstr("small"));
    EXPECT_EQ(run("curves --strategies random --pruner medain" + tables), 2);
    EXPECT_THAT(output_, HasSubstr("did you mean \"median\""));
    EXPECT_EQ(run("curves --strategies random --problems branin" + tables), 2);
    EXPECT_EQ(run("curves --strategies random"), 2);
}

TEST_F(SearchBenchProgram, BadInputEndsWith2) {
    EXPECT_EQ(run(""), 2);
    EXPECT_THAT(output_, HasSubstr("--strategies"));
    EXPECT_EQ(run("--strategies randon --problems branin"), 2);
    EXPECT_THAT(output_, HasSubstr("did you mean \"random\""));
    EXPECT_EQ(run("--strategies random --problems brannin"), 2);
    EXPECT_EQ(run("--strategies random --problems branin --seeds 0"), 2);
    EXPECT_EQ(run("--strategies random --problems branin --baseline sobol"), 2);
    EXPECT_THAT(output_, HasSubstr("must be one of --strategies"));
    gzip("t/torn.tsv.gz", std::string(1000, 'x'));
    std::filesystem::resize_file(path("t/torn.tsv.gz"), 15);
    EXPECT_EQ(run("--strategies random --problems t --tables " + folder_.string()), 2);
    EXPECT_THAT(output_, HasSubstr("torn or damaged"));
}

}  // namespace
}  // namespace o2v::bench_search
