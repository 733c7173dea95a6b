#pragma once

// Other processes for tests: what a budget file or the kernel's limits do can only be seen from several, and
// some of them must be killed. A test that uses these has no other threads running.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>

namespace mgc::test {

// Runs `work` in a fork of this process; what it returns is the exit code. Killed when this object goes.
class child_process {
 public:
  template <class Work>
  explicit child_process(Work work) : pid_{::fork()} {
    if (pid_ < 0) throw std::runtime_error{"cannot fork"};
    if (pid_ > 0) return;
    int code = threw;
    try {
      code = work();
    } catch (...) {
    }
    ::_exit(code);
  }
  child_process(child_process&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
  child_process& operator=(child_process&&) = delete;
  ~child_process() { kill(); }

  pid_t pid() const { return pid_; }

  // With SIGKILL, wherever it is just now.
  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    (void)exit_code();
  }

  // Waits for the end; negative: died of that signal.
  int exit_code() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  static constexpr int threw = 99;
  pid_t pid_;
};

// A `Value` that forked children share with their parent.
template <class Value>
class shared_with_children {
 public:
  shared_with_children() {
    void* const memory =
        ::mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    value_ = new (memory) Value{};
  }
  shared_with_children(const shared_with_children&) = delete;
  ~shared_with_children() { ::munmap(value_, sizeof(Value)); }

  Value& operator*() const { return *value_; }
  Value* operator->() const { return value_; }

 private:
  Value* value_;
};

template <class Condition>
void wait_until(Condition met) {
  while (!met()) std::this_thread::yield();  // ctest has the time limit
}

// In a child: what root may do is no test for what others may.
inline void become_an_ordinary_user() {
  constexpr uid_t nobody = 65534;
  if (::geteuid() == 0 &&
      (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0)) {
    throw std::runtime_error{"cannot become another user"};
  }
}

}  // namespace mgc::test
