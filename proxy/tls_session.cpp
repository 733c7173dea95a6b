#include "proxy/tls_session.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "proxy/bad_setting.hpp"

namespace mgc::proxy {
namespace {

constexpr const char* identity = "mgc";

std::string openssl_says() {
  std::string all;
  while (const auto code = ERR_get_error()) {
    const char* const reason = ERR_reason_error_string(code);
    all += (all.empty() ? "" : "; ") + std::string{reason == nullptr ? "unknown" : reason};
  }
  return all.empty() ? "the peer closed the connection" : all;
}

// The key hangs on the context, and is wiped with it.
void free_key(void*, void* key, CRYPTO_EX_DATA*, int, long, void*) {
  OPENSSL_clear_free(key, sizeof(wire::bytes32));
}

int key_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_key);
  return index;
}

unsigned copy_key(SSL* session, unsigned char* to, unsigned most) {
  const void* const key = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), key_index());
  if (key == nullptr || most < sizeof(wire::bytes32)) return 0;
  std::memcpy(to, key, sizeof(wire::bytes32));
  return sizeof(wire::bytes32);
}

unsigned key_of_client(SSL* session, const char*, char* name, unsigned most_name, unsigned char* to,
                       unsigned most) {
  if (most_name < sizeof "mgc") return 0;
  std::strcpy(name, identity);
  return copy_key(session, to, most);
}

unsigned key_of_server(SSL* session, const char* name, unsigned char* to, unsigned most) {
  return std::strcmp(name, identity) == 0 ? copy_key(session, to, most) : 0;
}

void use_key(SSL_CTX* context, const wire::bytes32& key) {
  void* const copy = OPENSSL_memdup(key.data(), key.size());
  if (copy == nullptr || SSL_CTX_set_ex_data(context, key_index(), copy) != 1) throw std::bad_alloc{};
  SSL_CTX_set_psk_client_callback(context, key_of_client);
  SSL_CTX_set_psk_server_callback(context, key_of_server);
  // A server may pass over the key that it is offered and show a certificate: none is good enough here.
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // To OpenSSL a key is a session resumed, which a server that verifies does only within a named context.
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(identity), 3);
}

void use_certificates(SSL_CTX* context, const sst_settings& settings) {
  const auto refuse = [](const std::string& option, const std::string& file) {
    throw bad_setting{option + " = '" + file + "': " + openssl_says() + "; a readable PEM file is needed"};
  };
  if (SSL_CTX_use_certificate_chain_file(context, settings.tls_cert.c_str()) != 1)
    refuse("tls_cert", settings.tls_cert);
  if (SSL_CTX_use_PrivateKey_file(context, settings.tls_key.c_str(), SSL_FILETYPE_PEM) != 1)
    refuse("tls_key", settings.tls_key);
  if (SSL_CTX_check_private_key(context) != 1) refuse("tls_key", settings.tls_key);
  const auto given = [](const std::string& path) { return path.empty() ? nullptr : path.c_str(); };
  if (settings.tls_ca.empty() && settings.tls_capath.empty())
    return;  // the bound token is all that says who it is
  if (SSL_CTX_load_verify_locations(context, given(settings.tls_ca), given(settings.tls_capath)) != 1)
    refuse(settings.tls_ca.empty() ? "tls_capath" : "tls_ca",
           settings.tls_ca.empty() ? settings.tls_capath : settings.tls_ca);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

}  // namespace

tls_context make_tls_context(const sst_settings& settings, const transfer_token& token, sst_role role) {
  if (settings.tls == tls_choice::off) return nullptr;
  tls_context context{SSL_CTX_new(role == sst_role::joiner ? TLS_server_method() : TLS_client_method()),
                      SSL_CTX_free};
  if (!context) throw bad_setting{"TLS cannot be used: " + openssl_says()};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY);
  if (settings.tls == tls_choice::psk) {
    use_key(context.get(), wire::pre_shared_key(settings.cluster_secret, token));
  } else {
    use_certificates(context.get(), settings);
  }
  return context;
}

tls_session::tls_session(const tls_context& context, sst_role role)
    : context_{context},
      needs_key_{SSL_CTX_get_ex_data(context.get(), key_index()) != nullptr},
      session_{SSL_new(context.get())},
      in_{BIO_new(BIO_s_mem())},
      out_{BIO_new(BIO_s_mem())} {
  if (!session_ || in_ == nullptr || out_ == nullptr) throw std::bad_alloc{};
  SSL_set_bio(session_.get(), in_, out_);
  BIO_set_mem_eof_return(in_, -1);
  if (role == sst_role::joiner) {
    SSL_set_accept_state(session_.get());
  } else {
    SSL_set_connect_state(session_.get());
  }
}

tls_session::step tls_session::handshake() {
  ERR_clear_error();
  const int outcome = SSL_do_handshake(session_.get());
  if (outcome == 1) {
    if (!needs_key_ || SSL_session_reused(session_.get()) == 1) return step::done;  // so OpenSSL calls it
    problem_ = "the peer did not use the key";
    return step::failed;
  }
  if (SSL_get_error(session_.get(), outcome) == SSL_ERROR_WANT_READ) return step::wants_bytes;
  remember_problem();
  return step::failed;
}

void tls_session::received(std::string_view bytes) {
  BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
}

std::string tls_session::take_output() {
  std::string bytes(BIO_ctrl_pending(out_), '\0');
  if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

result<std::size_t> tls_session::read(char* to, std::size_t size) {
  ERR_clear_error();
  std::size_t got = 0;
  if (SSL_read_ex(session_.get(), to, size, &got) == 1) return got;
  if (SSL_get_error(session_.get(), 0) == SSL_ERROR_WANT_READ)
    return boost::system::errc::make_error_code(boost::system::errc::operation_would_block);
  remember_problem();
  return error::wire_truncated;
}

std::string tls_session::encrypt(std::string_view plain) {
  std::size_t written = 0;
  ERR_clear_error();
  if (!plain.empty() && SSL_write_ex(session_.get(), plain.data(), plain.size(), &written) != 1)
    throw std::runtime_error{"the TLS session is broken: " + openssl_says()};
  return take_output();
}

std::string tls_session::binding() const {
  constexpr std::string_view label = "EXPORTER-mgc-wire";
  wire::bytes32 material{};
  if (SSL_export_keying_material(session_.get(), reinterpret_cast<unsigned char*>(material.data()),
                                 material.size(), label.data(), label.size(), nullptr, 0, 0) != 1)
    throw std::runtime_error{"OpenSSL cannot export keying material of the TLS session"};
  return {material.data(), material.size()};
}

void tls_session::remember_problem() { problem_ = openssl_says(); }

}  // namespace mgc::proxy
