#include "proxy/whole_file.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace mgc::proxy {

result<std::string> read_whole_file(int descriptor, std::size_t most) {
  std::string text;
  std::array<char, 16384> part{};
  for (;;) {
    const auto got = ::read(descriptor, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error_code{errno, boost::system::system_category()};
    if (got == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > most) return error_code{EFBIG, boost::system::system_category()};
  }
}

}  // namespace mgc::proxy
