#!/usr/bin/env python3
"""Who else connects to a joiner during an SST: somebody who looks which ports are open, somebody who never says anything,
somebody who says it a byte at a time, somebody who sends rubbish, somebody with a wrong proof, a donor with a wrong token, and
a second donor with the right one. Each is refused and logged, and the transfer that is due completes."""

from cluster import *

_connections = []


def connect(joiner):
    _connections.append(socket.create_connection((joiner.address, SST), timeout=hang))
    return _connections[-1]


def donor_with(token, node, gtid):
    """One more donor program, as the server would start it: its exit code and what it said."""
    done = subprocess.run(
        [programs / f"wsrep_sst_{node.cluster.method}", "--role", "donor", "--address", address, "--socket", node.socket,
         "--datadir", f"{node.data}/", "--defaults-file", node.option_file, "--gtid", gtid, "--gtid-domain-id", "0", "--bypass"],
        env=os.environ | {"WSREP_SST_OPT_REMOTE_AUTH": f"mgc:{token}"}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=hang, check=False, **sandbox.user())
    assert "done" not in done.stdout, f"it says to have sent something: {done.stdout}"
    return done.returncode, done.stderr


def announced(script):
    """The address and the token that the donor was given."""
    words = script.command.split(" ")
    environment = Path(f"/proc/{script.pid}/environ").read_text()
    return words[words.index("--address") + 1], re.search("WSREP_SST_OPT_REMOTE_AUTH=mgc:([0-9a-f]{32})\0", environment)[1]


def drip(connection):
    """A hello of the right form, slowly, for as long as it is let."""
    try:
        for byte in b"MGCW\x01\x01\x01\x00" + bytes(32):
            connection.send(bytes([byte]))
            time.sleep(1)
    except OSError:
        return


def guess(connection):
    """The wire's hello, and an answer to the challenge without knowing the token."""
    connection.sendall(b"MGCW\x01\x01\x01\x00" + os.urandom(32))
    challenge = connection.recv(72, socket.MSG_WAITALL)
    assert challenge[:5] == b"MGCW\x01" and len(challenge) == 72, challenge
    connection.sendall(os.urandom(32))
    try:
        assert connection.recv(1) == b"", "a wrong proof was let in"
    except ConnectionResetError:
        pass


for method in ("mgc_mariabackup", "mgc_rsync"):
    cluster = Cluster(method, mgc={"transfer_limit": 6000, "transfer_compress": "off"})
    donor, joiner = cluster.nodes(2)
    donor.bootstrap()
    joiner.wipe()
    joiner.start()
    script = donor.script()
    joiner.wait_log("is connected")
    address, token = announced(script)
    gtid = f"{donor.status('wsrep_cluster_state_uuid')}:2"
    for _ in range(20):
        connect(joiner).close()
    silent = [connect(joiner) for _ in range(10)]
    threading.Thread(target=drip, args=(connect(joiner),), daemon=True).start()
    connect(joiner).sendall(b"GET / HTTP/1.0\r\n\r\n" + os.urandom(1000))
    guess(connect(joiner))
    wrong = token.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    code, said = donor_with(wrong, donor, gtid)
    assert code != 0 and "token" in said, said
    code, said = donor_with(token, donor, gtid)
    assert code != 0 and "already" in said, said
    run(programs / "mgc", "limit", 9000, "--budget", donor.budget)
    joiner.wait_synced()
    assert joiner.checksums() == donor.checksums()
    log = joiner.log()
    for expected in ("it closed the connection before it proved itself", "does not know this transfer's token", "did not prove itself within 10 s",
                     "has its connections already", "this is not how mgc talks"):
        assert expected in log, f"the joiner did not log '{expected}'"
    assert token not in "".join(line for line in log.splitlines() if "mgc_" in line and "Running" not in line), "the token is logged"
    for connection in _connections:
        connection.close()
    cluster.no_leftovers()
    cluster.stop()
    print(f"{method}: {log.count('refused a connection')} refusals logged", flush=True)
