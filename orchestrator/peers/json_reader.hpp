#pragma once

// JSON from a peer, read strictly: the first thing that is not as it must be is remembered with the path that leads to it,
// and what is read after it means nothing. Core.

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <boost/system/result.hpp>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mgc::orchestrator {

// The members of one object. A reader is given to a function by value; `problem` outlives all readers of a document and
// is empty as long as all is well.
class json_reader {
 public:
  json_reader(const boost::json::value& value, std::string path, std::string& problem);

  void read(std::string_view key, std::string& to, std::size_t most_bytes);
  void read(std::string_view key, bool& to);

  template <std::integral Number>
  void read(std::string_view key, Number& to, Number least = std::numeric_limits<Number>::min(),
            Number most = std::numeric_limits<Number>::max()) {
    if (const auto* const found = member(key)) number(*found, path_of(key), to, least, most);
  }

  // Unset: null, or not there.
  template <std::integral Number>
  void read(std::string_view key, std::optional<Number>& to) {
    const auto* const found = object_->if_contains({key.data(), key.size()});
    if (found != nullptr && !found->is_null()) element(*found, path_of(key), to.emplace());
  }

  // One of the texts of the table.
  template <class Value, std::size_t count>
  void read(std::string_view key, Value& to,
            const std::array<std::pair<std::string_view, Value>, count>& table) {
    std::string name;
    read(key, name, 64);
    for (const auto& [known, value] : table) {
      if (name != known) continue;
      to = value;
      return;
    }
    complain(path_of(key), "has a value that this version does not know");
  }

  json_reader object(std::string_view key);
  std::optional<json_reader> optional_object(std::string_view key);  // unset: null, or not there

  // Calls with each element and its path.
  template <class Take>
  void each(std::string_view key, std::size_t most, Take take) {
    const auto* const list = array(key, most);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size(); ++i) take((*list)[i], fmt::format("{}[{}]", path_of(key), i));
  }
  // A key that came later: peers of before do not send it.
  template <class Take>
  void each_if_there(std::string_view key, std::size_t most, Take take) {
    if (object_->contains({key.data(), key.size()})) each(key, most, take);
  }
  json_reader element(const boost::json::value& value, std::string path) const {
    return {value, std::move(path), *problem_};
  }
  void element(const boost::json::value& value, const std::string& path, std::string& to,
               std::size_t most_bytes);
  template <std::integral Number>
  void element(const boost::json::value& value, const std::string& path, Number& to) {
    number(value, path, to, std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max());
  }

  // The keys that there are.
  const boost::json::object& members() const { return *object_; }

  void complain(const std::string& path, std::string_view what);

 private:
  const boost::json::value* member(std::string_view key);
  const boost::json::array* array(std::string_view key, std::size_t most);
  std::string path_of(std::string_view key) const;

  template <std::integral Number>
  void number(const boost::json::value& value, const std::string& path, Number& to, Number least,
              Number most) {
    boost::json::error_code failed;
    const auto read = value.is_double() ? Number{} : value.to_number<Number>(failed);
    if (!value.is_number() || value.is_double() || failed || read < least || read > most) {
      complain(path, fmt::format("must be a whole number from {} to {}", least, most));
    } else {
      to = read;
    }
  }

  std::string path_;
  std::string* problem_;
  const boost::json::object* object_;
};

// Parses a whole document of at most `most_bytes` and gives its reader to `read`, which returns what it made of it.
template <class Read>
auto read_json(std::string_view text, std::size_t most_bytes, Read read)
    -> boost::system::result<decltype(read(std::declval<json_reader>())), std::string> {
  using boost::system::in_place_error;
  if (text.size() > most_bytes)
    return {in_place_error, fmt::format("{} bytes are too many, {} allowed", text.size(), most_bytes)};
  boost::json::error_code failed;
  const auto document = boost::json::parse({text.data(), text.size()}, failed);
  if (failed) return {in_place_error, fmt::format("it is not JSON: {}", failed.message())};
  std::string problem;
  auto made = read(json_reader{document, "", problem});
  if (!problem.empty()) return {in_place_error, problem};
  return {boost::system::in_place_value, std::move(made)};
}

// What every reader takes: UTF-8, of at most so many bytes. What is not becomes '?', what is longer is cut.
std::string fit_for_json(std::string_view text, std::size_t most_bytes);

}  // namespace mgc::orchestrator
