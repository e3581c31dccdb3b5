// A pseudo-terminal with a program in it, and what a person would see there.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/process/program.hpp"

namespace o2v {

// Every line that has been on it, without a limit in height. Knows what our programs write: lines, carriage
// return, cursor up, clear to the end, wrapping on and off, colours.
class Screen {
  public:
    explicit Screen(int columns) : columns_(static_cast<std::size_t>(columns)) {}

    void resize(int columns) { columns_ = static_cast<std::size_t>(columns); }
    void write(const std::string& text) {
        pending_ += text;
        while (!pending_.empty() && step()) {
        }
    }
    // Without blanks at the ends, and without empty lines at the end.
    std::vector<std::string> lines() const {
        std::vector<std::string> all = lines_;
        for (std::string& line : all) line.erase(line.find_last_not_of(' ') + 1);
        while (!all.empty() && all.back().empty()) all.pop_back();
        return all;
    }
    std::string text() const {
        std::string all;
        for (const std::string& line : lines()) all += line + '\n';
        return all;
    }
    bool wraps() const { return wraps_; }
    std::string unknown;  // sequences that it does not know

  private:
    // One character or sequence; false when more bytes are needed.
    bool step() {
        const char c = pending_[0];
        if (c == '\033') {
            const std::size_t end =
                pending_.size() < 3 ? std::string::npos : pending_.find_first_not_of("0123456789;?", 2);
            if (end == std::string::npos) return false;
            obey(pending_.substr(2, end - 2), pending_[end]);
            pending_.erase(0, end + 1);
            return true;
        }
        pending_.erase(0, 1);
        if (c == '\r')
            column_ = 0;
        else if (c == '\n')
            ++row_;
        else
            put(c);
        return true;
    }
    void obey(const std::string& number, char command) {
        if (command == 'A') {
            row_ -= std::min(row_, static_cast<std::size_t>(std::max(1, std::atoi(number.c_str()))));
        } else if (command == 'J' && number.empty()) {
            if (lines_.size() > row_) lines_.resize(row_ + 1);
            if (lines_.size() > row_) lines_[row_].resize(std::min(column_, lines_[row_].size()));
        } else if (number == "?7" && (command == 'l' || command == 'h')) {
            wraps_ = command == 'h';
        } else if (command != 'm') {
            unknown += number + command + ' ';
        }
    }
    void put(char c) {
        const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
        if (!continues && column_ >= columns_) {
            if (!wraps_) return;
            ++row_;
            column_ = 0;
        }
        if (lines_.size() <= row_) lines_.resize(row_ + 1);
        std::string& line = lines_[row_];
        if (line.size() < column_) line.resize(column_, ' ');
        if (column_ < line.size() && !continues)
            line[column_] = c;
        else
            line += c;
        if (!continues) ++column_;
    }

    std::size_t columns_, row_ = 0, column_ = 0;
    bool wraps_ = true;
    std::vector<std::string> lines_;
    std::string pending_;
};

// A program that has been started in a terminal of its own, in `folder`.
class Terminal {
  public:
    Terminal(const std::string& folder, const std::vector<std::string>& arguments, int columns, int rows,
             const std::vector<std::string>& environment = {})
        : screen(columns) {
        std::vector<char*> argv;
        for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        winsize size{};
        size.ws_col = static_cast<unsigned short>(columns);
        size.ws_row = static_cast<unsigned short>(rows);
        pid_ = forkpty(&fd_, nullptr, nullptr, &size);
        if (pid_ != 0) return;
        move_into(folder);
        for (const std::string& entry : environment) putenv(const_cast<char*>(entry.c_str()));
        execv(argv[0], argv.data());
        _exit(127);
    }
    ~Terminal() {
        if (exit_code_ < 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        close(fd_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void resize(int columns, int rows) {
        winsize size{};
        size.ws_col = static_cast<unsigned short>(columns);
        size.ws_row = static_cast<unsigned short>(rows);
        ioctl(fd_, TIOCSWINSZ, &size);
        screen.resize(columns);
    }
    void type(const std::string& keys) {
        if (write(fd_, keys.data(), keys.size()) < 0) std::abort();
    }
    // Until `text` has been written; false when the program ends or half a minute passes first.
    bool wait_for(const std::string& text) {
        return read_until([&] { return written.find(text) != std::string::npos; });
    }
    // To its end; the exit code, 128 + signal when one killed it.
    int wait() {
        read_until([] { return false; });
        int status = 0;
        waitpid(pid_, &status, 0);
        return exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    pid_t pid() const { return pid_; }

    std::string written;  // all of it, as it came
    Screen screen;

  private:
    template <class Done>
    bool read_until(Done done) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        char chunk[4096];
        while (!done()) {
            pollfd ready{fd_, POLLIN, 0};
            if (std::chrono::steady_clock::now() > deadline) {
                kill(pid_, SIGKILL);
                return false;
            }
            if (poll(&ready, 1, 100) <= 0) continue;
            const ssize_t size = read(fd_, chunk, sizeof chunk);
            if (size <= 0) return done();
            written.append(chunk, static_cast<std::size_t>(size));
            screen.write(std::string(chunk, static_cast<std::size_t>(size)));
        }
        return true;
    }

    int fd_ = -1;
    pid_t pid_ = -1;
    int exit_code_ = -1;
};

}  // namespace o2v
