#pragma once

// Where this node keeps its budget (shaper/shared_budget.hpp), so that every transfer of the node, `mgc status` and
// `mgc limit` meet in one file without being told of each other:
//
//   1. the file that [mgc] transfer_budget names, if it names one: that or an error;
//   2. /run/mgc/budget, when /run/mgc is there and usable;
//   3. /run/mysqld/mgc.budget, when /run/mysqld is there and usable;
//   4. /run/mgc/budget again, when /run/mgc can be made;
//   5. none: a transfer then has a budget of its own, which keeps its limit but which nobody else can see or change.
//
// The file is for its owner and group (0660). Made by root, it gets the owner and group of its directory, so that the
// server's user can open it. I/O ring; any thread.

#include <memory>
#include <string>
#include <vector>

#include "proxy/error.hpp"
#include "shaper/rate.hpp"
#include "shaper/shared_budget.hpp"

namespace mgc::proxy {

// The directories of 2. and 3.; tests have their own.
struct budget_places {
  std::string own = "/run/mgc";
  std::string of_server = "/run/mysqld";

  // The files there, in the order of preference.
  std::vector<std::string> files() const { return {own + "/budget", of_server + "/mgc.budget"}; }
};

struct node_budget {
  std::unique_ptr<shaper::shared_budget> budget;  // never null
  std::string file;                               // empty: it is this process's alone
  std::string
      note;  // for the log: which places could not be used, and what to do; empty when there is nothing to say
};

// For whoever transfers. `configured` is [mgc] transfer_budget, empty when it is not set; a budget that has to be made
// starts with `initial`. Error: only about `configured`; budget_problem() has words for it.
result<node_budget> open_node_budget(const std::string& configured, shaper::rate initial,
                                     const budget_places& places = {});

// For whoever looks or changes the limit: `named` (--budget) if it is not empty, else `configured`, else the first
// default file that exists. Empty: none of them does.
std::string find_node_budget(const std::string& named, const std::string& configured,
                             const budget_places& places = {});

// Where `mgc limit` makes one when there is none yet: `named`, `configured`, or in the first default directory that
// exists. Empty: there is none.
std::string place_for_node_budget(const std::string& named, const std::string& configured,
                                  const budget_places& places = {});

// shared_budget::open_or_create, with the ownership described above.
result<std::unique_ptr<shaper::shared_budget>> open_or_create_owned(const std::string& file,
                                                                    shaper::rate initial);

// "FILE: Permission denied; it belongs to mysql:mysql ...": what is wrong with that file and what to do.
std::string budget_problem(const std::string& file, error_code why);

}  // namespace mgc::proxy
