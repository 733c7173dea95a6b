#include "orchestrator/deploy/pull_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <limits>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::size_t longest_object = std::size_t{256} * 1024;
constexpr std::size_t most_layers = 1024;
constexpr std::size_t longest_layer = 128;

// Above what any image has, so that sums stay far from where numbers end.
constexpr std::uint64_t most_layer_bytes = std::uint64_t{1} << 50U;

std::string_view text_of(const boost::json::object& object, std::string_view key) {
  const auto* const found = object.if_contains({key.data(), key.size()});
  const auto* const text = found != nullptr ? found->if_string() : nullptr;
  return text != nullptr ? std::string_view{text->data(), text->size()} : std::string_view{};
}

std::uint64_t number_of(const boost::json::object& object, std::string_view key) {
  const auto* const found = object.if_contains({key.data(), key.size()});
  if (found == nullptr || !found->is_number() || found->is_double()) return 0;
  boost::json::error_code failed;
  const auto number = found->to_number<std::uint64_t>(failed);
  return failed ? 0 : std::min(number, most_layer_bytes);
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

void pull_stream::read(std::string_view bytes) {
  while (problem_.empty()) {
    if (object_size_ == 0) {
      while (!bytes.empty() && is_blank(bytes.front())) bytes.remove_prefix(1);
    }
    if (bytes.empty()) return;
    boost::json::error_code failed;
    const auto taken = parser_.write_some(bytes.data(), bytes.size(), failed);
    bytes.remove_prefix(taken);
    object_size_ += taken;
    if (failed || object_size_ > longest_object) {
      problem_ = failed ? fmt::format("what the engine says of the pull is not JSON: {}", failed.message())
                        : "the engine says too much at once of the pull";
      return;
    }
    if (!parser_.done()) return;
    take(parser_.release());
    parser_.reset();
    object_size_ = 0;
  }
}

void pull_stream::end() {
  if (problem_.empty() && object_size_ != 0)
    problem_ = "the engine stopped in the middle of a word of the pull";
}

void pull_stream::take(const boost::json::value& message) {
  const auto* const object = message.if_object();
  if (object == nullptr) {
    problem_ = "what the engine says of the pull is not a list of objects";
    return;
  }
  if (object->contains("error") || object->contains("errorDetail")) {
    auto why = text_of(*object, "error");
    const auto* const detail = object->if_contains("errorDetail");
    if (why.empty() && detail != nullptr && detail->is_object())
      why = text_of(detail->get_object(), "message");
    problem_ = why.empty() ? "the engine does not say why" : proxy::for_log(why);
    return;
  }
  const auto id = text_of(*object, "id");
  if (id.empty() || id.size() > longest_layer) return;
  const auto known = layers_.find(id);
  const auto status = text_of(*object, "status");
  if (known != layers_.end() && (status == "Download complete" || status == "Pull complete")) {
    known->second.bytes = known->second.total;
    return;
  }
  const auto* const detail = object->if_contains("progressDetail");
  if (status != "Downloading" || detail == nullptr || !detail->is_object()) return;
  const auto total = number_of(detail->get_object(), "total");
  if (total == 0 || (known == layers_.end() && layers_.size() >= most_layers)) return;
  layers_[std::string{id}] = {std::min(number_of(detail->get_object(), "current"), total), total};
}

pull_stream::progress pull_stream::downloaded() const {
  progress sum;
  for (const auto& [id, layer] : layers_) {
    sum.bytes += layer.bytes;
    sum.total += layer.total;
  }
  return sum;
}

}  // namespace mgc::orchestrator
