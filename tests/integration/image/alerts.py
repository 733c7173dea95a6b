#!/usr/bin/env python3
"""image/alerts.yml by promtool: the rules are right, a healthy cluster raises none, and each alert fires when it should and
not otherwise. `alerts.py [path to mgc]`."""

import re

from prometheus import *

rules = top / "image" / "alerts.yml"
cases = []
fire, keep_quiet = set(), set()


# ---- what nodes tell; values in promtool's notation, one a minute: "3x60" is 3, and 60 times more


def node(number, size="3x90", primary="1x90", state="4x90", cluster="orders", **more):
    """A healthy one. More series, or other values, by name; None takes one out."""
    of = f'job="mgc",instance="node{number}"'
    told = {"up": "1x90", "mgc_info": "1x90", "mgc_server_state": primary, "mgc_cluster_size": size,
            "mgc_cluster_nodes_configured": "3x90", "mgc_waits_for_operator": "0x90", "mgc_durable_commits": "1x90",
            "mgc_wsrep_local_state": state, "mgc_recv_queue_length": "0x90", "mgc_flow_control_paused_seconds_total": "0x90",
            "mgc_server_unexpected_exits_total": "0x90", "mgc_elections_total": "0x90",
            "mgc_transfer_limit_bytes_per_second": "6144000x90", "mgc_transfer_bytes": None} | more
    labels = {"mgc_info": f',cluster="{cluster}",version="0.1.0"', "mgc_server_state": ',state="primary"',
              "mgc_elections_total": ',outcome="lost"', "mgc_transfer_bytes": ',kind="mariabackup out",peer="10.0.0.3:33310"'}
    return [{"series": f"{name}{{{of}{labels.get(name, '')}}}", "values": values}
            for name, values in told.items() if values is not None]


def cluster(*changed):
    """Three healthy nodes, but for those given by number and changes."""
    changes = dict(changed)
    return [series for number in (1, 2, 3) for series in node(number, **changes.get(number, {}))]


def gone(number, minutes=0):
    """A node that has not answered since then."""
    answered = {name: f"1x{minutes} stale" for name in ("mgc_info",)} if minutes else {"mgc_info": None}
    silent = {name: None for name in (
        "mgc_cluster_size", "mgc_cluster_nodes_configured", "mgc_waits_for_operator", "mgc_durable_commits",
        "mgc_recv_queue_length", "mgc_flow_control_paused_seconds_total", "mgc_server_unexpected_exits_total",
        "mgc_elections_total", "mgc_transfer_limit_bytes_per_second")}
    return number, {"up": f"1x{minutes} 0x90" if minutes else "0x90", "primary": None, "state": None, "size": None} | answered | silent


def check(name, series, minute, expected):
    firing = f'ALERTS{{alertname="{name}",alertstate="firing"}}'
    cases.append({"name": f"{name} at {minute} min", "interval": "1m", "input_series": series, "promql_expr_test": [{
        "expr": f"count by (severity, cluster, instance) ({firing})", "eval_time": f"{minute}m",
        "exp_samples": [{"labels": labels, "value": 1} for labels in expected]}]})


def fires(name, minute, labels, *changed, series=None):
    """Exactly once, with these labels."""
    fire.add(name)
    check(name, series or cluster(*changed), minute, [labels])


def quiet(name, minute, *changed, series=None):
    keep_quiet.add(name)
    check(name, series or cluster(*changed), minute, [])


def warns(name, minute, number, *changed, series=None):
    fires(name, minute, f'{{severity="warning",instance="node{number}"}}', *changed, series=series)


down = {"size": "0x90", "primary": "0x90", "state": None}
CRITICAL = '{severity="critical",cluster="orders"}'

for minute in (0, 5, 30, 90):
    cases.append({"name": f"healthy at {minute} min", "interval": "1m", "input_series": cluster(),
                  "promql_expr_test": [{"expr": "ALERTS", "eval_time": f"{minute}m", "exp_samples": []}]})

fires("MgcNoPrimary", 3, CRITICAL, (1, down), (2, down), (3, down))
fires("MgcNoPrimary", 25, CRITICAL, gone(1, 20), gone(2, 20), gone(3, 20))
fires("MgcNoPrimary", 3, CRITICAL, gone(1, 1), (2, down), (3, down))
quiet("MgcNoPrimary", 10, (1, down), (2, down))
quiet("MgcNoPrimary", 10, (1, {"size": "2x90"}), (2, {"size": "2x90"}), gone(3))
# One cluster's fall is not hidden by another's health.
fires("MgcNoPrimary", 3, CRITICAL,
      series=[*cluster((1, down), (2, down), (3, down)), *node(4, cluster="stock"), *node(5, cluster="stock")])

fires("MgcSplit", 3, CRITICAL, (1, {"size": "1x90"}), (2, {"size": "2x90"}), (3, {"size": "2x90"}))
fires("MgcSplit", 3, CRITICAL, series=[series for number in (1, 2, 3, 4) for series in node(number, size="2x90")])
quiet("MgcSplit", 3)
quiet("MgcSplit", 3, (1, down), (2, {"size": "2x90"}), (3, {"size": "2x90"}))
quiet("MgcSplit", 3, (1, {"size": "2x90"}))  # one that has not heard of the third yet
quiet("MgcSplit", 3, series=[*cluster(), *node(4, size="1x90", cluster="stock")])

warns("MgcEndpointDown", 5, 3, gone(3))
quiet("MgcEndpointDown", 1, gone(3))
quiet("MgcEndpointDown", 30, (3, down))

fires("MgcNothingScraped", 6, '{severity="warning"}',
      series=[{"series": 'up{job="other",instance="node1"}', "values": "1x90"}])
quiet("MgcNothingScraped", 6, gone(1), gone(2), gone(3))

fires("MgcMembersMissing", 7, '{severity="warning",cluster="orders"}', (1, {"size": "2x90"}), (2, {"size": "2x90"}), gone(3))
quiet("MgcMembersMissing", 3, (1, {"size": "2x90"}), (2, {"size": "2x90"}), gone(3))
quiet("MgcMembersMissing", 30, (1, down), (2, down), (3, down))  # has an alert of its own
quiet("MgcMembersMissing", 30, *((n, {"size": "4x90"}) for n in (1, 2, 3)))  # one that joined by join_address

warns("MgcWaitsForOperator", 3, 2, (2, {**down, "mgc_waits_for_operator": "1x90"}))
quiet("MgcWaitsForOperator", 3, (2, down))

warns("MgcNodeNotServing", 12, 2, (2, down))
warns("MgcNodeNotServing", 12, 2, (2, {"state": "3x90"}))
quiet("MgcNodeNotServing", 8, (2, down))
quiet("MgcNodeNotServing", 90, (2, {**down, "mgc_transfer_bytes": "0+1000x90"}))
quiet("MgcNodeNotServing", 90, (2, {"state": "2x90", "mgc_transfer_bytes": "0+1000x90"}))
quiet("MgcNodeNotServing", 90, (2, {"state": None, "size": "0x90"}))  # cluster_mode=0

warns("MgcServerCrashes", 30, 1, (1, {"mgc_server_unexpected_exits_total": "0x5 1x5 2x5 3x90"}))
quiet("MgcServerCrashes", 30, (1, {"mgc_server_unexpected_exits_total": "0x15 1x90"}))
quiet("MgcServerCrashes", 80, (1, {"mgc_server_unexpected_exits_total": "0x5 1x5 2x5 3x90"}))

warns("MgcElectionsFail", 20, 1, (1, {"mgc_elections_total": "0+1x90"}))
quiet("MgcElectionsFail", 20, (1, {"mgc_elections_total": "0x9 3x90"}))

warns("MgcFlowControl", 20, 3, (3, {"mgc_flow_control_paused_seconds_total": "0+12x90"}))
quiet("MgcFlowControl", 20, (3, {"mgc_flow_control_paused_seconds_total": "0+3x90"}))
quiet("MgcFlowControl", 12, (3, {"mgc_flow_control_paused_seconds_total": "0x4 0+12x2 24x90"}))

warns("MgcNodeBehind", 15, 3, (3, {"mgc_recv_queue_length": "500x90"}))
quiet("MgcNodeBehind", 15, (3, {"mgc_recv_queue_length": "50x90"}))
quiet("MgcNodeBehind", 15, (3, {"mgc_recv_queue_length": "500x90", "mgc_transfer_bytes": "0+1000x90"}))

running = {"state": "2x90", "mgc_transfer_bytes": "0+1000x90"}
standing = {"state": "2x90", "mgc_transfer_bytes": "0+1000x5 5000x90"}
paused = {"mgc_transfer_limit_bytes_per_second": "0x90"}
warns("MgcTransferPaused", 20, 1, (1, standing | paused))
quiet("MgcTransferPaused", 20, (1, paused))
quiet("MgcTransferPaused", 20, (1, standing))

warns("MgcTransferStalled", 15, 1, (1, standing))
warns("MgcTransferStalled", 15, 1, (1, standing | {"mgc_transfer_limit_bytes_per_second": " ".join(["Inf"] * 91)}))
quiet("MgcTransferStalled", 15, (1, running))
quiet("MgcTransferStalled", 15, (1, standing | paused))
# The joiner's incremental transfer waits for the full copy.
quiet("MgcTransferStalled", 15, series=[*cluster((1, running)), {
    "series": 'mgc_transfer_bytes{job="mgc",instance="node1",kind="IST in",peer="10.0.0.1:40000"}', "values": "700x90"}])

warns("MgcCommitsNotDurable", 20, 1, (1, {"mgc_durable_commits": "0x90"}))
quiet("MgcCommitsNotDurable", 10, (1, {"mgc_durable_commits": "0x90"}))

named = set(re.findall(r"- alert: (\w+)", rules.read_text()))
assert named == fire == keep_quiet, f"not both seen to fire and to keep quiet: {named ^ (fire & keep_quiet)}"

promtool("check", "rules", rules)
promtool("test", "rules", written("alerts.json", {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": cases}))
print(f"{len(named)} alerts, {len(cases)} cases")
