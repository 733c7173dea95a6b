"""What `mgc status --json` of some nodes says, again and again, while other things go on."""

import json
import subprocess
import threading
import time


class Watch:
    """Threads from `with` to its end. `latest[number]` is a node's last answer and the moment that it came, or None."""

    def __init__(self, nodes, *numbers):
        self._ending = threading.Event()
        self.latest = {number: None for number in numbers}
        self._threads = [threading.Thread(target=self._look, args=(nodes, number), daemon=True) for number in numbers]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        for thread in self._threads:
            thread.join(5)

    def status(self, number):
        """Its last answer; empty while there is none."""
        return self.latest[number][0] if self.latest[number] else {}

    def nodes(self, number):
        """What this node knows of each, itself too: by number. Who was not heard for 3 seconds is left out."""
        status = self.status(number)
        found = {number: status["node"]} if status.get("node") else {}
        for peer in status.get("peers") or []:
            if peer["heard"] and not peer["problem"]:
                found[peer["node"]] = peer
        return found

    def _look(self, nodes, number):
        while not self._ending.wait(0.1):
            try:
                done = subprocess.run(nodes.status_command(number), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, timeout=10, check=False, start_new_session=True)
                self.latest[number] = (json.loads(done.stdout), time.monotonic())
            except (OSError, ValueError, subprocess.TimeoutExpired):
                self.latest[number] = None
                self._ending.wait(0.3)
