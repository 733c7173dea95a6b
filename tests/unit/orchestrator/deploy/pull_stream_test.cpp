#include "orchestrator/deploy/pull_stream.hpp"

#include <gmock/gmock.h>

namespace mgc::orchestrator {
namespace {

using testing::HasSubstr;

constexpr std::string_view usual =
    R"({"status":"Pulling from mgc","id":"10.11"})"
    "\r\n"
    R"({"status":"Downloading","id":"a","progressDetail":{"current":10,"total":100}})"
    "\r\n"
    R"({"status":"Downloading","id":"b","progressDetail":{"current":5,"total":50}})"
    R"({"status":"Download complete","id":"a","progressDetail":{}})"
    "\r\n";

TEST(PullStream, AddsUpItsLayers) {
  pull_stream stream;
  stream.read(usual);
  stream.end();
  EXPECT_EQ(stream.problem(), "");
  EXPECT_EQ(stream.downloaded().bytes, 105U);
  EXPECT_EQ(stream.downloaded().total, 150U);
}

TEST(PullStream, MayComeInAnyPieces) {
  for (std::size_t cut = 0; cut <= usual.size(); ++cut) {
    pull_stream stream;
    stream.read(usual.substr(0, cut));
    stream.read(usual.substr(cut));
    stream.end();
    EXPECT_EQ(stream.problem(), "") << cut;
    EXPECT_EQ(stream.downloaded().bytes, 105U) << cut;
  }
}

std::string problem_of(std::string_view text) {
  pull_stream stream;
  stream.read(text);
  stream.end();
  return stream.problem();
}

TEST(PullStream, FailsWithTheEnginesWords) {
  EXPECT_EQ(problem_of(R"({"errorDetail":{"message":"long"},"error":"manifest unknown"})"),
            "manifest unknown");
  EXPECT_EQ(problem_of(R"({"errorDetail":{"message":"no such tag"}})"), "no such tag");
  EXPECT_EQ(problem_of(R"({"error":{}})"), "the engine does not say why");
  EXPECT_EQ(problem_of(R"({"status":"Pulling"}{"error":"a\u001b[2Jb"}{"status":"x"})"), "a\\x1b[2Jb");
}

TEST(PullStream, FailsWhenItIsNotWhatItShouldBe) {
  EXPECT_THAT(problem_of("<html>"), HasSubstr("not JSON"));
  EXPECT_THAT(problem_of("[]"), HasSubstr("not a list of objects"));
  EXPECT_THAT(problem_of(R"({"status":)"), HasSubstr("in the middle"));
  EXPECT_THAT(problem_of(R"({"status":")" + std::string(300000, 'x') + "\"}"), HasSubstr("too much"));
}

TEST(PullStream, IsNotMisledByStrangeNumbers) {
  pull_stream stream;
  stream.read(
      R"({"status":"Downloading","id":"a","progressDetail":{"current":-1,"total":1e300}})"
      R"({"status":"Downloading","id":"b","progressDetail":{"current":99999999999999999999,"total":7}})"
      R"({"status":"Downloading","id":"c","progressDetail":{"current":18446744073709551615,"total":7}})"
      R"({"status":"Downloading","id":"d","progressDetail":null})");
  EXPECT_EQ(stream.problem(), "");
  EXPECT_LE(stream.downloaded().bytes, stream.downloaded().total);
}

TEST(PullStream, KeepsABoundedNumberOfLayers) {
  pull_stream stream;
  for (int layer = 0; layer < 3000; ++layer) {
    stream.read(R"({"status":"Downloading","id":")" + std::to_string(layer) +
                R"(","progressDetail":{"current":0,"total":1}})");
  }
  EXPECT_EQ(stream.downloaded().total, 1024U);
}

}  // namespace
}  // namespace mgc::orchestrator
