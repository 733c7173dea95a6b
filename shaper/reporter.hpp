#pragma once

// Tells the operator how a transfer goes: a bar or lines on standard error, and the status file. I/O ring;
// one thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "shaper/options.hpp"
#include "shaper/progress.hpp"

namespace mgc::shaper {

// Whether a status file may be written there: nothing is there yet, or an empty file or one that was written by this
// program. Anything else, and what standard output goes to, would be destroyed.
bool is_status_file_or_new(const std::string& path);

class reporter {
 public:
  // Both start now.
  reporter(progress_mode mode, std::string status_file, std::uint64_t total);
  ~reporter();  // ends the bar's line
  reporter(const reporter&) = delete;
  reporter& operator=(const reporter&) = delete;

  // How often report() should be called; 0: never, nobody looks.
  duration interval() const;

  // Error: the system's, when the status file cannot be written; the rest has been shown.
  error_code report(const transfer_figures& figures, rate limit);

  // The last report, with how it ended (progress_json's states).
  error_code finish(const transfer_figures& figures, rate limit, std::string_view state,
                    std::string_view why);

  bool draws_bar() const { return bar_; }

 private:
  error_code show(const transfer_figures& figures, rate limit, std::string_view state, std::string_view why);
  error_code write_status(std::string_view text) const;

  progress_meter meter_;
  bool bar_ = false;
  bool lines_ = false;
  bool bar_is_drawn_ = false;
  std::string status_file_;
  time_point next_line_;
  time_point next_status_;
};

}  // namespace mgc::shaper
