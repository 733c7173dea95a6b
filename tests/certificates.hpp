#pragma once

// Certificates for tests, made by OpenSSL when they are needed: an authority, and what it signs, as PEM files.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "tests/temporary_folder.hpp"

namespace mgc::test {

class authority {
 public:
  explicit authority(const std::string& name)
      : name_{name}, key_{make_key()}, certificate_{make_certificate(name, key_.get(), nullptr)} {}

  struct files {
    std::string ca;
    std::string certificate;
    std::string key;
  };

  // A new certificate for `name`, in three files in the folder.
  files issue(const temporary_folder& folder, const std::string& name) const {
    const auto key = make_key();
    const auto certificate = make_certificate(name, key.get(), this);
    const files paths{folder / (name_ + "-ca.pem"), folder / (name + ".pem"), folder / (name + "-key.pem")};
    write(paths.ca, [&](std::FILE* to) { return PEM_write_X509(to, certificate_.get()); });
    write(paths.certificate, [&](std::FILE* to) { return PEM_write_X509(to, certificate.get()); });
    write(paths.key, [&](std::FILE* to) {
      return PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return paths;
  }

 private:
  using key_pointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using certificate_pointer = std::unique_ptr<X509, decltype(&X509_free)>;

  static key_pointer make_key() {
    key_pointer key{EVP_EC_gen("P-256"), EVP_PKEY_free};
    if (!key) throw std::runtime_error{"no key from OpenSSL"};
    return key;
  }

  // Without a signer it signs itself, as an authority.
  static certificate_pointer make_certificate(const std::string& name, EVP_PKEY* key,
                                              const authority* signer) {
    static long serial = 0;
    certificate_pointer made{X509_new(), X509_free};
    constexpr long one_hour = 3600;
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -one_hour);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), one_hour);
    X509_set_pubkey(made.get(), key);
    auto* const subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made.get(),
                         signer == nullptr ? subject : X509_get_subject_name(signer->certificate_.get()));
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> constraints{
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints,
                            signer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE"),
        X509_EXTENSION_free};
    X509_add_ext(made.get(), constraints.get(), -1);
    if (X509_sign(made.get(), signer == nullptr ? key : signer->key_.get(), EVP_sha256()) == 0)
      throw std::runtime_error{"no certificate from OpenSSL"};
    return made;
  }

  template <class Write>
  static void write(const std::string& path, Write to_file) {
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> file{std::fopen(path.c_str(), "w"), std::fclose};
    if (!file || to_file(file.get()) != 1) throw std::runtime_error{"cannot write " + path};
  }

  std::string name_;
  key_pointer key_;
  certificate_pointer certificate_;
};

}  // namespace mgc::test
