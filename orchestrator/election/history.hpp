#pragma once

// Which history of transactions a node's data belongs to, and how far it has come in it. Core: plain data.
//
// Galera names a history by a UUID and counts its transactions (seqno). The UUID alone does not prove that two nodes share
// their past: a second, mistaken bootstrap keeps it (codership/galera#115). So every bootstrap that mgc makes opens an
// epoch, and each node remembers the epochs it has been a member of: its lineage.

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace mgc::orchestrator {

// A UUID as Galera writes it, lower case; empty stands for none and for the one of zeros.
using history_id = std::string;

using seqno = std::int64_t;
inline constexpr seqno no_seqno = -1;

struct epoch {
  std::uint64_t number = 0;   // greater than that of every epoch its founder had heard of
  std::string ballot;         // the founding ballot's random identity
  seqno began_at = no_seqno;  // the founder's position then
  bool operator==(const epoch&) const = default;
};

// Oldest first. Epochs older than the newest `longest_lineage` are forgotten.
using lineage = std::vector<epoch>;
inline constexpr std::size_t longest_lineage = 64;

// Whether data at `mine` with the lineage `of_mine` is a part of the past of a cluster with the lineage `of_theirs`: that
// cluster has every transaction of mine. Where nothing is known of the one or the other, the answer is yes: then the
// UUID and the seqnos are all there is to compare.
// `noted_at`: the position at which the lineage of mine was known to be whole; what came after it may be of an epoch that was not
// noted yet, so an epoch of theirs counts against mine only when it began before that.
bool continues(const lineage& of_theirs, const lineage& of_mine, seqno mine, seqno noted_at);

// Whether no cluster can have been through both: neither is the younger state of the other.
bool diverge(const lineage& one, const lineage& other);

// The number of the newest epoch; 0 for none.
std::uint64_t newest(const lineage& epochs);

}  // namespace mgc::orchestrator
