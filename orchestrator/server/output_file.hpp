#pragma once

// What programs say while they run, in a file of the log directory: for the operator, for our own log, and for what is said when
// one fails. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <string>

#include "orchestrator/server/child_processes.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::orchestrator {

class output_file {
 public:
  // Begins anew when there is one.
  explicit output_file(std::string path);

  bool good() const { return static_cast<bool>(file_); }
  const std::string& problem() const { return problem_; }
  const std::string& path() const { return path_; }
  int descriptor() const { return file_.get(); }  // to append to

  // Its end, at most so much of it as any of our logs should ever need.
  std::string text() const;
  // What comes from now on is all that text() returns.
  void begin_part();

 private:
  std::string path_;
  std::string problem_;
  shaper::file_descriptor file_;
  long part_ = 0;
};

// child.ended(); every 10 s that it lasts there is a line in our log: `doing`, and the last line of the file.
boost::asio::awaitable<proxy::exit_status> end_with_words(running_child& child, const output_file& said,
                                                          std::string doing);

}  // namespace mgc::orchestrator
