#pragma once

// What an engine sends while it pulls an image: JSON objects one behind the other, for as long as it takes, below a status
// 200 that was sent before anything was known. So an error comes as one of the objects. Core.
//
//   {"status":"Downloading","id":"a1b2","progressDetail":{"current":1024,"total":4096}}
//   {"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"}

#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mgc::orchestrator {

// Bounded, whatever comes: 256 KiB for one object, 1024 layers.
class pull_stream {
 public:
  void read(std::string_view bytes);
  void end();  // nothing more will come

  // Why the pull failed; empty: it did not, so far.
  const std::string& problem() const { return problem_; }

  // Of all layers whose size is known.
  struct progress {
    std::uint64_t bytes = 0;
    std::uint64_t total = 0;
  };
  progress downloaded() const;

 private:
  void take(const boost::json::value& message);

  boost::json::stream_parser parser_;
  std::size_t object_size_ = 0;
  std::map<std::string, progress, std::less<>> layers_;
  std::string problem_;
};

}  // namespace mgc::orchestrator
