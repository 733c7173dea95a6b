#pragma once

// The IST relay of this node: Galera listens on a loopback address, `mgc ist-relay` in front of it on the node's own. A child of
// its own, so that a relay in trouble and the election have nothing to do with each other. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/server/child_processes.hpp"

namespace mgc::orchestrator {

// Its command line. Core.
std::vector<std::string> ist_relay_words(const node_settings& settings, const std::string& program);

// Starts it, and again whenever it has ended, with a pause in between. Ends when cancelled, and the relay with it.
boost::asio::awaitable<void> keep_ist_relay(const node_settings& settings, child_processes& children);

}  // namespace mgc::orchestrator
