#pragma once

// Brings the containers of all nodes about, hosts in parallel, and waits for the cluster. First every engine is looked at;
// if one cannot be asked, or has a container that is not as CONFIG wants it, nothing is changed anywhere. I/O ring;
// one thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/deploy/deploy_host.hpp"
#include "orchestrator/deploy/deploy_settings.hpp"

namespace mgc::orchestrator {

struct deploy_order {
  bool dry_run = false;
  bool whole_cluster = true;         // false: `nodes` of the settings are only some of it
  std::chrono::seconds patience{0};  // for the cluster; 0: it is not waited for
  std::string config;                // the file's name, for what is said
  std::string registry_login;        // X-Registry-Auth; empty: none
};

class deployment {
 public:
  // All must live as long as this; `tls` is needed where an endpoint is one of TLS.
  deployment(const deploy_settings& settings, const deploy_order& order, boost::asio::ssl::context* tls,
             deploy_voice to);

  // True: done, and the cluster has its size (where it is waited for). All that is to be said has been said.
  boost::asio::awaitable<bool> run();

  // What was done and what was not, when run() was given up: a line for each host.
  std::vector<std::string> left_at() const;

 private:
  boost::asio::awaitable<bool> look();
  bool plan();
  void show_plan() const;
  boost::asio::awaitable<bool> perform();
  boost::asio::awaitable<bool> wait_for_cluster();
  bool is_well() const;

  const deploy_settings& settings_;
  const deploy_order& order_;
  deploy_voice to_;
  std::vector<std::unique_ptr<deploy_host>> hosts_;
};

}  // namespace mgc::orchestrator
