#pragma once

// A node's settings, directories and children for one test, all in a folder of its own: what `mgc run` has before it looks at its
// data. No Galera address leads out of 127.0.0.0/8.

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>

#include "orchestrator/server/initialise.hpp"
#include "orchestrator/server/server_host.hpp"
#include "orchestrator/server/server_lock.hpp"
#include "orchestrator/server/server_process.hpp"
#include "orchestrator/server/server_watch.hpp"
#include "tests/temporary_folder.hpp"

namespace mgc::test {

using namespace std::chrono_literals;

class local_node {
 public:
  // As root, the server runs as `mysql` where there is such a user.
  local_node() {
    ::chmod(folder_.path().c_str(), 0755);  // others have to get through
    auto& at = settings.directories;
    at = {folder_.path(),   folder_ / "data", folder_ / "conf",     folder_ / "lock",
          folder_ / "logs", folder_ / "tmp",  folder_ / "initdb.d", folder_ / "run"};
    const auto* const user = ::getpwnam("mysql");
    if (::geteuid() == 0) settings.server_user = user == nullptr ? "root" : "mysql";
    for (const auto& directory : {at.conf, at.lock, at.logs, at.tmp, at.initdb, at.run}) {
      std::filesystem::create_directory(directory);
      give(directory);
    }
    give(folder_.path());
    settings.server_program = "/usr/sbin/mariadbd";
    settings.socket = folder_ / "run/server.sock";
    settings.option_file = at.conf + "/server.cnf";
    settings.mode = orchestrator::cluster_mode::cluster;
    write_options();
  }

  // Further lines of [mysqld].
  void write_options(const std::string& more = {}) {
    const auto& at = settings.directories;
    give(folder_.write(
        "conf/server.cnf",
        "[mysqld]\ndatadir=" + at.data + "\nsocket=" + settings.socket + "\npid-file=" + at.run +
            "/server.pid\ntmpdir=" + at.tmp + "\nlog-error=" + at.logs +
            "/error.log\nskip-networking\ninnodb-buffer-pool-size=16M\ninnodb-log-file-size=8M\n"
            "binlog-format=ROW\nwsrep-on=ON\nwsrep-provider=/usr/lib/galera/libgalera_smm.so\n"
            "wsrep-cluster-address=gcomm://\nwsrep-node-address=127.0.0.1\n"
            "wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:" +
            std::to_string(group_port_) + ";gcache.size=1M\n" + more));
  }

  template <class T>
  T run(boost::asio::awaitable<T> what) {
    std::optional<T> got;
    std::exception_ptr failed;
    boost::asio::co_spawn(context, std::move(what), [&](std::exception_ptr why, T value) {
      failed = why;
      got = std::move(value);
      context.stop();
    });
    context.restart();
    context.run();
    if (failed) std::rethrow_exception(failed);
    return *std::move(got);
  }

  // As when this mgc were killed.
  void forget_lock() { lock_.reset(); }

  void wait_for_lock() {
    const auto waited = [](local_node& node) -> boost::asio::awaitable<bool> {
      auto got =
          co_await orchestrator::server_lock::wait_for(node.settings.directories.lock, [](const auto&) {});
      if (got) node.lock_.emplace(*std::move(got));
      co_return got.has_value();
    };
    if (!run(waited(*this))) throw std::runtime_error{"the lock"};
  }

  const orchestrator::server_host& host() const { return host_; }
  const test::temporary_folder& folder() const { return folder_; }
  std::string log(const std::string& name) const { return read("logs/" + name); }
  std::string read(const std::string& name) const {
    std::ifstream file{folder_ / name, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  void give(const std::string& path) const {
    const auto* const user = ::getpwnam(settings.server_user.c_str());
    if (user != nullptr && ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error{"chown"};
  }

 private:
  static unsigned free_port() { return 20000 + static_cast<unsigned>(::getpid()) % 20000; }

  temporary_folder folder_;
  unsigned group_port_ = free_port();

 public:
  boost::asio::io_context context{1};
  orchestrator::node_settings settings;

 private:
  orchestrator::child_processes children_{context, false};
  std::optional<orchestrator::server_lock> lock_ = *orchestrator::server_lock::take(make_lock_directory());
  orchestrator::server_host host_{settings, children_, *lock_};

  std::string make_lock_directory() const {
    std::filesystem::create_directories(folder_ / "lock");
    return folder_ / "lock";
  }
};

}  // namespace mgc::test
