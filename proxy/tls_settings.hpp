#pragma once

// How the option files want a transfer to be protected. Core, but for what `setting_files` reads.
//
// [mgc] transfer_tls=off|psk|cert is obeyed; auto, the default, takes the first of these that was given: a cluster secret,
// certificates in [mgc], what the stock methods are told about encryption. Encryption that was asked for and cannot be is
// an error, never a transfer in the clear.

#include <string>

#include "proxy/setting_lookup.hpp"
#include "proxy/sst_arguments.hpp"
#include "proxy/sst_settings.hpp"

namespace mgc::proxy {

// Sets tls, cluster_secret and tls_*, and adds notes. Relative paths are taken from `datadir`. Throws bad_setting; the
// secret is in no message.
void resolve_tls(setting_lookup& lookup, sst_role role, const std::string& datadir,
                 const setting_files& files, sst_settings& settings);

}  // namespace mgc::proxy
