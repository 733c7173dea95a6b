#include "orchestrator/deploy/registry_login.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "orchestrator/peers/json_reader.hpp"

namespace mgc::orchestrator {
namespace {

namespace json = boost::json;
using boost::system::in_place_error;
using boost::system::in_place_value;
using login_result = engine_result<std::string>;

constexpr std::size_t most_file_bytes = std::size_t{1024} * 1024;
constexpr std::size_t most_word_bytes = std::size_t{16} * 1024;
constexpr std::string_view public_registry = "docker.io";
constexpr std::string_view public_registry_key = "https://index.docker.io/v1/";

std::string to_base64(const std::string& text) {
  std::string made(4 * ((text.size() + 2) / 3) + 1, '\0');
  const auto size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(made.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  made.resize(static_cast<std::size_t>(size));
  return made;
}

// Unset: it is none.
std::optional<std::string> from_base64(const std::string& text) {
  std::string made(text.size() + 3, '\0');
  const auto size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(made.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  made.resize(static_cast<std::size_t>(size) - std::min(padding, static_cast<std::size_t>(size)));
  return made;
}

// The letters that a URL, and so this header field, may have.
std::string header_of(const json::object& login) {
  auto text = to_base64(json::serialize(login));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string word(json_reader& in, std::string_view key) {
  std::string text;
  if (in.members().contains({key.data(), key.size()})) in.read(key, text, most_word_bytes);
  return text;
}

// "https://ghcr.io/", "ghcr.io": the same registry.
std::string_view bare(std::string_view key) {
  if (const auto scheme = key.find("://"); scheme != std::string_view::npos) key.remove_prefix(scheme + 3);
  return key.substr(0, key.find('/'));
}

login_result from_entry(json_reader in, const std::string& registry) {
  json::object login{{"serveraddress", registry == public_registry ? public_registry_key : registry}};
  if (const auto token = word(in, "identitytoken"); !token.empty()) {
    login["identitytoken"] = token;
    return {in_place_value, header_of(login)};
  }
  auto user = word(in, "username");
  auto password = word(in, "password");
  if (const auto both = from_base64(word(in, "auth")); both && both->find(':') != std::string::npos) {
    user = both->substr(0, both->find(':'));
    password = both->substr(both->find(':') + 1);
  }
  if (user.empty() || password.empty()) {
    return {in_place_error,
            "it has no user and password for " + registry +
                R"( (a 'credsStore' keeps them elsewhere); give {"username":"...","password":"..."})"};
  }
  login["username"] = user;
  login["password"] = password;
  return {in_place_value, header_of(login)};
}

login_result from_document(json_reader in, const std::string& registry) {
  auto entries = in.optional_object("auths");
  if (!entries) return from_entry(std::move(in), registry);
  for (const auto& [key, value] : entries->members()) {
    const std::string_view name{key.data(), key.size()};
    const bool is_it = registry == public_registry ? name == public_registry_key || name == public_registry
                                                   : bare(name) == registry;
    if (is_it) return from_entry(entries->object(name), registry);
  }
  return {in_place_value, std::string{}};
}

}  // namespace

std::string registry_of(std::string_view image) {
  const auto first = image.substr(0, image.find('/'));
  const bool is_host = first.size() != image.size() &&
                       (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  return std::string{is_host ? first : public_registry};
}

login_result registry_login(std::string_view file_text, std::string_view image) {
  auto made = read_json(file_text, most_file_bytes,
                        [&](json_reader in) { return from_document(std::move(in), registry_of(image)); });
  if (!made) return {in_place_error, made.error()};
  return std::move(*made);
}

}  // namespace mgc::orchestrator
