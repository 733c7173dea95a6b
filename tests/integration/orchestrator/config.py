#!/usr/bin/env python3
"""`mgc config` resolves an environment, asks the installed server about it, says all that is wrong at once, and touches nothing."""

import shutil

from node import *

if not (shutil.which("mariadbd") or os.path.exists("/usr/sbin/mariadbd")):
    sys.exit(77)

base = tmp / "base"
nodes = {"base_dir": base, "node1": "127.0.0.11", "node2": "127.0.0.12", "local_addr": "127.0.0.12"}


def with_environment(given):
    return {"env": {"PATH": os.environ["PATH"]} | {key: str(value) for key, value in given.items()}}


def resolved(**more):
    done = run("config", "--json", **with_environment(nodes | more))
    assert done.returncode == 0 and done.stderr == "", done
    return json.loads(done.stdout)


def option(whole, name, group="mysqld"):
    return [o for o in whole["options"] if o["name"] == name and o["group"] == group][-1]


def problems(**more):
    done = run("config", "--check", **with_environment(nodes | more))
    assert done.returncode == 2 and done.stdout == "", done
    return done.stderr


def tree():
    return sorted((path, path.stat().st_mtime_ns) for path in base.rglob("*"))


(base / "conf").mkdir(parents=True)
(base / "data").mkdir()
before = tree()

whole = resolved(my_port=3310, my_init_connect="SET NAMES 'utf8' # = @ &", wsrep_provider_options="pc.weight=2")
assert whole["self"] == 2 and whole["address"] == "127.0.0.12" and whole["ports"]["peer"] == 43310, whole
assert option(whole, "init_connect") == {"group": "mysqld", "name": "init_connect", "value": "SET NAMES 'utf8' # = @ &",
                                         "origin": "environment"}
assert option(whole, "wsrep_provider_options")["value"].startswith("pc.weight=2;gmcast.listen_addr=tcp://127.0.0.12:13310;")

# Names as the server takes them, and options that were removed but are still let through, with the server's own warning.
whole = resolved(**{"my_Max-Connections": 77, "wsrep_osu_method": "RSU", "my_loose_nonsense": 1,
                    "my_innodb_locks_unsafe_for_binlog": 1, "my_skip_slave_start": 1})
assert option(whole, "max_connections")["value"] == "77", whole
assert any("was removed" in line for line in whole["warnings"]), whole["warnings"]

said = problems(my_tmp_talbe_size="512M", my_sql_mode="FOO", my_max_allowed_packet="lots", transfer_limit="fast", my_port=33100)
for line in ("variable my_tmp_talbe_size: the server knows no option tmp_talbe_size; did you mean tmp_table_size?",
             "variable my_sql_mode='FOO': the server says: ", "variable my_max_allowed_packet='lots': the server says: ",
             "transfer_limit='fast': ", "give gmcast_list_port, ist_recv_port, sst_receive_port, peer_port too"):
    assert line in said, (line, said)
assert "no node is given" in run("config", **with_environment({})).stderr

# A secret is in no output, whatever the mistakes.
(tmp / "secret").write_text("hidden-in-a-file\n")
secrets = {"mysql_root_password": "hidden", "cluster_secret_FILE": tmp / "secret", "wsrep_sst_auth": "u:hidden"}
for words in (("config",), ("config", "--json"), ("config", "--check")):
    for more in ({}, {"my_nonsense": 1}):
        done = run(*words, **with_environment(nodes | secrets | more))
        assert done.returncode == (2 if more else 0) and "hidden" not in done.stdout + done.stderr, done
assert "keep one of the two" in problems(mysql_root_password="hidden", mysql_root_password_FILE=tmp / "secret")
assert tree() == before, "something was touched"

# conf/custom.cfg goes before the environment.
(base / "conf" / "custom.cfg").write_text("# ours\nexport my_port=3311\nunset interface\nmy_wait_timeout='100'\n")
whole = resolved(my_port=3310, interface="eth9")
assert whole["ports"]["sql"] == 3311 and option(whole, "wait_timeout")["origin"] == "conf/custom.cfg, line 4", whole
(base / "conf" / "custom.cfg").write_text("my_port=3311; touch /tmp/x\n")
assert f"{base}/conf/custom.cfg, line 1: my_port: ';' needs quotes" in problems()
(base / "conf" / "custom.cfg").unlink()

# lock/global.lock: the files are the operator's.
(base / "lock").mkdir()
(base / "lock" / "global.lock").touch()
assert "server.cnf" in problems()
(base / "conf" / "server.cnf").write_text(f"[mysqld]\ndatadir={base}/data\nsocket={base}/run/s\nport=3307\nwait_timeout=99\n")
whole = resolved(my_wait_timeout=1)
assert option(whole, "wait_timeout")["value"] == "99" and whole["option_file"] == f"{base}/run/operator.cnf", whole
assert any("my_wait_timeout has no effect" in line for line in whole["warnings"]), whole
(base / "conf" / "wsrep.cnf").write_text("[mysqld]\nno_such_option=1\n")
assert "no_such_option" in problems()
(base / "conf" / "wsrep.cnf").write_text("[mysqld]\nport=4444\n")
assert "port=4444, but my_port=3307" in problems()
