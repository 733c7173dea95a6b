#include "orchestrator/peers/peer_codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/orchestrator/peers/made_up_report.hpp"

namespace mgc::orchestrator {
namespace {

using test::made_up_report;
using testing::HasSubstr;
namespace json = boost::json;

void expect_equal(const node_report& one, const node_report& other) {
  EXPECT_EQ(one.node, other.node);
  EXPECT_EQ(one.run, other.run);
  EXPECT_EQ(one.nodes, other.nodes);
  EXPECT_EQ(one.cluster_name, other.cluster_name);
  EXPECT_EQ(one.server, other.server);
  EXPECT_EQ(one.data, other.data);
  EXPECT_EQ(one.epochs, other.epochs);
  EXPECT_EQ(one.companions, other.companions);
  EXPECT_EQ(one.pledges, other.pledges);
  EXPECT_EQ(one.memory, other.memory);
  EXPECT_EQ(one.noted_at, other.noted_at);
  EXPECT_EQ(one.newest_epoch, other.newest_epoch);
  EXPECT_EQ(one.untouched, other.untouched);
  EXPECT_EQ(one.caught_up, other.caught_up);
  EXPECT_EQ(one.members, other.members);
  EXPECT_EQ(one.campaign, other.campaign);
  EXPECT_EQ(one.phase, other.phase);
  EXPECT_EQ(one.reason, other.reason);
  EXPECT_EQ(one.server_version, other.server_version);
  EXPECT_EQ(one.wsrep_state, other.wsrep_state);
  EXPECT_EQ(one.cluster_size, other.cluster_size);
}

// The report with the value at the pointer replaced, and what the parser says of it.
std::string problem_with(const std::string& pointer, json::value value) {
  auto document = json::parse(to_json(made_up_report()));
  document.at_pointer(pointer) = std::move(value);
  const auto read = parse_node_report(json::serialize(document));
  return read ? "" : read.error();
}

TEST(PeerCodec, KeepsEveryFieldOfAReport) {
  const auto read = parse_node_report(to_json(made_up_report()));
  ASSERT_TRUE(read) << read.error();
  expect_equal(*read, made_up_report());
}

TEST(PeerCodec, KeepsAnEmptyReport) {
  const auto read = parse_node_report(to_json(node_report{}));
  ASSERT_TRUE(read) << read.error();
  expect_equal(*read, node_report{});
}

TEST(PeerCodec, KeepsEveryKindAndState) {
  for (int kind = 0; kind <= static_cast<int>(data_kind::unsafe); ++kind) {
    auto report = made_up_report();
    report.data.kind = static_cast<data_kind>(kind);
    EXPECT_EQ(parse_node_report(to_json(report))->data.kind, report.data.kind) << kind;
  }
  for (int state = 0; state <= static_cast<int>(server_state::non_primary); ++state) {
    auto report = made_up_report();
    report.server = static_cast<server_state>(state);
    EXPECT_EQ(parse_node_report(to_json(report))->server, report.server) << state;
  }
}

TEST(PeerCodec, KeepsEveryRequest) {
  const ballot what{"id", 2, "memory", 4};
  const auto asked = std::get<canvass>(
      *parse_peer_request(to_json(peer_request{canvass{what, "history", 17, data_kind::clean, true, true}})));
  EXPECT_EQ(asked.what, what);
  EXPECT_EQ(asked.history, "history");
  EXPECT_EQ(asked.position, 17);
  EXPECT_EQ(asked.kind, data_kind::clean);
  EXPECT_TRUE(asked.running);
  EXPECT_TRUE(asked.forced);
  EXPECT_EQ(std::get<confirm>(*parse_peer_request(to_json(peer_request{confirm{what}}))).what, what);
  EXPECT_EQ(std::get<withdraw>(*parse_peer_request(to_json(peer_request{withdraw{what}}))).what, what);
  EXPECT_EQ(std::get<announce>(*parse_peer_request(to_json(peer_request{announce{9, "m"}}))).memory, "m");
}

TEST(PeerCodec, KeepsAnAnswer) {
  const auto read = parse_peer_answer(to_json(peer_answer{true, "because", made_up_report()}));
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(read->agreed);
  EXPECT_EQ(read->why, "because");
  expect_equal(read->report, made_up_report());
}

TEST(PeerCodec, MissesEveryKeyThatIsNotThere) {
  const auto whole = json::parse(to_json(made_up_report())).as_object();
  for (const auto& [key, value] : whole) {
    auto without = whole;
    without.erase(key);
    const auto read = parse_node_report(json::serialize(without));
    const bool optional = key == "campaign" || key == "members";
    EXPECT_EQ(read.has_value(), optional) << key;
    EXPECT_EQ(read ? "" : read.error(), optional ? "" : "'" + std::string{key} + "' is missing");
  }
}

TEST(PeerCodec, RefusesEveryKeyOfAnotherType) {
  const auto whole = json::parse(to_json(made_up_report())).as_object();
  for (const auto& [key, value] : whole) {
    EXPECT_THAT(problem_with("/" + std::string{key}, value.is_bool() ? json::value("x") : json::value(true)),
                HasSubstr("'" + std::string{key} + "'"))
        << key;
  }
}

TEST(PeerCodec, IgnoresUnknownKeys) {
  auto document = json::parse(to_json(made_up_report())).as_object();
  document["of_a_later_version"] = json::object{{"a", 1}};
  EXPECT_TRUE(parse_node_report(json::serialize(document)));
}

TEST(PeerCodec, RefusesNumbersOutOfRange) {
  EXPECT_THAT(problem_with("/node", -1), HasSubstr("'node' must be a whole number from 0 to"));
  EXPECT_THAT(problem_with("/node", 4294967296), HasSubstr("'node'"));
  EXPECT_THAT(problem_with("/node", 1.5), HasSubstr("'node'"));
  EXPECT_THAT(problem_with("/data/position", -2), HasSubstr("'data.position'"));
  EXPECT_THAT(problem_with("/data/position", 9223372036854775808ULL), HasSubstr("'data.position'"));
  EXPECT_THAT(problem_with("/epochs/1/number", -3), HasSubstr("'epochs[1].number'"));
  EXPECT_THAT(problem_with("/companions/0/node", "\"1\""), HasSubstr("companions[0]"));
}

TEST(PeerCodec, RefusesWhatIsTooLong) {
  EXPECT_THAT(problem_with("/run", json::string(65, 'x')),
              HasSubstr("'run' must be a text of at most 64 bytes"));
  EXPECT_THAT(problem_with("/reason", json::string(4097, 'x')), HasSubstr("'reason'"));
  EXPECT_THAT(problem_with("/nodes", json::array(257, "x")),
              HasSubstr("'nodes' must be a list of at most 256"));
  EXPECT_THAT(problem_with("/epochs", json::array(65, json::object{})), HasSubstr("'epochs'"));
  EXPECT_THAT(parse_node_report(std::string(most_message_bytes + 1, ' ')).error(), HasSubstr("too many"));
  EXPECT_THAT(parse_node_report(std::string(10'000, '[')).error(), HasSubstr("not JSON"));
}

TEST(PeerCodec, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(problem_with("/server", "sleeping"),
              HasSubstr("'server' has a value that this version does not know"));
  EXPECT_THAT(problem_with("/data/kind", "CLEAN"), HasSubstr("'data.kind'"));
  EXPECT_THAT(parse_peer_request(R"({"depose":{}})").error(),
              HasSubstr("no request that this version knows"));
  EXPECT_THAT(parse_peer_request("[]").error(), HasSubstr("it must be an object"));
  EXPECT_THAT(parse_peer_request(R"({"confirm":{}})").error(), HasSubstr("'confirm.what' is missing"));
}

TEST(PeerCodec, WritesOnlyWhatCanBeRead) {
  auto report = made_up_report();
  report.reason = std::string(4095, 'x') + "\u00e4 and more";  // the letter would be cut in two
  report.phase = "caf\xe9";                                    // not UTF-8
  report.cluster_name = std::string(300, 'n');
  const auto read = parse_node_report(to_json(report));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->reason, std::string(4095, 'x'));
  EXPECT_EQ(read->phase, "caf?");
  EXPECT_EQ(read->cluster_name.size(), 256U);
}

TEST(PeerCodec, EverythingAtItsLongestFitsIntoAMessage) {
  node_report report;
  const std::string id(64, '\x01');  // six bytes each in JSON
  report.nodes.assign(256, std::string(256, 'n'));
  report.data.view = recorded_view{id, std::vector<std::string>(256, std::string(36, 'v')), 1, 1};
  report.epochs.assign(64, {~0ULL, id, 1});
  report.pledges.assign(256, {std::string(32, 'p'), ~0U, std::string(32, 'm'), ~0ULL});
  report.reason.assign(4096, '\x01');
  const auto read = parse_peer_answer(to_json(peer_answer{false, std::string(4096, '\x01'), report}));
  EXPECT_TRUE(read) << read.error();
}

}  // namespace
}  // namespace mgc::orchestrator
