#!/usr/bin/env python3
"""Both READMEs have a table of every variable that `mgc config --help` lists, with the same default, and of no other; and they
name each other. `variables.py [path to mgc]`."""

import re
import subprocess
import sys
from pathlib import Path

top = Path(__file__).resolve().parents[3]
mgc = sys.argv[1] if len(sys.argv) > 1 else top / "build" / "release" / "mgc"


def of_help():
    """Names, and the defaults of those that have one that is a value."""
    text = subprocess.run([mgc, "config", "--help"], capture_output=True, text=True, check=True).stdout
    block = re.search(r"^Environment variables:\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)[1]
    found = {}
    for entry in re.split(r"\n  (?=\S)", "\n" + block)[1:]:
        name, meaning = re.match(r"(node1, node2, \.\.\.|\S+)\s+(.*)", entry, re.DOTALL).groups()
        default = re.search(r"\(default: ([^()]*)\)$", re.sub(r"\s+", " ", meaning).strip())
        found[name.split(",")[0]] = default[1] if default else ""
    return found


def of_readme(file):
    """Names and the column of defaults of the table of variables: its rows are | `name` | default | meaning |."""
    found = {}
    for names, default in re.findall(r"^\| ((?:`[^`|]+`(?:, )?)+)(?:, \.\.\.)? \|([^|\n]*)\|[^|\n]*\|$",
                                     (top / file).read_text(), re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", names):
            assert name not in found, f"{file}: {name} is in the table twice"
            found[name] = default.strip(" `")
    return found


def is_value(default):
    return re.fullmatch(r"[\w%/.-]+", default) and default != "none"


given = of_help()
assert len(given) > 30 and given["my_port"] == "3307", given
for file in ("README.md", "README.zh-CN.md"):
    told = of_readme(file)
    missing, unknown = given.keys() - told.keys() - {"node1"}, told.keys() - given.keys() - {"node1", "node2"}
    assert not missing, f"{file}: the table lacks {sorted(missing)}"
    assert not unknown, f"{file}: mgc config --help knows nothing of {sorted(unknown)}"
    assert "node1" in told, f"{file}: the table lacks node1"
    for name, default in given.items():
        assert not is_value(default) or told[name] == default, f"{file}: {name} is by default {default}, not '{told[name]}'"
    other = "README.zh-CN.md" if file == "README.md" else "README.md"
    assert f"]({other})" in (top / file).read_text()[:1000], f"{file}: no link to {other} at its top"
print(f"{len(given)} variables")
