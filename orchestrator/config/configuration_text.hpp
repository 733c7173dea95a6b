#pragma once

// A configuration for people and for programs; a secret is "(set)". Core.

#include <string>

#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

std::string configuration_text(const node_settings& settings);

// One JSON object.
std::string configuration_json(const node_settings& settings);

}  // namespace mgc::orchestrator
