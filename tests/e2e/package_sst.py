#!/usr/bin/env python3
"""The Debian package in a clean Debian: apt installs it, a cluster that has its limit as the package's example says makes a
full transfer and an incremental one through the relay of its unit, `mgc run` starts as its unit says, and after the package is
purged nothing of it is left."""

import atexit
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import debian
from sandbox import Failure, wait_until
from systemd_unit import unit
from words import words

words.add_argument("--root", type=Path, help="a Debian in which the package is installed already")
options = words.parse_args()


def checked_install(root, package):
    """By apt, with what it recommends; then away with it, for what is there without it; and again."""
    root.apt("update")
    root.apt("install", package)
    starts = [name for name in root.named("mgc") if "/rc" in name or name.endswith(".wants")]
    assert not starts, f"enabled by its installation: {starts}"
    root.apt("purge", "mgc")
    assert not root.named("mgc"), f"left of it: {root.named('mgc')}"
    without = root.files()
    root.apt("install", package)
    return without


def prepare(build):
    """A clean root with the package of this build: its path. files.json beside it is what was there without it."""
    folder = Path(tempfile.mkdtemp(prefix="mgc-package-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    made = subprocess.run(["cpack", "--config", build.resolve() / "CPackConfig.cmake", "-B", folder / "deb"], cwd=folder,
                                 capture_output=True, text=True, check=False)
    packages = list((folder / "deb").glob("mgc_*.deb"))
    if made.returncode or len(packages) != 1:
        raise Failure(f"cpack: exit code {made.returncode}, made {packages}: {made.stdout}{made.stderr}")
    root = debian.clean_root(folder / "root").unpack(debian.base(build / "images"))
    shutil.copy(packages[0], root.path / "tmp/package.deb")
    without = checked_install(root, "/tmp/package.deb")
    (folder / "files.json").write_text(json.dumps(sorted(without)))
    return root.path


if not options.root:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if why_not := debian.require({"cpack": "cmake", "dpkg-shlibdeps": "dpkg-dev", "strip": "binutils", "debootstrap": "debootstrap"}):
        print(f"skipped: {why_not}")
        sys.exit(77)
    sys.argv += ["--root", str(prepare(options.build))]

# From here on: in the world of sandbox.py.
from installed_host import PATH, host  # pylint: disable=wrong-import-position
from world import run  # pylint: disable=wrong-import-position

LIMIT = 6000
installed = debian.clean_root(options.root)


def check_units():
    """What systemd says of them, where it is."""
    if analyze := debian.program("systemd-analyze"):
        for name in ("mgc-ist-relay.service", "mgc@node.service"):
            run(analyze, "verify", "--man=no", "--recursive-errors=no", f"--root={installed.path}", name)
        run(analyze, "security", "--offline=true", "--threshold=25", f"--root={installed.path}", "mgc-ist-relay.service")


def start_relay(node):
    """As its unit says; its settings are put in as the comments there say."""
    settings = node.root / "etc/default/mgc-ist-relay"
    text = settings.read_text()
    assert text.count("#LISTEN=192.0.2.5:4568") == 1 and text.count(f"#LIMIT={LIMIT}") == 1
    settings.write_text(text.replace("#LISTEN=192.0.2.5:", f"LISTEN={node.address}:").replace("#LIMIT", "LIMIT"))
    node.start_service(unit(node.root, "mgc-ist-relay.service"))
    wait_until("the relay listens", lambda: f"listening on {node.address}:4568" in node.service_log("mgc-ist-relay"),
               alive=lambda: node.service_alive("mgc-ist-relay"))


def make_galera(node, others):
    """Options of a cluster as it may have been before, and the package's example beside them."""
    folder = node.root / "etc/mysql/mariadb.conf.d"
    (folder / "60-cluster.cnf").write_text(f"""[mysqld]
wsrep_on = ON
wsrep_provider = /usr/lib/galera/libgalera_smm.so
wsrep_cluster_name = packaged
wsrep_cluster_address = gcomm://{others}
wsrep_node_address = {node.address}
wsrep_node_name = {node.name}
bind_address = {node.address}
binlog_format = ROW
innodb_autoinc_lock_mode = 2
innodb_flush_method = fsync
""")
    example = (node.root / "usr/share/doc/mgc/examples/60-mgc.cnf").read_text()
    assert f"transfer_limit   = {LIMIT} " in example and "wsrep_sst_method = mgc_mariabackup " in example
    # Hosts of their own would not need to say where the group is listened for.
    listen = f"ist.recv_bind=127.0.0.1:4568;gmcast.listen_addr=tcp://{node.address}:4567"
    example = example.replace("#wsrep_provider_options", "wsrep_provider_options").replace("ist.recv_bind=127.0.0.1:4568", listen)
    assert f'\nwsrep_provider_options = "{listen}"' in example
    (folder / "60-mgc.cnf").write_text(example)


def rows(node):
    return node.sql("SELECT COUNT(*), MAX(id), SUM(LENGTH(filler)) FROM shop.big")


def cluster_of_two():
    donor, joiner = (host(installed.path, number) for number in (1, 2))
    for node in (donor, joiner):
        make_galera(node, f"{donor.address},{joiner.address}")
        start_relay(node)
    donor.start_server("--wsrep-new-cluster").wait_synced()
    donor.sql("CREATE DATABASE shop; USE shop; CREATE TABLE big (id INT PRIMARY KEY, filler VARBINARY(8192));"
              "INSERT INTO big SELECT seq, RANDOM_BYTES(1024) FROM seq_1_to_10000")

    joiner.start_server().wait_synced()
    assert rows(joiner) == rows(donor), f"{rows(joiner)}, not {rows(donor)}"
    assert f"at {LIMIT} KB/s" in donor.log(), f"the donor's log does not say its limit:\n{donor.log()}"
    assert "IST is enough" not in joiner.log(), "it was no full transfer"
    assert f"{LIMIT} KB/s" in donor.inside("mgc", "limit"), "the node has another limit"
    print("full transfer: done", flush=True)

    joiner.stop_server()
    wait_until("the donor is alone", lambda: donor.status("wsrep_cluster_size") == "1")
    donor.sql("USE shop; INSERT INTO big SELECT seq, RANDOM_BYTES(1024) FROM seq_20001_to_20500")
    joiner.start_server().wait_synced()
    assert rows(joiner) == rows(donor), f"{rows(joiner)}, not {rows(donor)}"
    assert "IST is enough" in joiner.log(), "a full transfer instead"
    assert "complete, seqno" in joiner.service_log("mgc-ist-relay"), joiner.service_log("mgc-ist-relay")
    print("incremental transfer through the relay: done", flush=True)
    for node in (joiner, donor):
        node.stop_server()
        assert node.stop_service("mgc-ist-relay") == 0, node.service_log("mgc-ist-relay")


def one_by_mgc_run():
    node = host(installed.path, 3)
    settings = node.root / "etc/mgc/alone.env"
    settings.parent.mkdir()
    example = (node.root / "usr/share/doc/mgc/examples/mgc.env").read_text()
    kept = [line for line in example.splitlines() if not line.startswith(("node", "base_dir"))]
    settings.write_text("\n".join([*kept, f"node1={node.address}", "cluster_mode=single", "base_dir=/srv/node"]))
    node.start_service(unit(node.root, "mgc@.service", "alone"))
    wait_until("it is ready", lambda: node.succeeds("mgc", "health", "ready", "--run-dir", "/srv/node/run"),
               alive=lambda: node.service_alive("mgc@alone"))
    assert node.stop_service("mgc@alone") == 0, node.service_log("mgc@alone")
    print("mgc run: done", flush=True)


def purge():
    """With all that was used, nothing of it stays."""
    before = set(json.loads((installed.path.parent / "files.json").read_text()))
    run("mount", "-t", "proc", "proc", installed.path / "proc")
    run("chroot", installed.path, "apt-get", "-q", "-y", "purge", "mgc", env={"PATH": PATH, "DEBIAN_FRONTEND": "noninteractive"})
    after = installed.files()
    assert after == before, f"left: {sorted(after - before)}; gone: {sorted(before - after)}"
    assert not installed.named("mgc"), f"left of it: {installed.named('mgc')}"


check_units()
cluster_of_two()
one_by_mgc_run()
purge()
