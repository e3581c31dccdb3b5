#include "worker/protocol/command.hpp"

#include "search/study/errors.hpp"

namespace o2v::protocol {
namespace {

[[noreturn]] void refuse(const std::string& argument, const std::string& message) {
    throw InputError("argument", argument, message);
}

// Calls text(piece) and name(name) in the order they stand in.
template <class Text, class Name>
void walk(const std::string& argument, Text&& text, Name&& name) {
    for (std::size_t i = 0; i < argument.size(); ++i) {
        const char c = argument[i];
        if (c != '{' && c != '}') {
            text(c);
        } else if (i + 1 < argument.size() && argument[i + 1] == c) {
            text(c);
            ++i;
        } else if (c == '}') {
            refuse(argument, "has a } without its {; }} stands for a brace");
        } else {
            const std::size_t end = argument.find_first_of("{}", i + 1);
            if (end == std::string::npos || argument[end] == '{')
                refuse(argument, "has a { without its }; {{ stands for a brace");
            if (end == i + 1)
                refuse(argument, "has braces without a parameter's name; {{}} stands for braces");
            name(argument.substr(i + 1, end - i - 1));
            i = end;
        }
    }
}

}  // namespace

std::vector<std::string> placeholders(const std::string& argument) {
    std::vector<std::string> names;
    walk(
        argument, [](char) {}, [&](std::string name) { names.push_back(std::move(name)); });
    return names;
}

std::optional<std::string> substitute(const std::string& argument, const Assignment& params) {
    std::string whole;
    bool absent = false;
    walk(
        argument, [&](char c) { whole += c; },
        [&](const std::string& name) {
            const auto found = params.find(name);
            if (found == params.end())
                absent = true;
            else
                whole += to_text(found->second);
        });
    if (absent) return std::nullopt;
    return whole;
}

std::string environment_name(std::string_view parameter) {
    std::string name = "O2V_HP_";
    for (const char c : parameter) {
        if (c >= 'a' && c <= 'z')
            name += static_cast<char>(c - 'a' + 'A');
        else
            name += (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
    }
    return name;
}

}  // namespace o2v::protocol
