#include "orchestrator/deploy/engine_json.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "orchestrator/deploy/engine_endpoint.hpp"
#include "orchestrator/deploy/registry_login.hpp"

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(EngineJson, ReadsAVersion) {
  const auto engine =
      parse_engine_version(R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})");
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->name, "20.10.24");
  EXPECT_EQ(engine->newest, (api_version{1, 41}));
  EXPECT_EQ(engine->oldest, (api_version{1, 12}));
  for (const auto* const text :
       {"", "[]", "{}", R"({"Version":"1","ApiVersion":"1"})", R"({"Version":"1","ApiVersion":"1.x"})",
        R"({"Version":1,"ApiVersion":"1.41"})", R"({"Version":"1","ApiVersion":".41"})"})
    EXPECT_FALSE(parse_engine_version(text)) << text;
}

TEST(EngineJson, TalksInAVersionThatBothKnow) {
  const auto chosen = [](api_version newest, api_version oldest) {
    return choose_api({"x", newest, oldest});
  };
  EXPECT_EQ(*chosen({1, 41}, {1, 12}), (api_version{1, 41}));
  EXPECT_EQ(*chosen({1, 52}, {1, 44}), (api_version{1, 44}));
  EXPECT_EQ(*chosen({1, 60}, {1, 50}), (api_version{1, 50}));
  EXPECT_EQ(*chosen({2, 0}, {1, 44}), (api_version{1, 44}));
  EXPECT_THAT(chosen({1, 24}, {1, 12}).error(), HasSubstr("too old"));
}

constexpr auto usual_container = R"({"Image":"sha256:a","RestartCount":2,
  "State":{"Status":"restarting","ExitCode":2,"OOMKilled":true,"Error":"why"},
  "Config":{"Image":"mgc:10.11","Env":["a=b","PATH=/bin"],"StopTimeout":600},
  "HostConfig":{"Memory":536870912,"NetworkMode":"host","Privileged":false,"RestartPolicy":{"Name":"always"}},
  "Mounts":[{"Type":"bind","Source":"/mnt","Destination":"/data/mariadb-galera","RW":true}]})";

TEST(EngineJson, ReadsAContainer) {
  const auto found = parse_container(usual_container);
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->image, "mgc:10.11");
  EXPECT_EQ(found->image_id, "sha256:a");
  EXPECT_THAT(found->environment, ElementsAre("a=b", "PATH=/bin"));
  EXPECT_EQ(found->memory, 536870912U);
  EXPECT_EQ(found->restart, "always");
  EXPECT_EQ(found->stop_timeout, std::chrono::seconds{600});
  ASSERT_EQ(found->folders.size(), 1U);
  EXPECT_EQ(found->folders[0].host, "/mnt");
  EXPECT_FALSE(found->folders[0].read_only);
  EXPECT_EQ(found->state.word, "restarting");
  EXPECT_EQ(found->state.exit_code, 2);
  EXPECT_TRUE(found->state.out_of_memory);
  EXPECT_EQ(found->state.restarts, 2U);
}

// Whatever is left out or is something else, it is read or refused, never taken for something.
TEST(EngineJson, ReadsOrRefusesAnyContainer) {
  const std::string text = usual_container;
  for (std::size_t at = 0; at < text.size(); ++at) {
    (void)parse_container(text.substr(0, at));
    auto changed = text;
    changed[at] = '0';
    (void)parse_container(changed);
  }
  auto none = boost::json::parse(text);
  none.as_object()["Config"].as_object()["Env"] = nullptr;
  none.as_object()["Mounts"] = nullptr;
  EXPECT_TRUE(parse_container(boost::json::serialize(none)));
  none.as_object()["HostConfig"].as_object()["Memory"] = -1;
  EXPECT_THAT(parse_container(boost::json::serialize(none)).error(), HasSubstr("HostConfig.Memory"));
}

TEST(EngineJson, AsksForAContainer) {
  wanted_container wanted;
  wanted.image = "mgc:10.11";
  wanted.environment = {{"mysql_user_password", "a=\"b\""}};
  wanted.folders = {{"/mnt", "/data/mariadb-galera", false, true},
                    {"/etc/localtime", "/etc/localtime", true, false}};
  wanted.memory = 1024;
  wanted.restart = "always";
  wanted.stop_timeout = std::chrono::seconds{60};
  const auto sent = boost::json::parse(to_json(wanted));
  EXPECT_EQ(sent,
            boost::json::parse(R"({"Image":"mgc:10.11","Env":["mysql_user_password=a=\"b\""],"StopTimeout":60,
    "HostConfig":{"Binds":["/mnt:/data/mariadb-galera"],
      "Mounts":[{"Type":"bind","Source":"/etc/localtime","Target":"/etc/localtime","ReadOnly":true}],
      "Memory":1024,"MemorySwap":1024,"RestartPolicy":{"Name":"always"},"NetworkMode":"host"}})"));
}

TEST(EngineJson, HasTheEnginesWordsForAnError) {
  EXPECT_EQ(engine_error(R"({"message":"no such image"})"), "no such image");
  EXPECT_EQ(engine_error("Client sent an HTTP request\n"), "Client sent an HTTP request");
  EXPECT_EQ(engine_error(""), "it does not say why");
}

std::string frame(const std::string& text) {
  return std::string{"\2\0\0\0\0\0\0", 7} + static_cast<char>(text.size()) + text;
}

TEST(EngineJson, ReadsTheLastLinesOfALog) {
  EXPECT_THAT(log_lines(frame("one\ntwo\n") + frame("thr") + frame("ee\n"), 2), ElementsAre("two", "three"));
  EXPECT_THAT(log_lines(frame("a\x1b[1mb"), 5), ElementsAre("a\\x1b[1mb"));
  EXPECT_THAT(log_lines("", 5), IsEmpty());
  EXPECT_THAT(log_lines(std::string{"\1\0\0\0\xff\xff\xff\xff", 8} + "cut", 5), ElementsAre("cut"));
  EXPECT_THAT(log_lines(std::string{"\1\0\0", 3}, 5), IsEmpty());
}

TEST(EngineJson, SplitsImageNames) {
  const auto split = [](std::string_view image) {
    const auto name = split_image_name(image);
    return name.repository + " " + name.tag;
  };
  EXPECT_EQ(split("mgc"), "mgc latest");
  EXPECT_EQ(split("mgc:10.11"), "mgc 10.11");
  EXPECT_EQ(split("h:5000/mgc"), "h:5000/mgc latest");
  EXPECT_EQ(split("h:5000/a/mgc:1"), "h:5000/a/mgc 1");
  EXPECT_EQ(split("mgc@sha256:ab"), "mgc sha256:ab");
}

TEST(EngineEndpoint, IsReadAndShown) {
  const auto shown = [](std::string_view text) {
    const auto parsed = parse_engine_endpoint(text);
    return parsed ? to_string(*parsed) : "refused";
  };
  EXPECT_EQ(shown("tcp://h:77"), "tcp://h:77");
  EXPECT_EQ(shown("tcp://h"), "tcp://h:2375");
  EXPECT_EQ(shown("http://10.0.0.1/"), "tcp://10.0.0.1:2375");
  EXPECT_EQ(shown("https://h"), "https://h:2376");
  EXPECT_EQ(shown("https://[2001:db8::1]:99"), "https://[2001:db8::1]:99");
  EXPECT_EQ(shown("tcp://[2001:db8::1]"), "tcp://[2001:db8::1]:2375");
  EXPECT_EQ(shown("tcp://2001:db8::1"), "tcp://[2001:db8::1]:2375");
  EXPECT_EQ(shown("unix:///run/docker.sock"), "unix:///run/docker.sock");
  for (const auto* const text : {"", "h", "h:2375", "tcp://", "tcp://h:0", "tcp://h:65536", "tcp://a b",
                                 "tcp://h:1/x", "unix://x", "unix:", "ssh://h", "tcp://h\r\nX"})
    EXPECT_EQ(shown(text), "refused") << text;
  EXPECT_EQ(shown("unix:///" + std::string(200, 'x')), "refused");
}

// The text that a header field has, as an object.
boost::json::value login_in(std::string_view file, std::string_view image) {
  const auto login = registry_login(file, image);
  if (!login) return boost::json::value(login.error());
  if (login->empty()) return nullptr;
  return boost::json::value(*login);
}

TEST(RegistryLogin, IsTheJsonOfTheApiInBase64) {
  // {"serveraddress":"h:5000","username":"u","password":"p"}
  EXPECT_EQ(login_in(R"({"username":"u","password":"p"})", "h:5000/mgc:1"),
            "eyJzZXJ2ZXJhZGRyZXNzIjoiaDo1MDAwIiwidXNlcm5hbWUiOiJ1IiwicGFzc3dvcmQiOiJwIn0=");
}

TEST(RegistryLogin, IsFoundInWhatDockerLoginWrites) {
  constexpr auto file = R"({"auths":{"h:5000":{"auth":"dTpw"},"https://ghcr.io/v2":{}}})";
  EXPECT_EQ(login_in(file, "h:5000/mgc:1"), login_in(R"({"username":"u","password":"p"})", "h:5000/mgc:1"));
  EXPECT_EQ(login_in(file, "mgc:1"), nullptr);
  EXPECT_THAT(login_in(file, "ghcr.io/x/mgc").as_string().c_str(),
              HasSubstr("no user and password for ghcr.io"));
  EXPECT_THAT(login_in("{", "mgc").as_string().c_str(), HasSubstr("JSON"));
}

TEST(RegistryLogin, KnowsTheRegistryOfAnImage) {
  EXPECT_EQ(registry_of("mgc:1"), "docker.io");
  EXPECT_EQ(registry_of("someone/mgc"), "docker.io");
  EXPECT_EQ(registry_of("localhost/mgc"), "localhost");
  EXPECT_EQ(registry_of("ghcr.io/a/mgc"), "ghcr.io");
}

}  // namespace
}  // namespace mgc::orchestrator
