#include "proxy/tls_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "proxy/bad_setting.hpp"
#include "proxy/log_text.hpp"
#include "proxy/setting_value.hpp"

namespace mgc::proxy {
namespace {

constexpr std::size_t short_secret = 16;
constexpr std::string_view verify_ca = "VERIFY_CA";

struct certificate_options {
  std::optional<option> ca;
  std::optional<option> capath;
  std::optional<option> cert;
  std::optional<option> key;

  std::array<const std::optional<option>*, 4> all() const { return {&ca, &capath, &cert, &key}; }

  // The first that is given; null when none is.
  const option* any() const {
    for (const auto* o : all()) {
      if (*o) return &**o;
    }
    return nullptr;
  }
};

enum class ssl_mode { unset, disabled, required, verify };

// What the stock methods are told. Their numbers for `encrypt`: 0 none, 1 a cipher of their own around the stream, 2 TLS
// with certificate and key in one file, 3 TLS with both, 4 as 3 and with an authority.
struct stock_encryption {
  std::optional<option> encrypt;
  std::int64_t kind = 0;
  std::optional<option> mode_option;
  ssl_mode mode = ssl_mode::unset;
  certificate_options certificates;
};

certificate_options certificates_of_mgc(setting_lookup& lookup) {
  return {lookup.mgc("tls-ca"), lookup.mgc("tls-capath"), lookup.mgc("tls-cert"), lookup.mgc("tls-key")};
}

// The names of before, for state transfers alone, go before those that the server knows; those of a role go before both.
certificate_options certificates_of_stock(setting_lookup& lookup, sst_role role) {
  certificate_options old{lookup.sst("tca"), lookup.sst("tcapath"), lookup.sst("tcert"), lookup.sst("tkey")};
  const auto take = [&](const std::string& prefix, certificate_options& into) {
    if (auto o = lookup.any(prefix + "ca")) into.ca = o;
    if (auto o = lookup.any(prefix + "capath")) into.capath = o;
    if (auto o = lookup.any(prefix + "cert")) into.cert = o;
    if (auto o = lookup.any(prefix + "key")) into.key = o;
  };
  certificate_options server;
  take("ssl-", server);
  certificate_options joiner;
  take("ssl-server-", joiner);
  certificate_options donor;
  take("ssl-client-", donor);

  auto chosen = old.any() != nullptr ? old : server;
  const auto& own = role == sst_role::joiner ? joiner : donor;
  if (own.ca) chosen.ca = own.ca;
  if (own.capath) chosen.capath = own.capath;
  if (own.cert) chosen.cert = own.cert;
  if (own.key) chosen.key = own.key;
  return chosen;
}

ssl_mode read_mode(const option& o) {
  auto word = *o.value;
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (word == "DISABLED") return ssl_mode::disabled;
  if (word == "REQUIRED") return ssl_mode::required;
  if (word == verify_ca || word == "VERIFY_IDENTITY") return ssl_mode::verify;
  refuse_value(o, "give DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY");
}

stock_encryption read_stock(setting_lookup& lookup, sst_role role) {
  stock_encryption stock;
  stock.encrypt = lookup.any("encrypt");
  if (stock.encrypt) stock.kind = read_number(*stock.encrypt, 0, 4);
  stock.mode_option = lookup.any("ssl-mode");
  if (stock.mode_option) stock.mode = read_mode(*stock.mode_option);
  stock.certificates = certificates_of_stock(lookup, role);
  if (stock.kind == 2 && !stock.certificates.key) stock.certificates.key = stock.certificates.cert;
  return stock;
}

class tls_resolver {
 public:
  tls_resolver(setting_lookup& lookup, sst_role role, const std::string& datadir, const setting_files& files,
               sst_settings& settings)
      : lookup_{lookup},
        datadir_{datadir},
        files_{files},
        settings_{settings},
        notes_{settings.notes},
        own_{certificates_of_mgc(lookup)},
        stock_{read_stock(lookup, role)} {}

  void resolve() {
    read_secret();
    const auto wanted = lookup_.mgc("transfer-tls");
    const auto word = wanted ? *wanted->value : "auto";
    if (word == "psk") {
      if (settings_.cluster_secret.empty()) {
        refuse_value(*wanted, "it needs cluster_secret or cluster_secret_file in [mgc]");
      }
      settings_.tls = tls_choice::psk;
    } else if (word == "cert") {
      use_certificates(own_.any() != nullptr ? own_ : stock_certificates(), *wanted);
    } else if (word == "auto") {
      choose();
    } else if (word != "off") {
      refuse_value(*wanted, "give auto, off, psk or cert");
    }
    if (stock_.kind == 1) refuse_own_cipher(word == "off");
    name_what_is_not_used(word);
  }

 private:
  void read_secret() {
    const auto secret = lookup_.mgc("cluster-secret");
    const auto file = lookup_.mgc("cluster-secret-file");
    if (secret && file) {
      throw bad_setting{fmt::format("{}: cluster_secret is given too ({}, line {}); keep one of the two",
                                    describe(*file), for_log(secret->file), secret->line)};
    }
    if (secret) settings_.cluster_secret = *secret->value;
    if (file) settings_.cluster_secret = secret_in(*file);
    const auto& given = secret ? secret : file;
    if (given && settings_.cluster_secret.size() < short_secret) {
      notes_.push_back(fmt::format("{}: a secret of fewer than {} characters can be guessed by who listens",
                                   describe(*given), short_secret));
    }
  }

  std::string secret_in(const option& o) const {
    const auto path = read_path(o, datadir_);
    auto content = files_.read(path);
    if (!content) refuse_file(o, path, content.error().message());
    auto& secret = *content;
    while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
    if (secret.empty()) refuse_file(o, path, "the file is empty");
    return std::move(secret);
  }

  [[noreturn]] static void refuse_file(const option& o, const std::string& path, const std::string& why) {
    throw bad_setting{fmt::format("{}: {} cannot be used: {}", describe(o), for_log(path, 500), why)};
  }

  // transfer_tls=auto
  void choose() {
    if (!settings_.cluster_secret.empty()) {
      settings_.tls = tls_choice::psk;
    } else if (const auto* const first = own_.any()) {
      use_certificates(own_, *first);
    } else if (const auto* const asked = what_stock_asks_with()) {
      use_certificates(stock_certificates(), *asked);
    }
  }

  // The option by which the stock methods are told to use TLS; null when they are not. Certificates of the server serve its
  // clients; those that were given for transfers ask for TLS by themselves, unless another option says no.
  const option* what_stock_asks_with() const {
    if (stock_.kind >= 2) return &*stock_.encrypt;
    if (stock_.mode != ssl_mode::unset)
      return stock_.mode == ssl_mode::disabled ? nullptr : &*stock_.mode_option;
    const auto& cert = stock_.certificates.cert;
    if (stock_.encrypt || !cert || !lookup_.is_of_transfers(*cert)) return nullptr;
    return &*cert;
  }

  // With what the stock options say about authorities.
  certificate_options stock_certificates() {
    auto certificates = stock_.certificates;
    const bool has_authority = certificates.ca || certificates.capath;
    if (stock_.mode == ssl_mode::verify && !has_authority) {
      refuse_value(*stock_.mode_option, "to verify takes an authority: give ssl-ca or ssl-capath");
    }
    if ((stock_.kind == 2 || stock_.kind == 4) && !has_authority) {
      refuse_value(*stock_.encrypt, "it needs an authority: give tca or ssl-ca");
    }
    if (stock_.mode == ssl_mode::required && stock_.kind == 0 && has_authority) {
      certificates.ca.reset();
      certificates.capath.reset();
      notes_.push_back(fmt::format("{}: the peer's certificate is not verified; VERIFY_CA does",
                                   describe(*stock_.mode_option)));
    }
    return certificates;
  }

  void use_certificates(const certificate_options& chosen, const option& asked) {
    if (!chosen.cert || !chosen.key) {
      throw bad_setting{
          fmt::format("{} asks for encryption, but no {} is given; set tls_cert and tls_key in [mgc], or "
                      "cluster_secret, or transfer_tls=off",
                      describe(asked), chosen.cert ? "key" : "certificate")};
    }
    settings_.tls = tls_choice::certificates;
    settings_.tls_cert = checked(*chosen.cert);
    settings_.tls_key = checked(*chosen.key);
    if (chosen.capath) settings_.tls_capath = checked(*chosen.capath);
    if (!chosen.ca) return;
    auto ca = checked(*chosen.ca);
    (files_.is_directory(ca) ? settings_.tls_capath : settings_.tls_ca) = std::move(ca);
  }

  std::string checked(const option& o) const {
    auto path = read_path(o, datadir_);
    if (const auto failed = files_.check(path)) refuse_file(o, path, failed.message());
    return path;
  }

  // The cipher of the stock script is not ours; TLS does what it was for.
  void refuse_own_cipher(bool told_off) {
    if (settings_.tls == tls_choice::off && !told_off) {
      refuse_value(
          *stock_.encrypt,
          "mgc encrypts by TLS: set cluster_secret, or tls_cert, tls_key and tls_ca, in [mgc] of all nodes");
    }
  }

  void name_what_is_not_used(const std::string& word) {
    const auto no_effect = [&](const option& o, std::string_view why) {
      notes_.push_back(fmt::format("{}: has no effect, {}", describe(o), why));
    };
    if (settings_.tls == tls_choice::psk && own_.any() != nullptr) {
      no_effect(*own_.any(),
                word == "psk" ? "transfer_tls=psk" : "cluster_secret is set; transfer_tls=cert uses it");
    }
    if (word == "off" && own_.any() != nullptr) no_effect(*own_.any(), "transfer_tls=off");
    if (stock_.kind == 1) {
      no_effect(*stock_.encrypt, word == "off" ? "transfer_tls=off" : "the transfer is encrypted by TLS");
    } else if (const auto* const asked = what_stock_asks_with()) {
      if (word == "off") no_effect(*asked, "transfer_tls=off in [mgc]");
      if (settings_.tls == tls_choice::psk) no_effect(*asked, "the cluster secret encrypts the transfer");
      if (settings_.tls == tls_choice::certificates && own_.any() != nullptr) {
        no_effect(*asked, "[mgc] has certificates of its own");
      }
    }
    name_certificates_of_server(word);
    name_identity();
  }

  void name_certificates_of_server(const std::string& word) {
    const auto& cert = stock_.certificates.cert;
    const bool might_be_meant = word == "auto" && settings_.tls == tls_choice::off && !stock_.encrypt &&
                                stock_.mode == ssl_mode::unset && cert && stock_.certificates.key;
    if (!might_be_meant) return;
    notes_.push_back(
        fmt::format("{}: serves clients alone, this transfer is not encrypted; transfer_tls=cert in [mgc] of "
                    "all nodes encrypts it",
                    describe(*cert)));
  }

  void name_identity() {
    const bool by_stock = settings_.tls == tls_choice::certificates && own_.any() == nullptr;
    if (!by_stock || stock_.mode != ssl_mode::verify || stock_.mode_option->value->size() == verify_ca.size())
      return;
    notes_.push_back(
        fmt::format("{}: done as VERIFY_CA; that the peer is the right one is proved by the token of the "
                    "transfer, not by a name",
                    describe(*stock_.mode_option)));
  }

  setting_lookup& lookup_;
  const std::string& datadir_;
  const setting_files& files_;
  sst_settings& settings_;
  std::vector<std::string>& notes_;
  certificate_options own_;
  stock_encryption stock_;
};

}  // namespace

void resolve_tls(setting_lookup& lookup, sst_role role, const std::string& datadir,
                 const setting_files& files, sst_settings& settings) {
  tls_resolver{lookup, role, datadir, files, settings}.resolve();
}

}  // namespace mgc::proxy
