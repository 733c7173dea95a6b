#pragma once

// Brings the containers of all nodes about, hosts in parallel, and waits for the cluster. First every engine is looked at;
// if one cannot be asked, or has a container that is not as CONFIG wants it, nothing is changed anywhere. I/O ring;
// one thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/deploy/deploy_settings.hpp"
#include "orchestrator/deploy/engine_client.hpp"
#include "orchestrator/deploy/plan.hpp"

namespace mgc::orchestrator {

struct deploy_order {
  bool dry_run = false;
  bool whole_cluster = true;         // false: `nodes` of the settings are only some of it
  std::chrono::seconds patience{0};  // for the cluster; 0: not waited for
  std::string config;                // the file's name, for what is said
  std::string registry_login_text;   // what docker_auth_file has in it
};

class deployment {
 public:
  // Where lines go; none ends with a line feed.
  struct voice {
    std::function<void(const std::string&)> say;
    std::function<void(const std::string&)> complain;
  };

  // All must live as long as this.
  deployment(const deploy_settings& settings, const deploy_order& order, boost::asio::ssl::context* tls,
             voice to);
  ~deployment();
  deployment(const deployment&) = delete;

  // True: done, and the cluster has its size (where it is waited for).
  boost::asio::awaitable<bool> run();

  // What was done and what was not, when run() was given up.
  std::vector<std::string> left_at() const;

 private:
  struct host;
  boost::asio::awaitable<bool> look();
  bool plan();
  void show_plan() const;
  boost::asio::awaitable<bool> perform();
  boost::asio::awaitable<bool> wait_for_cluster();

  const deploy_settings& settings_;
  const deploy_order& order_;
  voice to_;
  std::vector<std::unique_ptr<host>> hosts_;
};

}  // namespace mgc::orchestrator
