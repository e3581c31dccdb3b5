// A promoted version outside of its study: a folder or an archive that stands alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/model_versions.hpp"

namespace o2v::orchestrator {

enum class ExportForm {
    folder,     // the version's files
    archive,    // .tar.gz of a folder NAME-VERSION with them
    sagemaker,  // .tar.gz with the files at its root, as SageMaker unpacks model.tar.gz into /opt/ml/model
};

struct ExportedFile {
    std::string name;  // as in the export
    std::uintmax_t bytes = 0;
};

// Copies the version to `target`, which is there whole or not at all, and returns what is in it, by name. The
// same version gives the same bytes: archives hold no time and no owner. Throws InputError when `target` is
// there already or its folder is not; StorageError when a medium fails, or `tar` or `gzip` is missing or
// does.
std::vector<ExportedFile> export_version(const VersionRecord& version, ExportForm form,
                                         const std::string& target);

}  // namespace o2v::orchestrator
