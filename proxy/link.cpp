#include "proxy/link.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include "shaper/socket_option.hpp"
#include "shaper/socket_shaping.hpp"

namespace mgc::proxy {
namespace {

namespace errc = boost::system::errc;
using clock = std::chrono::steady_clock;
using shaper::time_point;

error_code timed_out() { return errc::make_error_code(errc::timed_out); }

// Until the socket is ready. Error: timed_out.
error_code await(int socket, short events, time_point deadline) {
  for (;;) {
    int milliseconds = -1;
    if (deadline != time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
      milliseconds = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
    }
    pollfd one{socket, events, 0};
    const int ready = ::poll(&one, 1, milliseconds);
    if (ready > 0) return {};
    if (ready == 0 && clock::now() >= deadline) return timed_out();
    if (ready < 0 && errno != EINTR) return last_error();
  }
}

}  // namespace

link::link(shaper::file_descriptor socket, std::unique_ptr<tls_session> tls)
    : socket_{std::move(socket)}, tls_{std::move(tls)} {
  (void)shaper::reset_on_close(socket_.get(), true);
  (void)shaper::set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
}

result<std::size_t> link::read_some(char* to, std::size_t size, time_point deadline) {
  for (;;) {
    if (tls_) {
      const std::lock_guard lock{tls_mutex_};
      const auto got = tls_->read(to, size);
      if (got || got.error() != errc::operation_would_block) return got;
    }
    if (deadline != time_point::max()) {
      if (const auto failed = await(socket_.get(), POLLIN, deadline)) return failed;
    }
    std::array<char, 64 * 1024> sealed;
    const auto got =
        tls_ ? ::recv(socket_.get(), sealed.data(), sealed.size(), 0) : ::recv(socket_.get(), to, size, 0);
    if (got == 0) return error::wire_truncated;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return last_error();
    if (!tls_) return static_cast<std::size_t>(got);
    const std::lock_guard lock{tls_mutex_};
    tls_->received({sealed.data(), static_cast<std::size_t>(got)});
  }
}

error_code link::read_exactly(char* to, std::size_t size, time_point deadline) {
  while (size > 0) {
    const auto got = read_some(to, size, deadline);
    if (!got) return got.error();
    to += *got;
    size -= *got;
  }
  return {};
}

error_code link::write_all(std::string_view bytes, time_point deadline) const {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (const auto failed = await(socket_.get(), POLLOUT, deadline)) return failed;
    } else if (errno != EINTR) {
      return last_error();
    }
  }
  return {};
}

error_code link::open_tls(time_point deadline, std::string& problem) {
  for (;;) {
    const auto step = tls_->handshake();
    if (const auto failed = write_all(tls_->take_output(), deadline)) return failed;
    if (step == tls_session::step::done) return {};
    if (step == tls_session::step::failed) {
      problem = tls_->problem();
      return error::wire_no_tls;
    }
    std::array<char, 16 * 1024> sealed;
    if (const auto failed = await(socket_.get(), POLLIN, deadline)) return failed;
    const auto got = ::recv(socket_.get(), sealed.data(), sealed.size(), 0);
    if (got == 0) return error::wire_no_tls;
    if (got < 0) return last_error();
    tls_->received({sealed.data(), static_cast<std::size_t>(got)});
  }
}

boost::system::result<std::unique_ptr<link>, link::failure> link::as_donor(shaper::file_descriptor socket,
                                                                           const keys& keys, wire::role role,
                                                                           time_point deadline) {
  std::unique_ptr<link> made{new link{
      std::move(socket), keys.tls ? std::make_unique<tls_session>(keys.tls, sst_role::donor) : nullptr}};
  made->role_ = role;
  std::string problem;
  if (made->tls_) {
    if (const auto failed = made->open_tls(deadline, problem)) return failure{failed, problem};
  }
  const wire::hello hello{.role = role, .nonce = wire::make_nonce()};
  if (const auto failed = made->write_all(made->seal(hello.encode()), deadline)) return failure{failed, {}};
  std::array<char, wire::challenge::size> bytes{};
  if (const auto failed = made->read_exactly(bytes.data(), bytes.size(), deadline))
    return failure{failed, made->tls_ ? made->tls_->problem() : ""};
  const auto challenge = wire::challenge::decode({bytes.data(), bytes.size()});
  if (!challenge) return failure{challenge.error(), {}};
  if (challenge->version == 0 || challenge->version < wire::lowest_version ||
      challenge->version > wire::highest_version)
    return failure{error::wire_no_common_version, "the joiner's go from " +
                                                      std::to_string(challenge->lowest) + " to " +
                                                      std::to_string(challenge->highest)};
  const auto binding = made->binding();
  if (!wire::equal(challenge->proof, wire::joiner_proof(keys.token, hello, *challenge, binding)))
    return failure{error::wire_wrong_proof, {}};
  const auto answer = wire::donor_proof(keys.token, hello, *challenge, binding);
  if (const auto failed = made->write_all(made->seal({answer.data(), answer.size()}), deadline))
    return failure{failed, {}};
  return made;
}

boost::system::result<std::unique_ptr<link>, link::failure> link::as_joiner(shaper::file_descriptor socket,
                                                                            const keys& keys,
                                                                            time_point deadline) {
  std::unique_ptr<link> made{new link{
      std::move(socket), keys.tls ? std::make_unique<tls_session>(keys.tls, sst_role::joiner) : nullptr}};
  std::string problem;
  if (made->tls_) {
    if (const auto failed = made->open_tls(deadline, problem)) return failure{failed, problem};
  }
  std::array<char, wire::hello::size> bytes{};
  if (const auto failed = made->read_exactly(bytes.data(), bytes.size(), deadline))
    return failure{failed, {}};
  const auto hello = wire::hello::decode({bytes.data(), bytes.size()});
  if (!hello) return failure{hello.error(), {}};
  made->role_ = hello->role;
  wire::challenge challenge{.version = wire::common_version(*hello), .nonce = wire::make_nonce()};
  if (challenge.version == 0) {
    (void)made->write_all(made->seal(challenge.encode()), deadline);
    made->complete();  // so that it hears that
    return failure{error::wire_no_common_version, "the donor's go from " + std::to_string(hello->lowest) +
                                                      " to " + std::to_string(hello->highest)};
  }
  const auto binding = made->binding();
  challenge.proof = wire::joiner_proof(keys.token, *hello, challenge, binding);
  if (const auto failed = made->write_all(made->seal(challenge.encode()), deadline))
    return failure{failed, {}};
  wire::bytes32 answer{};
  if (const auto failed = made->read_exactly(answer.data(), answer.size(), deadline))
    return failure{failed, {}};
  if (!wire::equal(answer, wire::donor_proof(keys.token, *hello, challenge, binding)))
    return failure{error::wire_wrong_proof, {}};
  return made;
}

std::string link::peer() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return "a peer that has gone";
  return name_of(address, size);
}

result<wire::frame_header> link::receive_header() {
  std::array<char, wire::frame_header::size> bytes{};
  if (const auto failed = read_exactly(bytes.data(), bytes.size(), time_point::max())) return failed;
  return wire::frame_header::decode({bytes.data(), bytes.size()});
}

result<std::string> link::receive_payload(std::size_t size) {
  std::string payload(size, '\0');
  if (const auto failed = read_exactly(payload.data(), size, time_point::max())) return failed;
  return payload;
}

result<std::size_t> link::receive_some(char* to, std::size_t size) {
  return read_some(to, size, time_point::max());
}

std::string link::seal(std::string_view bytes) {
  if (!tls_) return std::string{bytes};
  const std::lock_guard lock{tls_mutex_};
  return tls_->encrypt(bytes);
}

error_code link::send(std::string_view bytes, time_point deadline) {
  return write_all(seal(bytes), deadline);
}

void link::complete() { (void)shaper::reset_on_close(socket_.get(), false); }

// What the peer sent and nobody read would make the kernel answer close() with a reset, which destroys our last words
// on their way: so they are followed by an end, and the rest is read until the peer has closed.
void link::say_failure(int code, std::string_view what) {
  const auto deadline = clock::now() + std::chrono::milliseconds{500};
  const wire::failure_report report{code, std::string{what}};
  if (send(wire::encode_frame(wire::frame::failure, report.encode()), deadline)) return;
  ::shutdown(socket_.get(), SHUT_WR);
  std::array<char, 64 * 1024> ignored;
  while (!await(socket_.get(), POLLIN, deadline) &&
         ::recv(socket_.get(), ignored.data(), ignored.size(), MSG_DONTWAIT) > 0) {
  }
}

result<shaper::file_descriptor> connect_tcp(const shaper::endpoint& to, time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
      failed != 0)
    return failed == EAI_SYSTEM ? last_error() : errc::make_error_code(errc::host_unreachable);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, ::freeaddrinfo};
  for (;;) {
    error_code failed;
    for (const auto* one = addresses.get(); one != nullptr; one = one->ai_next) {
      shaper::file_descriptor socket{
          ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, one->ai_protocol)};
      if (!socket) return last_error();
      failed = {};
      if (::connect(socket.get(), one->ai_addr, one->ai_addrlen) != 0 && errno != EINPROGRESS)
        failed = last_error();
      if (!failed) failed = await(socket.get(), POLLOUT, deadline);
      if (!failed) {
        failed = {shaper::get_option<int>(socket.get(), SOL_SOCKET, SO_ERROR).value_or(0),
                  boost::system::system_category()};
      }
      if (failed) continue;
      ::fcntl(socket.get(), F_SETFL, 0);
      return socket;
    }
    if (failed != errc::connection_refused || clock::now() >= deadline) return failed;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

std::string name_of(const sockaddr_storage& address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{'?'};
  std::array<char, NI_MAXSERV> port{'?'};
  (void)::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(),
                      port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  return shaper::to_string({host.data(), static_cast<std::uint16_t>(std::atoi(port.data()))});
}

void give_up_after(int socket, std::chrono::seconds silence) {
  const auto seconds = static_cast<int>(std::clamp<std::int64_t>(silence.count(), 1, 24 * 3600));
  const int part = std::max(1, seconds / 4);
  (void)shaper::set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  (void)shaper::set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, part);
  (void)shaper::set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, part);
  (void)shaper::set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  (void)shaper::set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<unsigned>(seconds) * 1000U);
}

}  // namespace mgc::proxy
