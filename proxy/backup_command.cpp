#include "proxy/backup_command.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "proxy/stream.hpp"

namespace mgc::proxy {
namespace {

using words = std::vector<std::string>;

void append(words& to, const words& more) { to.insert(to.end(), more.begin(), more.end()); }

// As the server was given them; must come first.
words option_file_words(const sst_arguments& arguments) {
  words all;
  if (!arguments.defaults_file.empty()) all.push_back("--defaults-file=" + arguments.defaults_file);
  if (!arguments.defaults_extra_file.empty())
    all.push_back("--defaults-extra-file=" + arguments.defaults_extra_file);
  if (!arguments.defaults_group_suffix.empty())
    all.push_back("--defaults-group-suffix=" + arguments.defaults_group_suffix);
  return all;
}

// Where the server's own files say it already this changes nothing; the environment may have said it.
words directory_words(const server_directories& directories) {
  words all;
  const auto add = [&](const char* option, const std::string& directory) {
    if (directory != directories.data) all.push_back(option + directory);
  };
  add("--innodb-data-home-dir=", directories.innodb_data_home);
  add("--innodb-log-group-home-dir=", directories.innodb_log_group_home);
  add("--innodb-undo-directory=", directories.innodb_undo);
  add("--aria-log-dir-path=", directories.aria_log);
  return all;
}

// Options of the server that are none of mariadb-backup's, or that it is told in other words. What may hold a password
// stays away from command lines.
bool is_left_out(std::string word) {
  std::replace(word.begin(), word.end(), '_', '-');
  constexpr std::array<std::string_view, 8> prefixes{"--defaults-",
                                                     "--wsrep-",
                                                     "--datadir",
                                                     "--innodb-data-home-dir",
                                                     "--innodb-log-group-home-dir",
                                                     "--innodb-undo-directory",
                                                     "--aria-log-dir-path",
                                                     "--innodb-force-recovery"};
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return word.starts_with(prefix); });
}

words server_words(const sst_arguments& arguments) {
  words all;
  bool leaves_out = false;
  for (const auto& word : arguments.server_arguments) {
    const bool is_value = !word.starts_with('-');
    if (!is_value) leaves_out = is_left_out(word);
    if (!leaves_out) all.push_back(word);
    if (word.find('=') != std::string::npos) leaves_out = false;
  }
  if (!all.empty()) all.insert(all.begin(), "--mysqld-args");
  return all;
}

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

// An option file with the credentials, in front of which stands what `file` says. Mode 0600: others are ignored when
// everybody may write them.
shaper::file_descriptor in_memory(transfer_process& process, const std::string& file,
                                  const sst_settings& settings) {
  shaper::file_descriptor memory{::memfd_create("mariadb-backup.cnf", MFD_CLOEXEC)};
  auto text = file.empty() ? std::string{} : "!include " + file + '\n';
  text += "[mariabackup]\nuser=" + quoted(settings.user) + '\n';
  if (!settings.password.empty()) text += "password=" + quoted(settings.password) + '\n';
  if (!memory || ::fchmod(memory.get(), 0600) != 0 || write_fully(memory.get(), text))
    process.fail(errno, fmt::format("cannot hand the user and password to mariadb-backup: {}",
                                    last_error().message()));
  return memory;
}

}  // namespace

backup_command backup_to_stream(const sst_context& context, const std::string& temporary) {
  const auto& [process, method, arguments, settings] = context;
  backup_command made;
  auto files = arguments;
  if (!settings.user.empty()) {
    auto& replaced = arguments.defaults_file.empty() && !arguments.defaults_extra_file.empty()
                         ? files.defaults_extra_file
                     : arguments.defaults_file.empty() ? files.defaults_extra_file
                                                       : files.defaults_file;
    made.credentials = in_memory(process, replaced, settings);
    made.what.kept.push_back(made.credentials.get());
    replaced = fmt::format("/dev/fd/{}", made.credentials.get());
  }
  auto& all = made.what.words;
  all = {"mariadb-backup"};
  append(all, option_file_words(files));
  append(all, {"--backup", "--no-version-check", "--verbose", "--innodb-force-recovery=0"});
  if (settings.backup_compress) {
    all.push_back(settings.backup_compress_algorithm.empty()
                      ? "--compress"
                      : "--compress=" + settings.backup_compress_algorithm);
    if (settings.backup_compress_threads > 0)
      all.push_back(fmt::format("--compress-threads={}", settings.backup_compress_threads));
    if (!settings.backup_compress_chunk_size.empty())
      all.push_back("--compress-chunk-size=" + settings.backup_compress_chunk_size);
  }
  if (settings.backup_threads > 0) all.push_back(fmt::format("--parallel={}", settings.backup_threads));
  all.emplace_back("--databases-exclude=lost+found");
  if (!settings.backup_user.empty()) all.push_back("--user=" + settings.backup_user);
  append(all, settings.backup_options);  // these may name another
  all.push_back("--tmpdir=" + temporary);
  if (!arguments.socket.empty()) all.push_back("--socket=" + arguments.socket);
  append(all, directory_words(settings.directories));
  append(all, {"--galera-info", "--stream=mbstream", "--target-dir=" + temporary + "/target",
               "--datadir=" + arguments.datadir});
  append(all, server_words(arguments));
  return made;
}

command receive_stream_into(const sst_context& context, const std::string& target) {
  command what{.words = {"mbstream", "-x", "-C", target}};
  if (context.settings.backup_threads > 0)
    what.words.push_back(fmt::format("--parallel={}", context.settings.backup_threads));
  return what;
}

command decompress_backup(const sst_context& context, const std::string& target) {
  command what{.words = {"mariadb-backup", "--decompress", "--remove-original", "--target-dir=" + target}};
  if (context.settings.backup_threads > 0)
    what.words.push_back(fmt::format("--parallel={}", context.settings.backup_threads));
  return what;
}

command prepare_backup(const sst_context& context, const std::string& target) {
  command what{.words = {"mariadb-backup", "--prepare", "--no-version-check"}};
  append(what.words, context.settings.prepare_options);
  if (!context.settings.use_memory.empty())
    what.words.push_back("--use-memory=" + context.settings.use_memory);
  append(what.words, {"--target-dir=" + target, "--datadir=" + target});
  append(what.words, server_words(context.arguments));
  return what;
}

command move_backup(const sst_context& context, const std::string& target) {
  command what{.words = {"mariadb-backup"}};
  append(what.words, option_file_words(context.arguments));
  append(what.words, {"--move-back", "--no-version-check"});
  if (context.settings.backup_threads > 0)
    what.words.push_back(fmt::format("--parallel={}", context.settings.backup_threads));
  append(what.words, context.settings.move_options);
  append(what.words, directory_words(context.settings.directories));
  append(what.words, {"--galera-info", "--force-non-empty-directories", "--target-dir=" + target,
                      "--datadir=" + context.arguments.datadir});
  return what;
}

}  // namespace mgc::proxy
