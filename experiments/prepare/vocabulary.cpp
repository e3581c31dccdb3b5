#include "experiments/prepare/vocabulary.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "model/data/tokens.hpp"

namespace o2v::prepare {

namespace {

bool is_ngram(std::string_view token) {
    return data::is_character_ngram(token) || data::is_word_ngram(token);
}

}  // namespace

void TokenCounts::add(const std::vector<std::string>& tokens) {
    for (const std::string& token : tokens) ++counts_[token];
}

Vocabulary::Vocabulary(const TokenCounts& counts, std::int64_t min_count, std::int64_t ngram_min_count)
    : tokens_{"<pad>", "<unk>"} {
    std::vector<std::pair<std::string, std::int64_t>> kept;
    for (const auto& [token, count] : counts.counts()) {
        if (count >= (is_ngram(token) ? ngram_min_count : min_count)) kept.emplace_back(token, count);
    }
    std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (auto& [token, count] : kept) {
        ids_.emplace(token, static_cast<std::int32_t>(tokens_.size()));
        tokens_.push_back(std::move(token));
    }
}

std::vector<std::int32_t> Vocabulary::ids(const std::vector<std::string>& tokens) const {
    std::vector<std::int32_t> result;
    result.reserve(tokens.size());
    for (const std::string& token : tokens) {
        const auto found = ids_.find(token);
        if (found != ids_.end()) {
            result.push_back(found->second);
        } else if (!is_ngram(token)) {
            result.push_back(kUnknownId);
        }
    }
    return result;
}

std::int64_t Vocabulary::write(std::ostream& out, const std::function<bool(std::string_view)>& wanted) const {
    std::vector<std::pair<std::string, std::int32_t>> token_ids;
    token_ids.reserve(tokens_.size());
    for (std::size_t id = 0; id < tokens_.size(); ++id) {
        if (!wanted || wanted(tokens_[id]))
            token_ids.emplace_back(tokens_[id], static_cast<std::int32_t>(id));
    }
    write_token_ids(out, token_ids);
    return std::ssize(token_ids);
}

void write_token_ids(std::ostream& out, const std::vector<std::pair<std::string, std::int32_t>>& token_ids) {
    out << '{';
    const char* separator = "\n";
    for (const auto& [token, id] : token_ids) {
        out << separator << nlohmann::json(token).dump() << ": " << id;
        separator = ",\n";
    }
    out << "\n}\n";
}

}  // namespace o2v::prepare
