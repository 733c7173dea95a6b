#pragma once

// One connection between donor and joiner that has been proved from both ends: frames in, frames out (WIRE.md). I/O ring,
// blocking calls. One thread may receive while another sends; not more than one each.

#include <sys/socket.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "proxy/tls_session.hpp"
#include "proxy/wire.hpp"
#include "shaper/endpoint.hpp"
#include "shaper/file_descriptor.hpp"
#include "shaper/rate.hpp"

namespace mgc::proxy {

class link {
 public:
  struct failure {
    error_code why;
    std::string more;  // what OpenSSL or the peer says of it, for the log
  };

  // What both ends know of the transfer.
  struct keys {
    transfer_token token;
    tls_context tls;  // null: a plain connection
  };

  // The handshake, each from its end; `socket` is connected. The deadline is for all of it.
  static boost::system::result<std::unique_ptr<link>, failure> as_donor(shaper::file_descriptor socket,
                                                                        const keys& keys, wire::role role,
                                                                        shaper::time_point deadline);
  static boost::system::result<std::unique_ptr<link>, failure> as_joiner(shaper::file_descriptor socket,
                                                                         const keys& keys,
                                                                         shaper::time_point deadline);

  wire::role role() const { return role_; }
  int socket() const { return socket_.get(); }
  std::string peer() const;  // "192.0.2.1:4444"
  bool is_plain() const { return tls_ == nullptr; }

  // The next frame's header. Error: wire_truncated, wire_malformed, the system's.
  result<wire::frame_header> receive_header();
  // The payload that follows it, whole: not for large ones that are to be moved.
  result<std::string> receive_payload(std::size_t size);
  // Some of the payload, at least 1 byte.
  result<std::size_t> receive_some(char* to, std::size_t size);

  // What is to be written to the socket for these bytes: the caller writes it, in order, itself or through a mover.
  std::string seal(std::string_view bytes);

  // Whole frames written at once, blocking; for those that are small and not shaped. After the deadline:
  // errc::timed_out.
  error_code send(std::string_view bytes, shaper::time_point deadline = shaper::time_point::max());

  // Everything was delivered: closing no longer resets the connection.
  void complete();

  // After a failure: says so if the peer can still hear it, and waits briefly until it has. Not while another thread is
  // sending.
  void say_failure(int code, std::string_view what);

 private:
  link(shaper::file_descriptor socket, std::unique_ptr<tls_session> tls);
  error_code read_exactly(char* to, std::size_t size, shaper::time_point deadline);
  error_code write_all(std::string_view bytes, shaper::time_point deadline) const;
  result<std::size_t> read_some(char* to, std::size_t size, shaper::time_point deadline);
  error_code open_tls(shaper::time_point deadline, std::string& problem);
  std::string binding() const { return tls_ ? tls_->binding() : std::string{}; }

  shaper::file_descriptor socket_;
  std::unique_ptr<tls_session> tls_;  // under tls_mutex_
  std::mutex tls_mutex_;
  wire::role role_ = wire::role::control;
};

// Connects within the deadline; tries again while the port refuses. Error: the last attempt's.
result<shaper::file_descriptor> connect_tcp(const shaper::endpoint& to, shaper::time_point deadline);

// "192.0.2.1:4444", "[2001:db8::1]:4444"
std::string name_of(const sockaddr_storage& address, socklen_t size);

// After so long without a sign of life from the other end, the connection fails: a peer that vanished, a cut cable.
void give_up_after(int socket, std::chrono::seconds silence);

}  // namespace mgc::proxy
