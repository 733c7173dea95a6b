#!/usr/bin/env python3
"""`mgc deploy` with engines that are none: what they say is checked, whatever it is. Each is a small HTTP server at a unix
socket, with answers of a test's own. Real engines are for tests/e2e/deploy_three_hosts.py."""

import http.server
import json
import os
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

mgc = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "build" / "release" / "mgc").resolve()
tmp = Path(tempfile.mkdtemp(prefix="mgc-deploy-"))
VERSION = {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}
NONE = (404, {"message": "there is none"})
PULLED = b'{"status":"Pulling from mgc","id":"10.11"}\r\n{"status":"Download complete","id":"a"}\r\n'


class engine:
    """Answers by (method, beginning of the path behind the version); a status and an object or bytes, or a function that
    has the connection to itself. `asked` is all that it was asked for."""

    def __init__(self, name, answers):
        self.answers = {("GET", "/version"): (200, VERSION), ("GET", "/images/"): NONE, ("GET", "/containers/"): NONE,
                        ("POST", "/images/create"): (200, PULLED), ("POST", "/containers/create"): (201, {"Id": "1"}),
                        ("POST", "/containers/"): (204, b"")} | answers
        self.asked, self.bodies, self.path = [], [], tmp / f"{name}.sock"
        outer = self

        class handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                outer.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                outer.asked.append((self.command, self.path, dict(self.headers)))
                path = self.path if not self.path.startswith("/v1.") else "/" + self.path.split("/", 2)[2]
                found = next(answer for (method, begin), answer in sorted(outer.answers.items(), key=lambda one: -len(one[0][1]))
                             if method == self.command and path.startswith(begin))
                if callable(found):
                    found(self)
                    return
                status, body = found
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def address_string(self):
                return "mgc"

            def log_message(self, *_):
                pass

        class server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # mgc may go whenever it likes

        self.server = server(str(self.path), handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.path.unlink()

    def changes(self):
        return [path for method, path, _ in self.asked if method == "POST"]


def config(*engines, more=""):
    file = tmp / "demo.cfg"
    lines = [f"node{number}=127.0.0.{number + 20}\ndocker{number}=unix://{one.path}" for number, one in enumerate(engines, 1)]
    file.write_text("[global]\ncluster_name=demo\nmy_port=3310\n" + "\n".join(lines) + "\n" + more)
    return file


def deploy(answers, code, *texts, words=("--timeout=0",), more=""):
    """With one engine, or with several where `answers` is a list; gives them back, ended."""
    engines = [engine(f"engine{number}", one) for number, one in enumerate(answers if isinstance(answers, list) else [answers])]
    try:
        done = subprocess.run([mgc, "deploy", config(*engines, more=more), *words], capture_output=True, check=False, timeout=120,
                              stdin=subprocess.DEVNULL)
    finally:
        for one in engines:
            one.end()
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == code, f"exit code {done.returncode} instead of {code}: {said}"
    for text in texts:
        assert text in said, f"no '{text}' in: {said}"
    assert all(letter.isprintable() or letter == "\n" for letter in said), f"control characters: {said!r}"
    return engines if isinstance(answers, list) else engines[0]


def without_length(body, chunked=False, cut=False):
    """An answer that ends with its connection; `cut`: in the middle of it."""
    def answer(handler):
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        if chunked or cut:
            handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        if chunked or cut:
            for byte in range(0, len(body), 7):
                piece = body[byte:byte + 7]
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                handler.wfile.flush()
            handler.wfile.write(b"" if cut else b"0\r\n\r\n")
        else:
            handler.wfile.write(body)
        handler.close_connection = True
    return answer


def does_all_of_it():
    done = deploy({}, 0, "pull mgc:10.11: done", "create demo-3310: done", "start demo-3310: done")
    assert done.changes() == ["/v1.41/images/create?fromImage=mgc&tag=10.11", "/v1.41/containers/create?name=demo-3310",
                              "/v1.41/containers/demo-3310/start"], done.changes()
    made = json.loads(next(body for body in done.bodies if body))
    assert "node1=127.0.0.21" in made["Env"] and made["HostConfig"]["RestartPolicy"] == {"Name": "unless-stopped"}, made
    deploy({("POST", "/images/create"): without_length(PULLED)}, 0)
    deploy({("POST", "/images/create"): without_length(PULLED, chunked=True)}, 0)
    deploy({("POST", "/containers/create"): (201, {"Id": "1", "Warnings": ["no swap\x1b[2J"]})}, 0, "warning: no swap\\x1b[2J")


def talks_in_a_version_that_the_engine_knows():
    for newest, oldest, wanted in (("1.52", "1.44", "1.44"), ("1.30", "1.12", "1.30"), ("1.60", "1.51", "1.51")):
        done = deploy({("GET", "/version"): (200, VERSION | {"ApiVersion": newest, "MinAPIVersion": oldest})}, 0)
        assert all(path.startswith(f"/v{wanted}/") for path in done.changes()), done.changes()
    done = deploy({("GET", "/version"): (200, VERSION | {"ApiVersion": "1.24"})}, 1, "too old", "nothing was changed")
    assert done.changes() == []


def an_error_in_a_good_stream_is_an_error():
    refused = b'{"status":"Pulling"}\r\n{"errorDetail":{"message":"toomanyrequests"},"error":"toomanyrequests: slow\x07 down"}\r\n'
    for answer, text in (((200, refused.replace(b"\x07", b"\\u0007")), "toomanyrequests: slow\\x07 down"),
                         ((200, refused), "not JSON"),
                         ((200, b'{"status":'), "stopped in the middle"),
                         ((404, {"message": "pull access denied"}), "pull access denied"),
                         (without_length(PULLED, cut=True), "closed the connection"),
                         ((200, b'{"status":"' + b"x" * 300000 + b'"}'), "too much at once"),
                         (without_length(b"[" * 100000, chunked=True), "not JSON")):
        done = deploy({("POST", "/images/create"): answer}, 1, "pull mgc:10.11: ", text, "goes on from here")
        assert len(done.changes()) == 1, done.changes()


def an_error_ends_a_stream_that_does_not():
    def endless(handler):
        without_length(b'{"error":"no more"}\r\n')(handler)
        while True:
            handler.wfile.write(b'{"status":"x"}\r\n' * 1000)

    deploy({("POST", "/images/create"): endless}, 1, "no more")


def what_is_no_engine_is_said():
    for answer in ((200, b"<html>"), (200, b""), (200, []), (200, {"Version": "1"}), (500, {"message": "broken"}),
                   (200, b"[" * 200000), (200, b" " * 5000000), (200, VERSION | {"ApiVersion": "9" * 30 + ".1"}),
                   without_length(b'{"Version":"1"', cut=True), lambda handler: handler.wfile.write(b"\0" * 20000)):
        done = deploy({("GET", "/version"): answer}, 1, "node1 (127.0.0.21): unix://", "nothing was changed")
        assert done.changes() == []
    for body in (b"null", b"{}", json.dumps({"Id": 7}).encode()):
        assert deploy({("GET", "/images/"): (200, body)}, 1, "cannot be understood").changes() == []
        assert deploy({("GET", "/containers/"): (200, body)}, 1, "cannot be understood").changes() == []


def one_that_fails_keeps_all_others_from_being_changed():
    good, bad = deploy([{}, {("GET", "/version"): (500, {"message": "broken"})}], 1, "node2", "broken", "nothing was changed")
    assert good.changes() == [] and bad.changes() == []
    good, bad = deploy([{}, {("POST", "/containers/create"): (409, {"message": "Conflict"})}], 1, "node2: not done", "Conflict")
    assert len(good.changes()) == 3 and len(bad.changes()) == 2


def a_container_that_is_there_is_compared():
    there = {"Image": "sha256:a", "RestartCount": 0, "State": {"Status": "running", "ExitCode": 0, "OOMKilled": False, "Error": ""},
             "Config": {"Image": "mgc:10.11", "Env": ["cluster_name=demo", "my_port=3310", "node1=127.0.0.21"], "StopTimeout": 600},
             "HostConfig": {"Memory": 0, "NetworkMode": "host", "Privileged": False, "RestartPolicy": {"Name": "unless-stopped"}},
             "Mounts": [{"Source": "/data/mariadb-galera/demo-3310", "Destination": "/data/mariadb-galera", "RW": True},
                        {"Source": "/etc/localtime", "Destination": "/etc/localtime", "RW": False}]}
    same = {("GET", "/containers/"): (200, there), ("GET", "/images/"): (200, {"Id": "sha256:a"})}
    assert deploy(same, 0, "nothing to do").changes() == []
    assert deploy(same, 1, "memory is not limited there, 1024 MB here", "docker rm demo-3310", more="memory=1G\n").changes() == []
    there["State"]["Status"] = "exited"
    assert deploy(same, 0).changes() == ["/v1.41/containers/demo-3310/start"]


def an_engine_that_hangs_after_its_work_is_not_waited_for():
    go = threading.Event()

    def hangs_when_it_has_started_one(handler):
        if any(path.endswith("/start") for path in one.changes()):
            go.wait(120)
        else:
            handler.send_response(404)
            handler.send_header("Content-Length", "2")
            handler.end_headers()
            handler.wfile.write(b"{}")

    one = engine("engine", {("GET", "/containers/"): hangs_when_it_has_started_one})
    try:
        done = subprocess.run([mgc, "deploy", config(one), "--timeout=1"], capture_output=True, text=True, check=False, timeout=120)
    finally:
        go.set()
        one.end()
    assert done.returncode == 1 and "the cluster is not complete after 1 s; the containers go on" in done.stderr, done
    assert "it took the request and did not answer in time" in done.stderr, done.stderr


def a_login_goes_to_the_engine():
    (tmp / "login").write_text('{"username":"u","password":"hush"}')
    done = deploy({}, 0, more=f"docker_auth_file={tmp}/login\n")
    sent = next(headers for _, path, headers in done.asked if "/images/create" in path)
    assert sent["X-Registry-Auth"].startswith("eyJ"), sent
    deploy({}, 2, "docker_auth_file", more=f"docker_auth_file={tmp}/none\n")


def a_wrong_file_is_all_told_before_anybody_is_asked():
    done = deploy({}, 2, "line 6: memmory", "did you mean memory?", "line 7: pull='x'", more="memmory=1\npull=x\n")
    assert done.asked == []
    done = deploy({}, 2, "docker_tls_ca='/none'", more="docker_tls_ca=/none\n")
    assert done.asked == []


def the_sample_is_a_good_one():
    """image/deploy.cfg, but for where its hosts are."""
    sample = (Path(__file__).resolve().parents[3] / "image" / "deploy.cfg").read_text(encoding="utf-8")
    one = engine("engine", {})
    file = tmp / "deploy.cfg"
    try:
        file.write_text(sample + "".join(f"docker{number}=unix://{one.path}\n" for number in (1, 2, 3)), encoding="utf-8")
        done = subprocess.run([mgc, "deploy", file, "--dry-run"], capture_output=True, text=True, check=False, timeout=120)
    finally:
        one.end()
    assert done.returncode == 0 and done.stdout.count("would pull mgc:10.11, create demo-3310") == 3, done


def a_signal_in_the_middle_tells_how_far_it_is():
    reached, go = threading.Event(), threading.Event()

    def hangs(_):
        reached.set()
        go.wait(60)

    one = engine("engine", {("POST", "/containers/create"): hangs})
    running = subprocess.Popen([mgc, "deploy", config(one)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert reached.wait(60)
        running.send_signal(signal.SIGINT)
        said = b"".join(running.communicate(timeout=60)).decode()
    finally:
        running.kill()
        go.set()
        one.end()
    assert running.returncode == 130, said
    for text in ("pull mgc:10.11: done", "create demo-3310: under way, not known to be done", "goes on from here"):
        assert text in said, said


try:
    for test in (does_all_of_it, talks_in_a_version_that_the_engine_knows, an_error_in_a_good_stream_is_an_error,
                 an_error_ends_a_stream_that_does_not,
                 what_is_no_engine_is_said, one_that_fails_keeps_all_others_from_being_changed, a_container_that_is_there_is_compared,
                 an_engine_that_hangs_after_its_work_is_not_waited_for, a_login_goes_to_the_engine, a_wrong_file_is_all_told_before_anybody_is_asked,
                 the_sample_is_a_good_one, a_signal_in_the_middle_tells_how_far_it_is):
        began = time.monotonic()
        test()
        print(f"{test.__name__}: ok, {time.monotonic() - began:.1f} s", flush=True)
finally:
    for file in tmp.iterdir():
        file.unlink()
    os.rmdir(tmp)
