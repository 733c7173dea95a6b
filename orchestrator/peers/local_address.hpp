#pragma once

#include <boost/asio/ip/address.hpp>

namespace mgc::orchestrator {

// Whether an interface of this machine has it now. False as well when the kernel does not say. I/O ring.
bool is_address_of_this_machine(const boost::asio::ip::address& address);

}  // namespace mgc::orchestrator
