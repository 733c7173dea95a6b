#include "shaper/reporter.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "shaper/file_descriptor.hpp"
#include "shaper/stderr_line.hpp"

namespace mgc::shaper {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds bar_interval{200};
constexpr std::chrono::seconds line_interval{5};
constexpr std::chrono::seconds status_interval{1};

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

reporter::reporter(progress_mode mode, std::string status_file, std::uint64_t total)
    : meter_{clock::now(), total}, status_file_{std::move(status_file)} {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  bar_ = terminal && mode != progress_mode::never;
  lines_ = !terminal && mode == progress_mode::always;
  next_line_ = clock::now() + line_interval;
}

bool is_status_file_or_new(const std::string& path) {
  struct stat named {};
  if (::lstat(path.c_str(), &named) != 0) return true;  // writing it will tell what else is wrong
  struct stat output {};
  const bool is_output =
      ::fstat(STDOUT_FILENO, &output) == 0 && output.st_dev == named.st_dev && output.st_ino == named.st_ino;
  if (!S_ISREG(named.st_mode) || is_output) return false;
  std::array<char, 10> start{};
  std::ifstream{path}.read(start.data(), start.size());
  return named.st_size == 0 || std::string_view{start.data(), start.size()} == R"({"state":")";
}

reporter::~reporter() {
  if (bar_is_drawn_) write_to_stderr("\n");
}

duration reporter::interval() const {
  if (bar_) return bar_interval;
  return lines_ || !status_file_.empty() ? duration{status_interval} : duration{0};
}

error_code reporter::report(const transfer_figures& figures, rate limit) {
  return show(figures, limit, "running", "");
}

error_code reporter::finish(const transfer_figures& figures, rate limit, std::string_view state,
                            std::string_view why) {
  next_line_ = next_status_ = time_point{};
  return show(figures, limit, state, why);
}

error_code reporter::show(const transfer_figures& figures, rate limit, std::string_view state,
                          std::string_view why) {
  const auto now = clock::now();
  const auto progress = meter_.measure(figures, limit, now);
  if (bar_) {
    write_to_stderr(fmt::format("\r\033[K{}", progress_bar(progress, terminal_width() - 1)));
    bar_is_drawn_ = true;
  }
  if (lines_ && now >= next_line_) {
    write_to_stderr(fmt::format("mgc-shaper: {}\n", progress_line(progress)));
    next_line_ = now + line_interval;
  }
  if (status_file_.empty() || now < next_status_) return {};
  next_status_ = now + status_interval;
  return write_status(progress_json(progress, state, why));
}

// Written beside it and renamed: a reader sees one state or the next, never half of one.
error_code reporter::write_status(std::string_view text) const {
  auto name = status_file_ + ".XXXXXX";
  const file_descriptor file{::mkostemp(name.data(), O_CLOEXEC)};
  if (!file) return last_error();
  const auto put = ::write(file.get(), text.data(), text.size());
  if (put == static_cast<ssize_t>(text.size()) && ::fchmod(file.get(), 0644) == 0 &&
      ::rename(name.c_str(), status_file_.c_str()) == 0) {
    return {};
  }
  const auto failed = put < 0 || put == static_cast<ssize_t>(text.size())
                          ? last_error()
                          : boost::system::errc::make_error_code(boost::system::errc::no_space_on_device);
  ::unlink(name.c_str());
  return failed;
}

}  // namespace mgc::shaper
