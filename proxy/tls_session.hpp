#pragma once

// TLS 1.3 of one connection, without the connection: bytes from the peer go in, bytes for the peer come out. Which key or
// certificates it uses is WIRE.md's. I/O ring, though it does none; one thread at a time.

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "proxy/sst_settings.hpp"
#include "proxy/wire.hpp"

namespace mgc::proxy {

using tls_context =
    std::shared_ptr<SSL_CTX>;  // OpenSSL counts its sessions' references itself; this is the program's

// Null for tls_choice::off. Throws bad_setting when a certificate, key or CA cannot be used.
tls_context make_tls_context(const sst_settings& settings, const transfer_token& token, sst_role role);

class tls_session {
 public:
  tls_session(const tls_context& context, sst_role role);

  enum class step { done, wants_bytes, failed };
  step handshake();  // call again after received(); send take_output() after each call

  void received(std::string_view bytes);
  std::string take_output();

  // Plain bytes that have come, up to `size`. errc::operation_would_block: more must be received first;
  // wire_truncated: the session was closed.
  result<std::size_t> read(char* to, std::size_t size);

  // What is to be sent for it.
  std::string encrypt(std::string_view plain);

  // What a proof is bound to (WIRE.md). After the handshake.
  std::string binding() const;

  // Why it failed, in OpenSSL's words.
  const std::string& problem() const { return problem_; }

 private:
  struct freed_by_openssl {
    void operator()(SSL* session) const { SSL_free(session); }
  };

  void remember_problem();

  tls_context context_;
  bool needs_key_;
  std::unique_ptr<SSL, freed_by_openssl> session_;
  BIO* in_;   // owned by session_
  BIO* out_;  // owned by session_
  std::string problem_;
};

}  // namespace mgc::proxy
