#include "worker/answers/embed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/data/durable_file.hpp"
#include "model/data/standard_output.hpp"
#include "model/predictor.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/answers.hpp"
#include "worker/answers/items.hpp"
#include "worker/answers/streamed.hpp"

namespace o2v::answers {
namespace {

using nlohmann::json;

constexpr std::int64_t kRowsAtOnce = 4096;

enum class Format { jsonl, npy, tsv };

Format format_of(const EmbedOptions& options) {
    const auto is = [&](const char* name) {
        return options.format.empty() ? options.output.ends_with(std::string(".") + name)
                                      : options.format == name;
    };
    if (is("npy")) return Format::npy;
    if (is("tsv")) return Format::tsv;
    if (options.format.empty() && options.output != "-" && !is("jsonl"))
        throw InputError("--output", options.output,
                         "must end in .npy, .jsonl or .tsv, or --format says which it is");
    return Format::jsonl;
}

// A name without what ends a cell or a row.
std::string cell(std::string text) {
    for (char& c : text)
        if (c == '\t' || c == '\n' || c == '\r') c = ' ';
    return text;
}

// The line's own "name"; "" where it has none.
std::string given_name(const std::string& line) {
    const json object = json::parse(line);
    const auto named = object.find("name");
    if (named == object.end()) return "";
    return named->is_string() ? named->get<std::string>() : named->dump();
}

// The files being written.
class Output {
  public:
    Output(const std::string& path, Format format, std::int64_t columns)
        : format_(format), columns_(columns) {
        // Of an array the number of rows is written at its end, into its beginning; a table has a second
        // file.
        if (format != Format::jsonl && (path == "-" || data::takes_bytes_only(path)))
            throw InputError("--format", format == Format::npy ? "npy" : "tsv", "needs an --output file");
        if (path == "-") return;
        main_.emplace(path);
        if (format_ == Format::npy) {  // its length does not depend on the rows
            const std::string header = npy_header();
            main_->write(header.data(), header.size());
        }
        if (format_ == Format::tsv)
            metadata_.emplace((path.ends_with(".tsv") ? path.substr(0, path.size() - 4) : path) +
                              ".metadata.tsv");
    }

    void add(const model::Matrix& rows, const std::vector<std::string>& names) {
        std::string text, name_lines;
        for (std::int64_t row = 0; row < rows.rows; ++row) {
            const std::string name = names.empty() ? "" : names[static_cast<std::size_t>(row)];
            if (format_ == Format::jsonl) {
                text += R"({"embeddings":)";
                append_numbers(text, rows[row]);
                if (!name.empty())
                    text += R"(,"name":)" + json(name).dump(-1, ' ', false, json::error_handler_t::replace);
                text += "}\n";
            } else if (format_ == Format::tsv) {
                char separator = 0;
                for (const float x : rows[row]) {
                    if (separator) text += separator;
                    append_number(text, x);
                    separator = '\t';
                }
                text += '\n';
                name_lines += cell(name) + '\n';
            }
        }
        if (format_ == Format::npy) {
            main_->write(rows.values.data(), rows.values.size() * sizeof(float));
        } else if (main_) {
            main_->write(text.data(), text.size());
        } else {
            data::print(text);
        }
        if (metadata_) metadata_->write(name_lines.data(), name_lines.size());
        rows_ += rows.rows;
    }

    void finish() {
        if (format_ == Format::npy) {
            const std::string header = npy_header();
            main_->write_over(0, header.data(), header.size());
        }
        if (metadata_) metadata_->commit();
        if (main_) main_->commit();
    }
    std::int64_t rows() const { return rows_; }

  private:
    // NumPy's format 1.0 (numpy.lib.format): magic, version, length, a dictionary; 128 bytes in all.
    std::string npy_header() const {
        static_assert(std::endian::native == std::endian::little);
        std::string dictionary =
            fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows_, columns_);
        constexpr std::size_t kLength = 128, kFixed = 10;
        dictionary.resize(kLength - kFixed - 1, ' ');
        dictionary += '\n';
        std::string header("\x93NUMPY\x01\x00", 8);
        header += static_cast<char>(dictionary.size() & 0xff);
        header += static_cast<char>(dictionary.size() >> 8);
        return header + dictionary;
    }

    Format format_;
    std::int64_t columns_, rows_ = 0;
    std::optional<data::DurableFile> main_, metadata_;
};

struct Rows {
    model::Matrix embeddings;
    std::vector<std::string> names;  // by row; "" or no names at all where there are none
};

void embed_vocabulary(const model::Predictor& predictor, int side, Output& output) {
    const NamedTokens tokens = vocabulary_tokens(predictor, side);
    for (std::int64_t begin = 0; begin < tokens.sequences.size(); begin += kRowsAtOnce) {
        const std::int64_t end = std::min(tokens.sequences.size(), begin + kRowsAtOnce);
        data::Sequences some;
        for (std::int64_t row = begin; row < end; ++row) some.append(tokens.sequences[row]);
        output.add(predictor.embed(side, some), {tokens.names.begin() + begin, tokens.names.begin() + end});
    }
}

}  // namespace

void embed(const EmbedOptions& options) {
    const Format format = format_of(options);
    const model::Predictor predictor(options.path(), options.device);
    Output output(options.output, format, predictor.options().enc_dim);
    if (options.vocabulary) {
        embed_vocabulary(predictor, options.side, output);
    } else {
        const Words words(predictor.vocabulary(options.side));
        StreamOptions stream;
        stream.input = options.input;
        stream.threads = std::max(options.threads, 1);
        stream.keep_lines = format != Format::npy;
        stream.progress = options.output != "-";
        const auto work = [&](const Chunk& chunk) {
            expect_side(chunk, options.side, options.input);
            Rows rows{predictor.embed(options.side, chunk.queries.side(options.side)), {}};
            for (std::int64_t row = 0; row < std::ssize(chunk.lines); ++row) {
                const std::string& line = chunk.lines[static_cast<std::size_t>(row)];
                rows.names.push_back(
                    format == Format::tsv
                        ? name_of(line, options.side, chunk.queries.side(options.side)[row], words)
                        : given_name(line));
            }
            return rows;
        };
        answer_stream(stream, rules_of(predictor), work,
                      [&](const Rows& rows) { output.add(rows.embeddings, rows.names); });
    }
    output.finish();
    if (options.output != "-")
        fmt::print("{}: {} embeddings of {} numbers\n", options.output, output.rows(),
                   predictor.options().enc_dim);
}

}  // namespace o2v::answers
