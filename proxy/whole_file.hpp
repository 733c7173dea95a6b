#pragma once

// Small files, read whole. I/O ring.

#include <cstddef>
#include <string>

#include "proxy/error.hpp"

namespace mgc::proxy {

// From where the descriptor stands to the end. Error: what the kernel says; EFBIG for more than `most` bytes.
[[nodiscard]] result<std::string> read_whole_file(int descriptor, std::size_t most);

}  // namespace mgc::proxy
