#pragma once

// What every part of a state transfer's program is given. Core: a bundle of references; main owns what they are to.

#include "proxy/sst_arguments.hpp"
#include "proxy/sst_settings.hpp"
#include "proxy/transfer_address.hpp"
#include "proxy/transfer_process.hpp"

namespace mgc::proxy {

struct sst_context {
  transfer_process& process;
  sst_method method;
  const sst_arguments& arguments;
  const sst_settings& settings;
};

}  // namespace mgc::proxy
