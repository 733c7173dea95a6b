#include "proxy/joiner_listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "proxy/log_text.hpp"
#include "shaper/socket_option.hpp"

namespace mgc::proxy {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds time_to_prove{10};
constexpr std::size_t most_unproved = 128;  // at a time
constexpr std::chrono::seconds time_when_crowded{1};
constexpr std::chrono::milliseconds retry_after{100};
constexpr unsigned most_refusals_logged = 50;

shaper::file_descriptor listen_at(const sockaddr* address, socklen_t size) {
  shaper::file_descriptor socket{::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return {};
  (void)shaper::set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address->sa_family == AF_INET6) (void)shaper::set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(socket.get(), address, size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) return {};
  return socket;
}

shaper::file_descriptor listen_everywhere(std::uint16_t port) {
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(port);
  auto socket = listen_at(reinterpret_cast<const sockaddr*>(&any6),
                          sizeof any6);  // and IPv4, as the kernel's default is
  if (socket || errno != EAFNOSUPPORT) return socket;
  sockaddr_in any4{};
  any4.sin_family = AF_INET;
  any4.sin_port = htons(port);
  return listen_at(reinterpret_cast<const sockaddr*>(&any4), sizeof any4);
}

std::uint16_t port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

joiner_listener::joiner_listener(transfer_process& process, const shaper::endpoint& at, link::keys keys,
                                 std::chrono::seconds silence)
    : process_{process}, keys_{std::move(keys)}, silence_{silence} {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found);
      failed != 0)
    process.fail(EINVAL, fmt::format("cannot resolve '{}' to listen there: {}; set wsrep_node_address or "
                                     "wsrep_sst_receive_address to an address "
                                     "of this machine",
                                     at.host, ::gai_strerror(failed)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, ::freeaddrinfo};
  socket_ = listen_at(addresses->ai_addr, addresses->ai_addrlen);
  if (!socket_ && errno == EADDRNOTAVAIL) socket_ = listen_everywhere(at.port);
  if (!socket_) {
    const int why = errno;
    process.fail(why,
                 fmt::format("cannot listen at {}: {}; is another transfer running, or is the port taken? "
                             "wsrep_sst_receive_address can name another one",
                             shaper::to_string(at), system_error(why).message()));
  }
  port_ = port_of(socket_.get());
  threads_ = 1;
  std::thread{[this] { accept_all(); }}.detach();  // close() waits for it
}

joiner_listener::~joiner_listener() { close(); }

void joiner_listener::accept_all() {
  const int listening = socket_.get();
  for (;;) {
    pollfd one{listening, POLLIN, 0};
    (void)::poll(&one, 1, -1);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    shaper::file_descriptor socket{
        ::accept4(listening, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC)};
    std::unique_lock lock{mutex_};
    if (closed_) break;
    if (socket) {
      admit(std::move(socket), name_of(address, size), lock);
    } else {
      changed_.wait_for(lock, retry_after);  // no descriptors left: some will be given back
    }
  }
  const std::lock_guard lock{mutex_};
  --threads_;
  changed_.notify_all();
}

// A flood must neither keep the donor out nor use up this process's threads: when many are proving themselves, the oldest one
// that had its time has to go, and until it has gone nobody else comes in.
void joiner_listener::admit(shaper::file_descriptor socket, const std::string& peer,
                            std::unique_lock<std::mutex>& lock) {
  while (unproved_.size() >= most_unproved && !closed_) {
    if (clock::now() - unproved_.front().since > time_when_crowded)
      ::shutdown(unproved_.front().socket, SHUT_RDWR);
    changed_.wait_for(lock, retry_after);
  }
  if (closed_) return;
  give_up_after(socket.get(), silence_);
  shaper::file_descriptor handle{::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3)};
  if (!handle) return;
  const int number = handle.get();
  unproved_.push_back({number, clock::now()});
  ++threads_;
  try {
    std::thread{[this, s = std::move(socket), h = std::move(handle), peer]() mutable {
      authenticate(std::move(s), std::move(h), peer);
    }}.detach();
  } catch (const std::system_error&) {  // no threads left: as if it had not come
    unproved_.pop_back();
    --threads_;
  }
}

// `handle` is a second descriptor of the socket: its number on the list is good until it is taken off, whatever became of
// the first one.
void joiner_listener::authenticate(shaper::file_descriptor socket, shaper::file_descriptor handle,
                                   const std::string& peer) {
  auto proved = link::as_joiner(std::move(socket), keys_, clock::now() + time_to_prove);
  {
    const std::lock_guard lock{mutex_};
    unproved_.remove_if([&](const unproved& one) { return one.socket == handle.get(); });
    changed_.notify_all();
  }
  handle = shaper::file_descriptor{};
  if (proved) {
    let_in(std::move(*proved), peer);
  } else {
    auto [why, more] = proved.error();
    if (why == boost::system::errc::timed_out) why = error::wire_too_slow;
    if (why == error::wire_truncated) more = "it closed the connection before it proved itself";
    refuse(peer, more.empty() ? why.message() : fmt::format("{} ({})", why.message(), for_log(more)));
  }
  const std::lock_guard lock{mutex_};
  --threads_;
  changed_.notify_all();
}

void joiner_listener::let_in(std::unique_ptr<link> proved, const std::string& peer) {
  std::unique_lock lock{mutex_};
  if (proved->role() == wire::role::control && !has_control_ && !closed_) {
    has_control_ = true;
    process_.note(fmt::format("donor {} is connected{}", peer, proved->is_plain() ? "" : ", with TLS"));
    control_ = std::move(proved);
    changed_.notify_all();
    return;
  }
  if (proved->role() == wire::role::channel && serve_ && !closed_) {
    ++serving_;
    const auto serve = serve_;
    lock.unlock();
    serve(std::move(proved));
    lock.lock();
    --serving_;
    changed_.notify_all();
    return;
  }
  lock.unlock();
  proved->say_failure(EALREADY, "this transfer has its connections already");
  refuse(peer, "it knows the token, but this transfer has its connections already");
}

void joiner_listener::refuse(const std::string& peer, const std::string& why) {
  const std::lock_guard lock{mutex_};
  if (++refused_ <= most_refusals_logged)
    process_.warn(fmt::format("refused a connection from {}: {}", peer, why));
  if (refused_ == most_refusals_logged) process_.warn("more refused connections are not logged");
}

std::unique_ptr<link> joiner_listener::control(shaper::time_point deadline) {
  std::unique_lock lock{mutex_};
  const auto is_there = [&] { return control_ != nullptr; };
  if (deadline == shaper::time_point::max()) {
    changed_.wait(lock, is_there);
  } else {
    changed_.wait_until(lock, deadline, is_there);
  }
  return std::move(control_);
}

void joiner_listener::serve_channels(std::function<void(std::unique_ptr<link>)> serve) {
  const std::lock_guard lock{mutex_};
  serve_ = std::move(serve);
}

void joiner_listener::wait_for_channels() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return serving_ == 0; });
  serve_ = nullptr;
}

void joiner_listener::close() {
  std::unique_lock lock{mutex_};
  if (!closed_) {
    closed_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);  // wakes accept_all
    for (const auto& one : unproved_) ::shutdown(one.socket, SHUT_RDWR);
  }
  changed_.wait(lock, [&] { return threads_ == 0; });
  socket_ = shaper::file_descriptor{};
}

}  // namespace mgc::proxy
