#include "proxy/rsync_greeting.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/observing.hpp"

namespace mgc::proxy {
namespace {

using phase = rsync_greeting::phase;
using namespace std::string_literals;

enum class from { client, server };
using dialogue = std::vector<std::pair<from, std::string>>;

const std::string greeting = "@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4\n";
const std::string older = "@RSYNCD: 31.0\n";
const std::string arguments = "--server\0-logDtpre.iLsfxCIvu\0--delete\0.\0rsync_sst/./my db\0\0"s;

// What a donor's rsync and the joiner's say to each other, and the first bytes of the transfer.
const dialogue usual{{from::server, greeting},        {from::client, older},
                     {from::client, "rsync_sst\n"},   {from::server, "hello\n\n"},
                     {from::server, "@RSYNCD: OK\n"}, {from::client, arguments},
                     {from::server, "\1\2\n"},        {from::client, "\7\0\0\7@"s}};

void say(rsync_greeting& g, from who, std::string_view text) {
  if (who == from::client) {
    g.from_client(test::as_bytes(text));
  } else {
    g.from_server(test::as_bytes(text));
  }
}

struct seen {
  explicit seen(const rsync_greeting& g)
      : where{g.where()},
        wants{g.wants_client(), g.wants_server()},
        texts{g.module(), g.last_argument(), g.directory(), g.error()},
        versions{g.client_version(), g.server_version()} {}
  bool operator==(const seen&) const = default;

  phase where;
  std::vector<bool> wants;
  std::vector<std::string> texts;
  std::vector<std::optional<rsync_greeting::version>> versions;
};

rsync_greeting after(const dialogue& said) {
  rsync_greeting g;
  for (const auto& [who, text] : said) say(g, who, text);
  return g;
}

TEST(RsyncGreeting, TellsVersionsModuleAndDirectory) {
  const auto g = after(usual);
  EXPECT_EQ(g.where(), phase::transfer);
  EXPECT_EQ(g.server_version(), (rsync_greeting::version{32, 0}));
  EXPECT_EQ(g.client_version(), (rsync_greeting::version{31, 0}));
  EXPECT_EQ(g.module(), "rsync_sst");
  EXPECT_EQ(g.last_argument(), "rsync_sst/./my db");
  EXPECT_EQ(g.directory(), "my db");
  EXPECT_FALSE(g.wants_client());
  EXPECT_FALSE(g.wants_server());
}

TEST(RsyncGreeting, IsTheSameHoweverItIsSplit) {
  const seen whole{after(usual)};
  for (std::size_t turn = 0; turn < usual.size(); ++turn) {
    for (std::size_t at = 0; at <= usual[turn].second.size(); ++at) {
      rsync_greeting g;
      for (std::size_t i = 0; i < usual.size(); ++i) {
        const std::string_view text = usual[i].second;
        say(g, usual[i].first, i == turn ? text.substr(0, at) : text);
        if (i == turn) say(g, usual[i].first, text.substr(at));
      }
      ASSERT_EQ(seen{g}, whole) << "turn " << turn << " split at " << at;
    }
  }
  rsync_greeting g;
  for (const auto& [who, text] : usual) {
    for (const char c : text) say(g, who, {&c, 1});
  }
  EXPECT_EQ(seen{g}, whole);
}

TEST(RsyncGreeting, WantsOnlyWhatItReads) {
  rsync_greeting g;
  for (const auto& [who, text] : usual) {
    if (who == from::client ? g.wants_client() : g.wants_server()) say(g, who, text);
  }
  EXPECT_EQ(seen{g}, seen{after(usual)});
}

TEST(RsyncGreeting, KnowsItsPhases) {
  const std::vector<phase> phases{phase::greeting,  phase::greeting, phase::answer,   phase::answer,
                                  phase::arguments, phase::transfer, phase::transfer, phase::transfer};
  rsync_greeting g;
  for (std::size_t i = 0; i < usual.size(); ++i) {
    say(g, usual[i].first, usual[i].second);
    EXPECT_EQ(g.where(), phases[i]) << i;
  }
}

TEST(RsyncGreeting, ReadsAPasswordAsNothingElse) {
  const auto g = after({{from::server, greeting},
                        {from::client, greeting},
                        {from::client, "m\n"},
                        {from::server, "@RSYNCD: AUTHREQD abc\n"},
                        {from::client, "user secret\n"},
                        {from::server, "@RSYNCD: OK\n"},
                        {from::client, "--server\0.\0m\0\0"s}});
  EXPECT_EQ(g.where(), phase::transfer);
  EXPECT_EQ(g.directory(), "");
  EXPECT_EQ(g.module(), "m");
}

TEST(RsyncGreeting, OlderVersionsEndArgumentsByNewline) {
  for (const bool client_is_older : {true, false}) {
    const std::string old = "@RSYNCD: 29\n";
    const auto g = after({{from::server, client_is_older ? greeting : old},
                          {from::client, client_is_older ? old : greeting},
                          {from::client, "m\n"},
                          {from::server, "@RSYNCD: OK\n"},
                          {from::client, "--server\n.\nm/db1/\n\n"}});
    EXPECT_EQ(g.where(), phase::transfer);
    EXPECT_EQ(g.directory(), "db1");
  }
}

TEST(RsyncGreeting, KeepsTheServersRefusal) {
  const auto g = after({{from::server, greeting},
                        {from::client, greeting},
                        {from::client, "m\n"},
                        {from::server, "@ERROR: Unknown module 'm'\033\n"}});
  EXPECT_EQ(g.where(), phase::refused);
  EXPECT_EQ(g.error(), "Unknown module 'm'\\x1b");
  EXPECT_EQ(after({{from::server, "@ERROR: max connections\n"}}).error(), "max connections");
}

TEST(RsyncGreeting, AListOfModulesIsNoTransfer) {
  const auto g = after({{from::server, greeting},
                        {from::client, greeting},
                        {from::client, "#list\n"},
                        {from::server, "rsync_sst\t\n@RSYNCD: EXIT\n"}});
  EXPECT_EQ(g.where(), phase::refused);
  EXPECT_EQ(g.error(), "");
}

TEST(RsyncGreeting, EscapesWhatThePeerNames) {
  const auto g = after({{from::server, greeting},
                        {from::client, greeting},
                        {from::client, "m\r\n"},
                        {from::server, "@RSYNCD: OK\n"},
                        {from::client, "m/a\nb\0\0"s}});
  EXPECT_EQ(g.module(), "m\\x0d");
  EXPECT_EQ(g.last_argument(), "m/a\\x0ab");
}

TEST(RsyncGreeting, LetsWhatItDoesNotUnderstandPass) {
  const std::vector<dialogue> foreign{
      {{from::client, "GET / HTTP/1.1\n"}},
      {{from::server, "220 smtp\n"}},
      {{from::server, "@RSYNCD: x\n"}},
      {{from::server, "@RSYNCD: 31.x\n"}},
      {{from::server, "@RSYNCD: 99999999999999999999\n"}},
      {{from::server, std::string(5000, 'x')}},
      {{from::server, greeting}, {from::client, greeting + "m\nmore"}},                       // does not wait
      {{from::server, greeting}, {from::client, greeting}, {from::server, "@RSYNCD: OK\n"}},  // nothing asked
      {{from::server, greeting + std::string(300'000, '\n')}},  // endless message of the day
      {{from::server, greeting},
       {from::client, greeting + "m\n"},
       {from::server, "@RSYNCD: OK\n"},
       {from::client, std::string(5000, 'x')}}};
  for (const auto& said : foreign) {
    auto g = after(said);
    EXPECT_EQ(g.where(), phase::opaque) << said.back().second.substr(0, 40);
    EXPECT_FALSE(g.wants_client() || g.wants_server());
    for (const auto& [who, text] : usual) say(g, who, text);
    EXPECT_EQ(g.where(), phase::opaque) << "it does not come back";
  }
}

}  // namespace
}  // namespace mgc::proxy
