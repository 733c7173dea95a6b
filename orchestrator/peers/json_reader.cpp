#include "orchestrator/peers/json_reader.hpp"

#include <algorithm>

namespace mgc::orchestrator {
namespace {

const boost::json::object nothing;

}  // namespace

json_reader::json_reader(const boost::json::value& value, std::string path, std::string& problem)
    : path_{std::move(path)}, problem_{&problem}, object_{value.if_object()} {
  if (object_ != nullptr) return;
  object_ = &nothing;
  complain(path_, "must be an object");
}

void json_reader::complain(const std::string& path, std::string_view what) {
  if (problem_->empty())
    *problem_ = fmt::format("{} {}", path.empty() ? "it" : fmt::format("'{}'", path), what);
}

std::string json_reader::path_of(std::string_view key) const {
  return path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
}

const boost::json::value* json_reader::member(std::string_view key) {
  const auto* const found = object_->if_contains({key.data(), key.size()});
  if (found == nullptr) complain(path_of(key), "is missing");
  return found;
}

const boost::json::array* json_reader::array(std::string_view key, std::size_t most) {
  const auto* const found = member(key);
  if (found == nullptr) return nullptr;
  const auto* const list = found->if_array();
  if (list != nullptr && list->size() <= most) return list;
  complain(path_of(key), fmt::format("must be a list of at most {} elements", most));
  return nullptr;
}

void json_reader::read(std::string_view key, std::string& to, std::size_t most_bytes) {
  if (const auto* const found = member(key)) element(*found, path_of(key), to, most_bytes);
}

void json_reader::read(std::string_view key, bool& to) {
  const auto* const found = member(key);
  if (found == nullptr) return;
  if (const auto* const truth = found->if_bool()) {
    to = *truth;
  } else {
    complain(path_of(key), "must be true or false");
  }
}

void json_reader::element(const boost::json::value& value, const std::string& path, std::string& to,
                          std::size_t most_bytes) {
  const auto* const text = value.if_string();
  if (text != nullptr && text->size() <= most_bytes) {
    to.assign(text->data(), text->size());
  } else {
    complain(path, fmt::format("must be a text of at most {} bytes", most_bytes));
  }
}

json_reader json_reader::object(std::string_view key) {
  const auto* const found = member(key);
  static const boost::json::value empty{boost::json::object{}};
  return {found == nullptr ? empty : *found, path_of(key), *problem_};
}

std::optional<json_reader> json_reader::optional_object(std::string_view key) {
  const auto* const found = object_->if_contains({key.data(), key.size()});
  if (found == nullptr || found->is_null()) return std::nullopt;
  return json_reader{*found, path_of(key), *problem_};
}

std::string fit_for_json(std::string_view text, std::size_t most_bytes) {
  constexpr auto continues_a_letter = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  auto size = std::min(text.size(), most_bytes);
  if (size < text.size()) {
    while (size > 0 && continues_a_letter(text[size])) --size;
  }
  std::string fitting{text.substr(0, size)};
  boost::json::error_code failed;
  (void)boost::json::parse(boost::json::serialize(boost::json::string{fitting}), failed);
  if (failed) {
    std::replace_if(
        fitting.begin(), fitting.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; },
        '?');
  }
  return fitting;
}

}  // namespace mgc::orchestrator
