#include "model/data/shown_path.hpp"

#include <filesystem>

namespace o2v::data {

std::string shown_path(const std::string& path) {
    const std::string near =
        std::filesystem::path(path).lexically_proximate(std::filesystem::current_path()).string();
    return near.starts_with("..") ? path : near;
}

}  // namespace o2v::data
