#!/usr/bin/env python3
"""`mgc deploy` with three hosts, each with a Docker Engine of its own, reached in three ways: a plain port, TLS with
certificates, and a unix socket. The image comes from a registry. What is wrong is refused before anything is changed; then a
cluster of three is made from the file that the reference image's users have, and looked after."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import docker_engine

docker_engine.needed["docker-registry"] = "docker-registry"

from container_world import *  # noqa: E402
from sandbox import hang  # noqa: E402
from world import build, started  # noqa: E402

ADDRESSES = "192.168.1.100", "192.168.1.101", "192.168.1.102"
HERE = "192.168.1.254"
REGISTRY = f"{HERE}:5000"
WANTED = f"{REGISTRY}/{IMAGE}"
NAME = "demo-3310"
CONFIG = """[global]
cluster_name=demo
node1=192.168.1.100
node2=192.168.1.101
node3=192.168.1.102
[custom]
mysql_user=demo
mysql_user_host=%
mysql_user_grant=1
mysql_database=demo
mysql_user_password=123456
mysql_root_password="demopass"
transfer_limit=6000
interface=eth0 # 请务必改成服务器本地网卡名，否则会一直retry check！！
memory=512  #512M
my_port=3310
mount_dir=DATA/mysql_data
"""


class place:
    """What the scenarios share."""
    hosts, files, engines = [], None, ""


# ---- hosts, certificates, a registry ---------------------------------------------------------------------------------


def certificate(name, ca=None, address=None):
    """An authority, or what it signs: NAME.pem and NAME-key.pem."""
    key, pem = place.files / f"{name}-key.pem", place.files / f"{name}.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", f"/CN={name}", "-keyout", key, "-out", pem]
    if ca:
        words += ["-CA", place.files / f"{ca}.pem", "-CAkey", place.files / f"{ca}-key.pem",
                  "-addext", "basicConstraints=critical,CA:FALSE"]
    if address:
        words += ["-addext", f"subjectAltName=IP:{address}"]
    run(*words)
    return pem, key


def make_certificates():
    place.files = tmp / "files"
    place.files.mkdir()
    for name in ("ca", "other-ca"):
        certificate(name)
    certificate("engine", "ca", ADDRESSES[1])
    certificate("client", "ca")


def tls_of(ca, name):
    return tuple(place.files / file for file in (f"{ca}.pem", f"{name}.pem", f"{name}-key.pem"))


@contextlib.contextmanager
def registry():
    settings = tmp / "registry.yml"
    settings.write_text(f"""version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {tmp}/registry}}}}
http: {{addr: "{REGISTRY}"}}
""")
    with open(tmp / "registry.log", "wb") as log:
        serving = subprocess.Popen([docker_engine.program("docker-registry"), "serve", settings], stdout=log, stderr=log)
    started.append(serving)

    def answers():
        with contextlib.suppress(OSError), socket.create_connection(REGISTRY.split(":"), 1):
            return True
        return False

    wait_until("the registry listens", answers)
    yield
    serving.terminate()
    serving.wait()


def fill_registry(host):
    """And leave nothing of the image at the host."""
    host.docker.load(images.archive(build, IMAGE.split(":")[1]))
    host.docker("tag", IMAGE, WANTED)
    host.docker("push", "--quiet", WANTED, timeout=600)
    host.docker("rmi", IMAGE, WANTED)


@contextlib.contextmanager
def three_hosts():
    """One engine is behind a plain port, one behind TLS, one behind its socket alone. None has an image."""
    # Names of network namespaces are files, which this world would share with the machine.
    os.makedirs("/run/netns", exist_ok=True)
    run("mount", "-t", "tmpfs", "none", "/run/netns")
    for words_of_ip in ("link add lan type bridge", f"addr add {HERE}/24 dev lan", "link set lan up"):
        run("ip", *words_of_ip.split())
    data = tmp / "data"  # on each host another one is there
    data.mkdir()
    made = [Host(1, ADDRESSES[0], [f"tcp://{ADDRESSES[0]}:2375"]),
            Host(2, ADDRESSES[1], [f"tcp://{ADDRESSES[1]}:2376"], tls_of("ca", "engine")),
            Host(3, ADDRESSES[2])]
    for host in made:
        host.docker.words = [f"--insecure-registry={REGISTRY}"]
        host.docker.mounts = {data: host.data}
    try:
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda host: host.docker.start(), made))
        place.hosts = made
        place.engines = engines(made)
        yield made
    finally:
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(Host.end, made))


def engines(hosts_of_it, ca="ca"):
    authority, cert, key = tls_of(ca, "client")
    return (f"image={WANTED}\ndocker1=tcp://{ADDRESSES[0]}:2375\ndocker3=unix://{hosts_of_it[2].docker.socket}\n"
            f"docker_tls_ca={authority}\ndocker_tls_cert={cert}\ndocker_tls_key={key}\n")


# ---- mgc deploy ------------------------------------------------------------------------------------------------------


def command(config, *words):
    file = tmp / "demo.cfg"
    file.write_text(config, encoding="utf-8")
    return [build / "mgc", "deploy", file, f"--timeout={hang}", *words]


def deploy(config, *words, code=0):
    """All that it said; nothing of it is a secret."""
    done = subprocess.run(command(config, *words), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=2 * hang)
    said = done.stdout + done.stderr
    if done.returncode != code:
        raise Failure(f"exit code {done.returncode} instead of {code}: {said}")
    for secret in ("123456", "demopass", "otherpass"):
        assert secret not in said, f"'{secret}' was said: {said}"
    return said


def usual():
    return config_with(place.engines)


def config_with(lines):
    return CONFIG.replace("DATA", str(tmp / "data")) + lines


def changed(before, after):
    config = usual()
    assert before in config, before
    return config.replace(before, after)


def says(said, *texts):
    for text in texts:
        assert text in said, f"no '{text}' in: {said}"


def containers():
    """Their identities, by host."""
    return [host.docker("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}").splitlines() for host in place.hosts]


def sql(address, statement):
    answer = run("mariadb", "--no-defaults", "--batch", "--skip-column-names", f"--host={address}", "--port=3310", "--user=demo",
                 "--password=123456", f"--execute={statement}")
    return [line.split("\t") for line in answer.splitlines()]


# ---- before there is anything ----------------------------------------------------------------------------------------


def what_is_wrong_is_refused():
    said = deploy(changed("node1=192.168.1.100", "node1=192.168.1.101"), code=2)
    says(said, "demo.cfg, line 3: node1 and node2 have the same address, 192.168.1.101")
    said = deploy(changed("mysql_user=", "mysql_usr="), code=2)
    says(said, "demo.cfg, line 7: mysql_usr", "did you mean mysql_user?")
    said = deploy(config_with(engines(place.hosts, "other-ca")), code=1)
    says(said, f"node2 ({ADDRESSES[1]}): https://{ADDRESSES[1]}:2376: its certificate is not trusted", "nothing was changed on any host")
    said = deploy(changed(f"docker1=tcp://{ADDRESSES[0]}:2375", f"docker1=tcp://{ADDRESSES[0]}:2374"), code=1)
    says(said, f"node1 ({ADDRESSES[0]}): tcp://{ADDRESSES[0]}:2374: nobody listens there", "nothing was changed on any host")
    said = deploy(changed("docker_tls_cert", "node1.interface=eth0\n#").replace("docker_tls_key", "#"), code=1)
    says(said, f"https://{ADDRESSES[1]}:2376: ", "nothing was changed on any host")
    said = deploy(changed(WANTED, f"{REGISTRY}/mgc:missing"), code=1)
    says(said, f"pull {REGISTRY}/mgc:missing: ", "manifest unknown", "node1, node2, node3: not done")
    assert containers() == [[], [], []], containers()


def a_plan_changes_nothing():
    said = deploy(usual(), "--dry-run")
    for number, address in enumerate(ADDRESSES, 1):
        assert re.search(rf"node{number} \({address}\): Docker \S+ at \S+: would pull {WANTED}, create {NAME}, start {NAME}", said), said
    says(said, f"tcp://{ADDRESSES[0]}:2375: not protected", "mysql_root_password, mysql_user_password: in the containers' environment")
    assert containers() == [[], [], []], containers()


def ends_at_a_signal():
    """An engine that takes the connection and says nothing."""
    with socket.create_server((HERE, 0)) as silent:
        config = changed(f"docker1=tcp://{ADDRESSES[0]}:2375", f"docker1=tcp://{HERE}:{silent.getsockname()[1]}")
        for number in (signal.SIGINT, signal.SIGTERM):
            running = subprocess.Popen(command(config), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            started.append(running)
            with silent.accept()[0]:
                running.send_signal(number)
                said = running.communicate(timeout=60)[0]
            assert running.returncode == 128 + number, f"exit code {running.returncode}: {said}"
            says(said, f"node1 ({ADDRESSES[0]}): nothing was changed", "goes on from here")
    assert containers() == [[], [], []], containers()


# ---- the cluster -----------------------------------------------------------------------------------------------------


def the_cluster_is_made():
    began = time.monotonic()
    said = deploy(usual())
    print(f"the cluster is there after {time.monotonic() - began:.1f} s", flush=True)
    for number, address in enumerate(ADDRESSES, 1):
        for step in (f"pull {WANTED}: done", f"create {NAME}: done", f"start {NAME}: done"):
            says(said, f"node{number} ({address}): {step}")
        answer = dict(sql(address, "SHOW STATUS LIKE 'wsrep_%'"))
        assert answer["wsrep_cluster_size"] == "3" and answer["wsrep_cluster_status"] == "Primary", answer
    says(said, "the cluster has its 3 nodes", f"{ADDRESSES[0]}:3310")
    for host in place.hosts:
        settings = host.inspect(NAME, "HostConfig")
        assert settings["RestartPolicy"]["Name"] == "unless-stopped" and not settings["Privileged"], settings
        assert settings["NetworkMode"] == "host" and settings["Memory"] == 512 << 20, settings
        assert host.inspect(NAME, "Config.StopTimeout") == 600
        assert (host.data / "mysql_data" / NAME / "logs" / "error.log").exists(), "the data are not where mount_dir says"


def the_same_order_changes_nothing():
    before = containers()
    said = deploy(usual())
    for number in (1, 2, 3):
        says(said, f"node{number} ({ADDRESSES[number - 1]}): container {NAME} is there already; nothing to do")
    says(said, "the cluster has its 3 nodes")
    assert containers() == before
    says(deploy(usual(), "--dry-run"), "nothing to do")


def what_differs_is_said_and_left_alone():
    before = containers()
    said = deploy(usual() + "my_max_connections=77\n", code=1)
    says(said, f"container {NAME} is there and not as ", "my_max_connections is not set there, 77 here", f"docker rm {NAME}", "--only node1")
    says(deploy(changed("transfer_limit=6000", "transfer_limit=9000\nnode2.memory=1G"), code=1),
         "transfer_limit is 6000 there, 9000 here; memory is 512 MB there, 1024 MB here")
    says(deploy(changed("demopass", "otherpass"), code=1), "mysql_root_password is another one there")
    assert containers() == before


def what_was_stopped_or_removed_comes_back():
    first, second, third = place.hosts
    second.docker("stop", NAME)
    third.docker("stop", NAME)
    third.docker("rm", NAME)
    sql(ADDRESSES[0], "CREATE TABLE demo.t (id INT PRIMARY KEY); INSERT INTO demo.t VALUES (7)")
    kept = first.docker("ps", "--no-trunc", "--quiet")
    said = deploy(usual())
    says(said, f"node2 ({ADDRESSES[1]}): start {NAME}: done", f"node3 ({ADDRESSES[2]}): create {NAME}: done", "has its 3 nodes")
    assert "pull" not in said, said
    assert first.docker("ps", "--no-trunc", "--quiet") == kept
    for address in ADDRESSES:
        assert sql(address, "SET wsrep_sync_wait=1; SELECT id FROM demo.t") == [["7"]], address


def one_that_cannot_run_is_given_up():
    """Its mgc refuses an option that the server does not know; no need to wait for long."""
    config = changed("my_port=3310", "my_port=3320\nmy_no_such_option=1")
    said = deploy(config, "--only", "node1", code=1)
    says(said, "its container ended with exit code 2", "its log: ", "no_such_option", "docker logs demo-3320")
    assert "node2" not in said, said


@scenario
def from_one_file():
    make_certificates()
    with three_hosts() as everyone, registry():
        fill_registry(everyone[2])
        for part in (what_is_wrong_is_refused, a_plan_changes_nothing, ends_at_a_signal, the_cluster_is_made,
                     the_same_order_changes_nothing, what_differs_is_said_and_left_alone, what_was_stopped_or_removed_comes_back,
                     one_that_cannot_run_is_given_up):
            began = time.monotonic()
            part()
            print(f"{part.__name__}: {time.monotonic() - began:.1f} s", flush=True)


play()
