#include "proxy/error.hpp"

#include <cerrno>
#include <string>

namespace mgc::proxy {
namespace {

class proxy_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "mgc.proxy"; }

  std::string message(int value) const override {
    switch (static_cast<error>(value)) {
      case error::address_malformed:
        return "not an address of a state transfer; give HOST[:PORT][/...] with a name, an IPv4 address or "
               "[IPv6]";
      case error::address_authentication_malformed:
        return "what stands before '@' is not what a joiner of mgc sends; do both nodes run mgc?";
      case error::joiner_not_mgc:
        return "the joiner does not run a method of mgc; set the same wsrep_sst_method (mgc_rsync or "
               "mgc_mariabackup) on both nodes";
      case error::joiner_tls_unknown:
        return "the joiner asks for a kind of encryption that this version does not know; run the same "
               "version of mgc on both nodes";
      case error::gtid_malformed: return "not a position; UUID:SEQNO is expected";
      case error::argument_missing_value: return "this option needs a value";
      case error::role_missing: return "--role must be donor or joiner";
      case error::option_file_syntax: return "not a line of an option file ([group], name or name=value)";
      case error::option_file_too_deep: return "option files include each other without end";
      case error::ist_malformed: return "not Galera's incremental state transfer";
      case error::wire_malformed: return "this is not how mgc talks; is something else connected here?";
      case error::wire_truncated:
        return "the connection ended before the transfer was complete; see the other node's log";
      case error::wire_no_common_version:
        return "the two nodes' versions of mgc have no wire version in common; install the same version on "
               "both";
      case error::wire_wrong_proof:
        return "it does not know this transfer's token (or TLS is being intercepted)";
      case error::wire_no_tls:
        return "no TLS session came about; both nodes need the same transfer_tls, cluster_secret or CA";
      case error::wire_too_slow: return "it did not prove itself within 10 s";
      case error::wire_compression:
        return "zstd cannot (un)pack what is on the wire; is the connection damaged?";
      case error::wire_counts_differ: return "donor and joiner count different numbers of bytes";
    }
    return "unknown proxy error";
  }
};

}  // namespace

int errno_of(error_code why) {
  const bool is_system = why.category() == boost::system::system_category() ||
                         why.category() == boost::system::generic_category();
  return is_system ? why.value() : EPROTO;
}

const boost::system::error_category& category() noexcept {
  static const proxy_category instance;
  return instance;
}

error_code make_error_code(error e) noexcept { return {static_cast<int>(e), category()}; }

}  // namespace mgc::proxy
