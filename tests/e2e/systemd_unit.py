"""What systemd would make of a unit, for tests that run where it does not."""

import re
import shlex
from pathlib import Path


class unit:
    """A service of the system below `root`; `instance` is what %i stands for."""

    def __init__(self, root, name, instance=""):
        self.root, self.settings = Path(root), {}
        self.name = name.removesuffix(".service") + instance
        for line in (self.root / "usr/lib/systemd/system" / name).read_text(encoding="utf-8").splitlines():
            if match := re.fullmatch(r"([A-Za-z]+)=(.*)", line):
                self.settings.setdefault(match[1], []).append(match[2].replace("%i", instance))

    def __getitem__(self, name):
        return self.settings[name][-1]

    def get(self, name):
        """The last of that name, or None."""
        return self.settings.get(name, [None])[-1]

    def environment(self):
        """Of Environment= and EnvironmentFile=. A file with a dash before it may be missing."""
        found = {}
        for assignment in self.settings.get("Environment", []):
            found |= dict(word.split("=", 1) for word in shlex.split(assignment))
        for file in self.settings.get("EnvironmentFile", []):
            path = self.root / file.removeprefix("-").lstrip("/")
            if path.exists() or not file.startswith("-"):
                for line in path.read_text(encoding="utf-8").splitlines():
                    if line.strip() and line[0] not in "#;":
                        name, value = line.split("=", 1)
                        found[name] = " ".join(shlex.split(value))
        return found

    def command(self):
        """The words of ExecStart=: ${NAME} is one, whatever is in it; $NAME is as many as it has."""
        given, words = self.environment(), []
        for word in self["ExecStart"].split():
            if match := re.fullmatch(r"\$(\w+)", word):
                words += given.get(match[1], "").split()
            else:
                words.append(re.sub(r"\$\{(\w+)\}", lambda match: given.get(match[1], ""), word))
        return words
