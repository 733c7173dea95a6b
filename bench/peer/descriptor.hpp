#pragma once

// A file descriptor with an owner, and the one way in which bench-peer fails: a system call that does not do
// what the measurement needs throws, main() prints it and exits 1, and the measurement is void. There is
// nothing to recover.

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace mgc::bench {

// Returns `result`, or throws std::system_error with errno if it is -1.
template <typename Result>
Result check(Result result, const std::string& what) {
  if (result == -1) throw std::system_error{errno, std::generic_category(), what};
  return result;
}

class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) : number_{number} {}
  descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() {
    if (number_ != -1) ::close(number_);
  }

  int get() const { return number_; }

 private:
  int number_ = -1;
};

}  // namespace mgc::bench
