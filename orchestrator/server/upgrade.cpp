#include "orchestrator/server/upgrade.hpp"
namespace mgc::orchestrator {
bool needs_upgrade(const std::optional<server_version>&, const server_version&) { return false; }
boost::asio::awaitable<answer<bool>> upgrade(const server_host&) { co_return false; }
}  // namespace mgc::orchestrator
