#include "experiments/prepare/lexnames.hpp"

#include <array>
#include <cassert>

namespace o2v::prepare {

namespace {

// In the order of lexnames(5WN), section "Lexicographer Files".
constexpr std::array<std::string_view, kLexicographerFiles> kNames = {
    "adj.all",          "adj.pert",           "adv.all",
    "noun.Tops",        "noun.act",           "noun.animal",
    "noun.artifact",    "noun.attribute",     "noun.body",
    "noun.cognition",   "noun.communication", "noun.event",
    "noun.feeling",     "noun.food",          "noun.group",
    "noun.location",    "noun.motive",        "noun.object",
    "noun.person",      "noun.phenomenon",    "noun.plant",
    "noun.possession",  "noun.process",       "noun.quantity",
    "noun.relation",    "noun.shape",         "noun.state",
    "noun.substance",   "noun.time",          "verb.body",
    "verb.change",      "verb.cognition",     "verb.communication",
    "verb.competition", "verb.consumption",   "verb.contact",
    "verb.creation",    "verb.emotion",       "verb.motion",
    "verb.perception",  "verb.possession",    "verb.social",
    "verb.stative",     "verb.weather",       "adj.ppl",
};

}  // namespace

std::string_view lexicographer_file_name(int number) {
    assert(number >= 0 && number < kLexicographerFiles);
    return kNames[static_cast<std::size_t>(number)];
}

std::vector<std::string> noun_class_names() {
    const auto first = kNames.begin() + kFirstNounFile;
    return {first, first + kNounFiles};
}

}  // namespace o2v::prepare
