#include "orchestrator/config/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mgc::orchestrator {
namespace {

constexpr std::size_t longest_user = 80;
constexpr std::size_t longest_database = 64;
constexpr std::size_t longest_host = 255;

std::optional<bool> as_switch(std::string text) {
  for (auto& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  static constexpr std::array<std::string_view, 4> on{"1", "on", "yes", "true"};
  static constexpr std::array<std::string_view, 4> off{"0", "off", "no", "false"};
  if (std::find(on.begin(), on.end(), text) != on.end()) return true;
  if (std::find(off.begin(), off.end(), text) != off.end()) return false;
  return std::nullopt;
}

// With skip_name_resolve, a host that is a name lets nobody in.
bool is_host_name(std::string_view host) {
  if (host == "localhost" || host.find_first_of(":%_/") != std::string_view::npos) return false;
  return host.find_first_not_of("0123456789.") != std::string_view::npos;
}

class account_resolver {
 public:
  account_resolver(const given_values& given, std::vector<std::string>& problems,
                   std::vector<std::string>& warnings)
      : given_{given}, problems_{problems}, warnings_{warnings} {}

  account_settings resolve() {
    read_root();
    read_user();
    accounts_.database = text("mysql_database", longest_database);
    const auto database = text("mysql_user_database", longest_database);
    accounts_.user_database = database.empty() ? accounts_.database : database;
    if (!accounts_.user.empty() && database.empty() && accounts_.database.empty()) {
      warnings_.push_back(
          fmt::format("mysql_user='{}' may do everything in all databases; mysql_user_database or "
                      "mysql_database names one",
                      accounts_.user));
    }
    if (given_.find("mysql_sst_password") != nullptr) {
      warnings_.emplace_back("mysql_sst_password has no effect: state transfers need no user of their own");
    }
    return std::move(accounts_);
  }

 private:
  void read_root() {
    accounts_.root_password = given_.secret_of("mysql_root_password");
    accounts_.random_root_password = read_switch(given_, "mysql_random_root_password", problems_);
    accounts_.root_host = host("mysql_root_host");
    const bool has_password = !accounts_.root_password.empty();
    if (has_password && accounts_.random_root_password) {
      problems_.emplace_back(
          "mysql_root_password and mysql_random_root_password are both set; keep one of the two");
    }
    if (!accounts_.root_host.empty() && !has_password && !accounts_.random_root_password) {
      problems_.push_back(
          fmt::format("{}: root would have no password; give mysql_root_password, or "
                      "mysql_random_root_password=1",
                      given_.describe("mysql_root_host")));
    }
  }

  void read_user() {
    accounts_.user = text("mysql_user", longest_user);
    accounts_.user_password = given_.secret_of("mysql_user_password");
    accounts_.user_host = host("mysql_user_host");
    accounts_.user_grant = read_switch(given_, "mysql_user_grant", problems_);
    if (given_.find("mysql_user_grand") != nullptr) {
      const bool grand = read_switch(given_, "mysql_user_grand", problems_);
      if (given_.find("mysql_user_grant") != nullptr && grand != accounts_.user_grant) {
        problems_.push_back(fmt::format("{} and {} are the same setting; keep one of the two",
                                        given_.describe("mysql_user_grant"),
                                        given_.describe("mysql_user_grand")));
      }
      accounts_.user_grant = grand;
    }
    if (accounts_.user == "root") {
      problems_.emplace_back(
          "mysql_user='root': root is always there; give mysql_root_password and mysql_root_host");
    } else if (!accounts_.user.empty() && accounts_.user_password.empty()) {
      problems_.push_back(
          fmt::format("{}: the user would have no password; give mysql_user_password, or "
                      "mysql_user_password_FILE",
                      given_.describe("mysql_user")));
    } else if (accounts_.user.empty() && !accounts_.user_password.empty()) {
      warnings_.emplace_back("mysql_user_password has no effect without mysql_user");
    }
  }

  std::string text(std::string_view name, std::size_t most) {
    auto value = given_.value_of(name);
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (value.size() > most || std::any_of(value.begin(), value.end(), is_control)) {
      problems_.push_back(fmt::format("{}: give at most {} characters, and no control characters",
                                      given_.describe(name), most));
    }
    return value;
  }

  std::string host(std::string_view name) {
    auto value = text(name, longest_host);
    if (is_host_name(value)) {
      warnings_.push_back(
          fmt::format("{}: with skip_name_resolve, the default, a name lets nobody in; give an "
                      "address, or a pattern as 10.0.%",
                      given_.describe(name)));
    }
    return value;
  }

  const given_values& given_;
  std::vector<std::string>& problems_;
  std::vector<std::string>& warnings_;
  account_settings accounts_;
};

}  // namespace

bool read_switch(const given_values& given, std::string_view name, std::vector<std::string>& problems) {
  const auto text = given.value_of(name);
  if (text.empty()) return false;
  const auto value = as_switch(text);
  if (!value) problems.push_back(fmt::format("{}: give 1 or 0", given.describe(name)));
  return value.value_or(false);
}

account_settings resolve_accounts(const given_values& given, std::vector<std::string>& problems,
                                  std::vector<std::string>& warnings) {
  return account_resolver{given, problems, warnings}.resolve();
}

}  // namespace mgc::orchestrator
