#pragma once

// Follows how an rsync client and a daemon greet each other, until the transfer itself begins: which versions, which
// module, which directory. Of the rest nothing is read. In a state transfer the donor is the client and sends one schema
// directory over each connection, so this tells which.
//
//   both      "@RSYNCD: 32.0 sha512 sha256 md5 md4\n"
//   client    "module\n"
//   server    any lines, then "@RSYNCD: OK\n" | "@RSYNCD: AUTHREQD challenge\n" | "@RSYNCD: EXIT\n" | "@ERROR: why\n"
//   client    after AUTHREQD: "user answer\n"
//   client    its arguments, each ended by NUL (by newline if either side is older than version 30), and an empty one
//
// A client waits for each answer of the server; what it sends before is not understood. Anything else than this makes it
// opaque. Memory is bounded. Core; one thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mgc::proxy {

class rsync_greeting {
 public:
  enum class phase {
    greeting,   // until the client has named a module
    answer,     // until the server has let it in
    arguments,  // until the client has said what it wants
    transfer,   // nothing more is read
    refused,    // the server said no, or that this was all
    opaque      // not understood; nothing more is read
  };

  struct version {
    unsigned major = 0;
    unsigned minor = 0;
    friend auto operator<=>(const version&, const version&) = default;
  };

  // The next bytes of either side, in the order in which a relay sees them.
  void from_client(std::span<const std::byte> bytes);
  void from_server(std::span<const std::byte> bytes);

  // Whether more must be shown; else the bytes may pass unseen.
  bool wants_client() const { return wants_answer() || phase_ == phase::arguments; }
  bool wants_server() const { return wants_answer(); }

  phase where() const { return phase_; }
  std::optional<version> client_version() const { return client_version_; }
  std::optional<version> server_version() const { return server_version_; }

  // All fit for a log. `directory` is the last argument below the module ("mydb" of "rsync_sst/./mydb"), empty for the
  // module itself; both it and `last_argument` are there from phase::transfer on. `error` is what followed "@ERROR:".
  std::string module() const;
  std::string last_argument() const;
  std::string directory() const;
  std::string error() const;

 private:
  bool wants_answer() const { return phase_ == phase::greeting || phase_ == phase::answer; }
  void client_line(std::string_view line);
  void server_line(std::string_view line);
  void argument(std::string_view text);
  char separator() const;
  void give_up();

  phase phase_ = phase::greeting;
  std::optional<version> client_version_;
  std::optional<version> server_version_;
  std::string module_;
  std::string last_argument_;
  std::string error_;
  std::string client_held_;  // a line or argument that has not ended yet
  std::string server_held_;
  std::size_t client_read_ = 0;
  std::size_t server_read_ = 0;
  bool client_must_answer_ = false;  // AUTHREQD
};

}  // namespace mgc::proxy
