#pragma once

// Who pulls images from a registry that wants to know: the file that docker_auth_file names, either the JSON of the API,
// {"username":"...","password":"..."}, or a config.json as `docker login` writes it. Core.

#include <string>
#include <string_view>

#include "orchestrator/deploy/engine_json.hpp"

namespace mgc::orchestrator {

// The header field X-Registry-Auth for this image; empty when a config.json has no entry for its registry.
engine_result<std::string> registry_login(std::string_view file_text, std::string_view image);

// docker.io, ghcr.io, 10.0.0.1:5000: where an image of this name comes from.
std::string registry_of(std::string_view image);

}  // namespace mgc::orchestrator
