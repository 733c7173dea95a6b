#pragma once

// Messages of the Docker Engine API: what we send, and what an engine answers, read strictly and bounded. Errors are for
// people. Core.

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/deploy/container.hpp"

namespace mgc::orchestrator {

template <class Value>
using engine_result = boost::system::result<Value, std::string>;

struct nothing {};

// The most that is taken of any answer.
inline constexpr std::size_t most_engine_bytes = std::size_t{4} * 1024 * 1024;

// 1.41; compared as two numbers.
struct api_version {
  unsigned major = 0;
  unsigned minor = 0;
  friend auto operator<=>(const api_version&, const api_version&) = default;
};
std::string to_string(const api_version& version);

struct engine_version {
  std::string name;  // of the release: 20.10.24
  api_version newest;
  api_version oldest;  // that it still understands
};
engine_result<engine_version> parse_engine_version(std::string_view text);

// The version to talk in: the one that this program is written for, or the nearest that the engine has. Error: it is too
// old for what is needed.
engine_result<api_version> choose_api(const engine_version& engine);

engine_result<found_image> parse_image(std::string_view text);
engine_result<found_container> parse_container(std::string_view text);

// What it warns of.
engine_result<std::vector<std::string>> parse_created(std::string_view text);

// Why a request failed: the engine's own words, else the body as it is.
std::string engine_error(std::string_view body);

// The body of POST /containers/create.
std::string to_json(const wanted_container& wanted);

// What a container wrote last, from the frames of GET /containers/NAME/logs: whole lines, control characters escaped.
std::vector<std::string> log_lines(std::string_view frames, std::size_t most);

// repository[:tag] or repository@digest, in the two halves of POST /images/create; without a tag it is latest.
struct image_name {
  std::string repository;
  std::string tag;
};
image_name split_image_name(std::string_view image);

}  // namespace mgc::orchestrator
