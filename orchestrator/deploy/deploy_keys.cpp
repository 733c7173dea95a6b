#include "orchestrator/deploy/deploy_keys.hpp"

#include <algorithm>
#include <array>

#include "orchestrator/config/variables.hpp"

namespace mgc::orchestrator {
namespace {

constexpr bool per_node = true;

constexpr std::array keys{
    deploy_key{"image", "mgc:10.11", "", "what the containers are made of"},
    deploy_key{"pull", "missing", "",
               "missing: an image that a host has is used; always: the registry is asked first, when a "
               "container is made; never: hosts must have it"},
    deploy_key{"mount_dir", "/data/mariadb-galera", "",
               "folder of the host below which each node's data are, in a folder named as the container",
               per_node},
    deploy_key{"memory", "", "no limit", "the most that a container may use, in MB, or as 512M, 2G",
               per_node},
    deploy_key{
        "restart", "unless-stopped", "",
        "when a container is started again after it ended or its host booted: unless-stopped or always"},
    deploy_key{"stop_timeout", "600", "",
               "seconds that 'docker stop' leaves a server to write what it holds before it is killed"},
    deploy_key{"localtime", "1", "", "1: the container has the host's /etc/localtime; 0: UTC", per_node},
    deploy_key{"secrets_dir", "", "none",
               "folder of the host that the container has, read-only, as /run/secrets: for *_FILE and tls_*",
               per_node},
    deploy_key{"docker_port", "", "2375; with docker_tls_*, 2376",
               "where the engines listen, as tcp://NODE:PORT"},
    deploy_key{"docker1, docker2, ...", "", "",
               "the engine of that node, when it is elsewhere: tcp://HOST:PORT, https://HOST:PORT (TLS), "
               "unix:///PATH"},
    deploy_key{"docker_tls_ca", "", "the authorities of this machine",
               "authority of the engines' certificates, a PEM file here"},
    deploy_key{"docker_tls_cert", "", "", "certificate to show to engines, a PEM file here"},
    deploy_key{"docker_tls_key", "", "", "its key, a PEM file here"},
    deploy_key{"docker_auth_file", "", "none",
               "login of the registry, a file here: the config.json of 'docker login', or "
               "{\"username\":\"...\",\"password\":\"...\"}"},
};

}  // namespace

std::span<const deploy_key> deploy_keys() { return keys; }

const deploy_key* find_deploy_key(std::string_view name) {
  const auto* const found =
      std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.name == name; });
  return found == keys.end() ? nullptr : found;
}

std::string deploy_keys_help() {
  std::string text;
  for (const auto& key : keys)
    text += help_entry(key.name, key.meaning, key.fallback.empty() ? key.value : key.fallback);
  return text;
}

}  // namespace mgc::orchestrator
