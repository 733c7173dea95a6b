#!/usr/bin/env python3
"""image/grafana.json and image/alerts.yml ask for metrics and labels that a real node has, the README tells of all of them,
and the dashboard is one that Grafana takes: its queries are PromQL, its panels have ids and places of their own.
`dashboard.py [path to mgc]`."""

import random
import re
import signal
import socket
import time
import urllib.request

from prometheus import *

if not (shutil.which("mariadbd") or os.path.exists("/usr/sbin/mariadbd")):
    print("skipped: mariadbd is missing")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)

hang = 120
PORTS = ("my_port", "gmcast_list_port", "ist_recv_port", "sst_receive_port", "peer_port")
FROM_PROMETHEUS = {"up": set(), "ALERTS": {"alertname", "alertstate"}}
FROM_SCRAPING = {"job", "instance"}


def free_ports(addresses):
    """The same for all of these; nobody else has such addresses, but for chance."""
    held = [socket.create_server((addresses[0], 0)) for _ in PORTS]
    numbers = [str(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return dict(zip(PORTS, numbers))


def wait_until(what, condition):
    until = time.monotonic() + hang
    while not (found := condition()):
        assert time.monotonic() < until, f"never seen: {what}"
        time.sleep(0.2)
    return found


def page_of_a_node():
    """/metrics of one of two nodes that run, with a transfer of known size."""
    base = Path(tempfile.mkdtemp(prefix="mgc-dashboard-"))
    base.chmod(0o755)
    addresses = [f"127.{random.randint(2, 250)}.{random.randint(0, 250)}.{number}" for number in (1, 2)]
    ports = free_ports(addresses)
    environment = {"PATH": f"{mgc.parent}:{os.environ['PATH']}:/usr/sbin:/sbin", "cluster_name": "orders", "gcache_size": "16M",
                   "node1": addresses[0], "node2": addresses[1], "transfer_limit": "50M", "my_max_connections": "20",
                   "my_innodb_buffer_pool_size": "64M", "my_innodb_log_file_size": "16M", **ports}
    log = open(base / "mgc.log", "w")
    running = []

    def start(*words, stdin=subprocess.DEVNULL, **more):
        running.append(subprocess.Popen([str(word) for word in words], env=environment | more, stdin=stdin,
                                        stdout=subprocess.DEVNULL, stderr=log))

    def page():
        assert all(one.poll() is None for one in running), (base / "mgc.log").read_text()
        try:
            with urllib.request.urlopen(f"http://{addresses[0]}:{ports['peer_port']}/metrics", timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    try:
        for address in addresses:
            (base / address).mkdir()
            (base / address).chmod(0o755)
            start(mgc, "run", base_dir=str(base / address), local_addr=address)
        wait_until("two nodes, synced", lambda: {"mgc_cluster_size 2", "mgc_wsrep_local_state 4"} <= set(page().splitlines()))
        start(mgc.parent / "mgc-shaper", "--budget", base / addresses[0] / "run" / "budget", "--size", "100G",
              stdin=open("/dev/zero"))
        return wait_until("a transfer", lambda: (text := page()) and "\nmgc_transfer_total_bytes{" in text and text)
    finally:
        for one in running:
            one.send_signal(signal.SIGTERM)
        for one in running:
            one.wait(hang)
        log.close()
        shutil.rmtree(base)


def metrics_of(page):
    """Names and what labels they have."""
    found = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", page, re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return found


def check_query(query, where):
    names = re.findall(r"\b(?:mgc_|process_)\w+|\bup\b|\bALERTS\b", query)
    assert names, f"{where}: no metric in '{query}'"
    everywhere = set().union(*metrics.values()) | FROM_SCRAPING
    for name in names:
        assert name in metrics, f"{where}: no node has {name}"
    for name, matchers in re.findall(r"\b(\w+)\{([^}]*)\}", query):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', "", matchers)):
            assert label in metrics[name] | FROM_SCRAPING, f"{where}: {name} has no label {label}"
    for labels in re.findall(r"\b(?:by|on|ignoring|group_left)\s*\(([^)]*)\)", query):
        for label in re.findall(r"\w+", labels):
            assert label in everywhere, f"{where}: nothing has a label {label}"


page = page_of_a_node()
metrics = metrics_of(page) | FROM_PROMETHEUS

dashboard = json.loads((top / "image" / "grafana.json").read_text())
assert dashboard["schemaVersion"] >= 36 and dashboard["uid"] and dashboard["title"] and dashboard["id"] is None, dashboard
variables = {one["name"]: one for one in dashboard["templating"]["list"]}
assert variables["datasource"]["type"] == "datasource" and {"cluster", "instance"} <= variables.keys(), variables
panels = dashboard["panels"]
ids = [panel["id"] for panel in panels]
assert len(set(ids)) == len(ids), f"ids of panels twice: {sorted(ids)}"
places = set()
for panel in panels:
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24, f"{panel['title']} is beyond the right edge"
    cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
    assert not cells & places, f"{panel['title']} lies over another panel"
    places |= cells

queries = []
for panel in panels:
    assert panel["type"] == "row" or panel["targets"] and panel["description"], panel["title"]
    for target in panel.get("targets", []):
        assert target["datasource"]["uid"] == "${datasource}", f"{panel['title']}: a data source of one installation"
        queries.append((f"panel '{panel['title']}'", target["expr"]))
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
            assert any(label in labels for labels in metrics.values()) or label in FROM_SCRAPING, (panel["title"], label)
for name in ("cluster", "instance"):
    queries.append((f"variable {name}", re.fullmatch(r"label_values\((.*), \w+\)", variables[name]["query"]["query"])[1]))
used = {name for _, query in queries for name in re.findall(r"\$(\w+)", query)}
assert used <= variables.keys() | {"__rate_interval"}, f"unknown variables: {used}"

for where, query in queries:
    check_query(query, where)
rules = re.sub(r"^\s*#.*$", "", (top / "image" / "alerts.yml").read_text(), flags=re.MULTILINE)
expressions = re.findall(r"^ +expr: *(?:\|\n)?(.*?)(?=^ +(?:for|labels):)", rules, re.MULTILINE | re.DOTALL)
assert len(expressions) == rules.count("- alert: "), expressions
for expression in expressions:
    check_query(expression, "alerts.yml")

promtool("check", "rules", written("queries.json", {"groups": [{"name": "dashboard", "rules": [
    {"record": f"query:{number}", "expr": query.replace("$__rate_interval", "1m").replace("$instance", "a").replace("$cluster", "a")}
    for number, (_, query) in enumerate(queries)]}]}))

for readme in ("README.md", "README.zh-CN.md"):
    told = set(re.findall(r"^\| `(mgc_\w+|process_\w+)", (top / readme).read_text(), re.MULTILINE))
    real = metrics.keys() - FROM_PROMETHEUS.keys()
    assert told == real, f"{readme}: the table of metrics and a real page differ by {sorted(told ^ real)}"
print(f"{len(metrics)} metrics, {len(panels)} panels, {len(queries)} queries, {len(expressions)} alerts")
