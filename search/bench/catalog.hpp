// All landscapes that a run can name.
#pragma once

#include <memory>

#include "search/bench/curve_table.hpp"

namespace o2v::bench_search {

// The wanted landscapes, in the order wanted, none twice: names, or groups ("formulas", or a folder of tables
// such as "fcnet"); nothing wanted = all there are. Tables are the files *.tsv.gz in the folders of
// `tables_folder` ("" = none); a table's name is the file's without its ending and without
// "FixedTextRNNClassification_". Throws InputError for a name or folder that does not exist, and for a table
// that cannot be read or has neither form.
Landscapes load_landscapes(const std::vector<std::string>& wanted, const std::string& tables_folder);

using CurveTables = std::vector<std::unique_ptr<const CurveTable>>;

// The same of the tables of learning curves alone: nothing wanted = all of them. Throws InputError also for
// what is no such table, and when there is none.
CurveTables load_curve_tables(const std::vector<std::string>& wanted, const std::string& tables_folder);

}  // namespace o2v::bench_search
