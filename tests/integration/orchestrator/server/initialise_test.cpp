// New data directories, made by a real server.

#include "orchestrator/server/initialise.hpp"

#include <gmock/gmock.h>

#include "orchestrator/server/server_login.hpp"
#include "proxy/server_connection.hpp"
#include "tests/integration/orchestrator/server/local_node.hpp"

namespace mgc::orchestrator {
namespace {

namespace fs = std::filesystem;
using test::local_node;
using testing::HasSubstr;
using testing::Not;

struct Initialise : testing::Test {
  local_node node;

  answer<> make() { return node.run(initialise(node.host())); }
  std::set<std::string> beside() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator{node.folder().path()}) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("data")) names.insert(name);
    }
    return names;
  }
};

TEST_F(Initialise, MakesACompleteDirectory) {
  const auto made = make();
  ASSERT_TRUE(made) << made.error() << node.log("initialise.log");
  EXPECT_THAT(beside(), testing::ElementsAre("data"));
  EXPECT_TRUE(fs::is_directory(node.folder() / "data/mysql"));
}

}  // namespace
}  // namespace mgc::orchestrator
