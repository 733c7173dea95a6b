#include "orchestrator/deploy/engine_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "orchestrator/peers/json_reader.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace json = boost::json;
using boost::system::in_place_error;
using proxy::for_log;

// What is written against, and what is needed: StopTimeout and Mounts (Docker 1.13).
constexpr api_version written_for{1, 44};
constexpr api_version needed{1, 25};

constexpr std::size_t longest_word = 4096;
constexpr std::size_t longest_variable = std::size_t{128} * 1024;
constexpr std::size_t most_elements = 4096;

void read_api(json_reader& in, std::string_view key, api_version& to) {
  std::string text;
  in.read(key, text, 32);
  const auto* const end = text.data() + text.size();
  const auto [dot, no_major] = std::from_chars(text.data(), end, to.major);
  const auto* const minor = dot != end && *dot == '.' ? dot + 1 : end;
  const auto [rest, no_minor] = std::from_chars(minor, end, to.minor);
  if (no_major != std::errc{} || no_minor != std::errc{} || rest != end)
    in.complain(std::string{key}, "is no version");
}

bool is_list(const json_reader& in, std::string_view key) {
  const auto* const found = in.members().if_contains({key.data(), key.size()});
  return found != nullptr && !found->is_null();
}

// A list that has nothing in it may be null, or not there.
std::vector<std::string> read_words(json_reader in, std::string_view key) {
  std::vector<std::string> words;
  if (!is_list(in, key)) return words;
  in.each(key, most_elements, [&](const auto& value, const auto& path) {
    in.element(value, path, words.emplace_back(), longest_variable);
  });
  return words;
}

std::vector<std::string> read_environment_of(json_reader in) {
  const auto config = in.optional_object("Config");
  return config ? read_words(*config, "Env") : std::vector<std::string>{};
}

std::vector<bound_folder> read_folders(json_reader in) {
  std::vector<bound_folder> folders;
  if (!is_list(in, "Mounts")) return folders;
  in.each("Mounts", most_elements, [&](const auto& value, const auto& path) {
    auto mount = in.element(value, path);
    bound_folder folder;
    bool writable = true;
    mount.read("Source", folder.host, longest_word);
    mount.read("Destination", folder.inside, longest_word);
    mount.read("RW", writable);
    folder.read_only = !writable;
    folders.push_back(std::move(folder));
  });
  return folders;
}

container_state read_state(json_reader in, json_reader state) {
  container_state made;
  state.read("Status", made.word, 64);
  state.read("ExitCode", made.exit_code);
  state.read("OOMKilled", made.out_of_memory);
  state.read("Error", made.error, longest_word);
  in.read("RestartCount", made.restarts);
  return made;
}

found_container read_container(json_reader in) {
  found_container made;
  in.read("Image", made.image_id, longest_word);
  auto config = in.object("Config");
  config.read("Image", made.image, longest_word);
  made.environment = read_environment_of(in);
  std::optional<std::int64_t> stop_timeout;
  config.read("StopTimeout", stop_timeout);
  if (stop_timeout) made.stop_timeout = std::chrono::seconds{*stop_timeout};
  made.folders = read_folders(in);
  auto host = in.object("HostConfig");
  std::int64_t memory = 0;
  host.read("Memory", memory, std::int64_t{0});
  made.memory = static_cast<std::uint64_t>(memory);
  host.read("NetworkMode", made.network, longest_word);
  host.read("Privileged", made.privileged);
  host.object("RestartPolicy").read("Name", made.restart, 64);
  made.state = read_state(in, in.object("State"));
  return made;
}

template <class Value>
engine_result<Value> understood(boost::system::result<Value, std::string> read, std::string_view what) {
  if (read) return read;
  return {in_place_error,
          fmt::format("what it says of {} cannot be understood: {}", what, for_log(read.error()))};
}

}  // namespace

std::string to_string(const api_version& version) {
  return fmt::format("{}.{}", version.major, version.minor);
}

engine_result<engine_version> parse_engine_version(std::string_view text) {
  return understood(read_json(text, most_engine_bytes,
                              [](json_reader in) {
                                engine_version made;
                                in.read("Version", made.name, 256);
                                read_api(in, "ApiVersion", made.newest);
                                made.oldest = made.newest;
                                if (is_list(in, "MinAPIVersion")) read_api(in, "MinAPIVersion", made.oldest);
                                return made;
                              }),
                    "its version");
}

engine_result<api_version> choose_api(const engine_version& engine) {
  if (engine.newest < needed) {
    return {in_place_error,
            fmt::format("Docker {} is too old: its API is {}, and {} is needed (Docker 1.13)",
                        for_log(engine.name, 50), to_string(engine.newest), to_string(needed))};
  }
  // What is used has not changed in newer ones so far; an engine that knows only those is tried.
  return std::max(engine.oldest, std::min(engine.newest, written_for));
}

engine_result<found_image> parse_image(std::string_view text) {
  return understood(read_json(text, most_engine_bytes,
                              [](json_reader in) {
                                found_image made;
                                in.read("Id", made.id, longest_word);
                                made.environment = read_environment_of(in);
                                return made;
                              }),
                    "the image");
}

engine_result<found_container> parse_container(std::string_view text) {
  return understood(read_json(text, most_engine_bytes, read_container), "the container");
}

engine_result<std::vector<std::string>> parse_created(std::string_view text) {
  return understood(read_json(text, most_engine_bytes,
                              [](json_reader in) { return read_words(std::move(in), "Warnings"); }),
                    "the container that it made");
}

std::string engine_error(std::string_view body) {
  const auto read = read_json(body, most_engine_bytes, [](json_reader in) {
    std::string message;
    in.read("message", message, most_engine_bytes);
    return message;
  });
  std::string_view words = read ? std::string_view{*read} : body;
  while (words.ends_with('\n') || words.ends_with('\r')) words.remove_suffix(1);
  return words.empty() ? "it does not say why" : for_log(words, 1000);
}

std::string to_json(const wanted_container& wanted) {
  json::array environment;
  for (const auto& [name, value] : wanted.environment)
    environment.emplace_back(fmt::format("{}={}", name, value));
  json::array binds;
  json::array mounts;
  for (const auto& folder : wanted.folders) {
    if (folder.make) {
      binds.emplace_back(fmt::format("{}:{}{}", folder.host, folder.inside, folder.read_only ? ":ro" : ""));
    } else {
      mounts.push_back(json::object{{"Type", "bind"},
                                    {"Source", folder.host},
                                    {"Target", folder.inside},
                                    {"ReadOnly", folder.read_only}});
    }
  }
  const json::object whole{
      {"Image", wanted.image},
      {"Env", std::move(environment)},
      {"StopTimeout", wanted.stop_timeout.count()},
      {"HostConfig",
       json::object{
           {"Binds", std::move(binds)},
           {"Mounts", std::move(mounts)},
           {"Memory", wanted.memory},
           {"MemorySwap",
            wanted.memory},  // as much as memory is none: a server that is swapped out holds up all
           {"RestartPolicy", json::object{{"Name", wanted.restart}}},
           {"NetworkMode", "host"},
       }},
  };
  return json::serialize(whole);
}

std::vector<std::string> log_lines(std::string_view frames, std::size_t most) {
  constexpr std::size_t head = 8;  // stream, three zeros, size in network order
  std::string text;
  while (frames.size() >= head) {
    std::size_t size = 0;
    for (const auto byte : frames.substr(4, 4)) size = size << 8U | static_cast<unsigned char>(byte);
    frames.remove_prefix(head);
    text += frames.substr(0, size);
    frames.remove_prefix(std::min(size, frames.size()));
  }
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.push_back(for_log(std::string_view{text}.substr(begin, end - begin), 300));
    begin = end + 1;
  }
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  return lines;
}

image_name split_image_name(std::string_view image) {
  if (const auto at = image.find('@'); at != std::string_view::npos)
    return {std::string{image.substr(0, at)}, std::string{image.substr(at + 1)}};
  const auto slash = image.rfind('/');
  const auto colon = image.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon == std::string_view::npos) return {std::string{image}, "latest"};
  return {std::string{image.substr(0, colon)}, std::string{image.substr(colon + 1)}};
}

}  // namespace mgc::orchestrator
