#!/usr/bin/env python3
"""--help tells what is needed; a wrong command line ends with 2 and says which option, which value, and what to give."""

from ist_peers import *

asked = subprocess.run([harness.shaper, "ist-relay", "--help"], capture_output=True, text=True)
assert asked.returncode == 0 and not asked.stderr
for text in ('wsrep_provider_options="ist.recv_bind=127.0.0.1:4568"', "KB/s", "default 10", "Exit codes", "Examples"):
    assert text in asked.stdout, text
assert "ist-relay" in subprocess.run([harness.shaper, "--help"], capture_output=True, text=True).stdout

addresses = ("--listen", "127.0.0.2:4568", "--connect", "127.0.0.1:4568")
for options, text in (
    ((), "--listen: is required"),
    (addresses[:2], "--connect: is required"),
    (("--listen", "localhost:4568", *addresses[2:]), "--listen 'localhost:4568': give an address, not a name"),
    (("--listen", "0.0.0.0:4568", *addresses[2:]), "--listen '0.0.0.0:4568': give one address of this node"),
    (("--listen", "[::]:4568", *addresses[2:]), "--listen '[::]:4568': give one address of this node"),
    (("--listen", "127.0.0.2:0", *addresses[2:]), "--listen '127.0.0.2:0': give the port"),
    ((*addresses[:2], "--connect", "127.0.0.1"), "--connect '127.0.0.1': "),
    ((*addresses, "--limit", "0"), "--limit '0': "),
    ((*addresses, "--limit", ""), "--limit '': is empty"),
    ((*addresses, "--progress", "soon"), "--progress 'soon': give whole seconds"),
    ((*addresses, "--budget", "/nowhere/budget"), "--budget '/nowhere/budget': No such file or directory"),
    ((*addresses, "--once"), "--once"),
):
    ended(start("ist-relay", *options), 2, text)
    assert text in said(harness._running[-1])

ended(start("ist-relay", "--listen", "127.0.0.2:4568", "--connect", "127.0.0.2:4568",
            "--budget", tmp / "budget"), 1, "'127.0.0.2:4568': ")
server = joiner()
port = server.getsockname()[1]
ended(start("ist-relay", "--listen", f"127.0.0.1:{port}", "--connect", f"127.0.0.2:{port}",
            "--budget", tmp / "budget"), 1,
      f"--listen '127.0.0.1:{port}': Address already in use")
process = start("ist-relay", "--listen", f"127.0.0.2:{port}", "--connect", f"127.0.0.1:{port - 1}",
                "--budget", tmp / "budget")
wait_until("it warns", lambda: f"Galera will tell donors port {port - 1}, not {port}" in said(process))
end_by(process, signal.SIGTERM)
ended(process, 0)

# Without --limit it is that of the full transfers, with which the budget is shared.
(tmp / ".my.cnf").write_text(f"[mgc]\ntransfer_limit=5000\ntransfer_budget={tmp}/shared\n")
process = start("ist-relay", "--listen", f"127.0.0.2:{port}", "--connect", f"127.0.0.1:{port}", env=os.environ | {"HOME": str(tmp)})
wait_until("it listens", lambda: "limit 5000 KB/s" in said(process))
end_by(process, signal.SIGTERM)
ended(process, 0)
