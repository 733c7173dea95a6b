"""rsync --bwlimit: a sender and a receiver of its own, so it does not fit between our source and sink. A splice relay
in between counts what the sender sends, at its arrival:

    rsync FILE --TCP--> counting splice relay --TCP--> rsync daemon

Only the sender's CPU time counts, from its very start: it has no moment at which it waits for us.
"""

import os

from measure import arrivals, programs
from measure.contenders import local
from measure.lab import Failure
from measure.network import free_port
from measure.passage import Carried

TALK = 64 * 1024  # bytes at either end that are protocol rather than payload


class Sender:
    name = "rsync --bwlimit"
    programs = ("rsync",)

    def __init__(self, kilobytes_per_second):
        self.limit = kilobytes_per_second

    def carry(self, lab, size, timeout):
        rsync = programs.find("rsync")
        directory = lab.path("rsync")
        directory.mkdir()
        config = lab.write("rsyncd.conf", f"""
            use chroot = no
            uid = {os.geteuid()}
            gid = {os.getegid()}
            [sink]
            path = {directory}
            read only = no
            """)
        target, entry = free_port(), free_port()
        daemon = lab.start([rsync, "--daemon", "--no-detach", "--config", config, "--address", "127.0.0.1",
                            "--port", target, "--log-file", lab.path("rsync.log")])
        lab.wait_listening(target, daemon)
        seen = lab.path("arrivals")
        counter = lab.start([lab.peer, "splice-relay", "--listen", local(entry), "--connect", local(target),
                             "--arrivals", seen])
        lab.wait_listening(entry, counter)

        file = lab.path("payload")
        with open(file, "wb") as payload:
            payload.truncate(size)
        sender = lab.start([rsync, f"--bwlimit={self.limit}", "--whole-file", "--inplace", file,
                            f"rsync://{local(entry)}/sink/"])
        if sender.wait(timeout) != 0 or counter.wait(5) != 0:
            raise Failure(f"rsync failed: {sender.describe()}; {counter.describe()}")
        flow = arrivals.payload(arrivals.load(seen)[0], TALK)
        carried = Carried([flow], sender.cpu())
        lab.stop_all()
        return carried
