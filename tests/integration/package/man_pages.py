#!/usr/bin/env python3
"""Man pages, as mandoc renders them: clean, one for every command, and nothing that --help says is missing in its page.
`man_pages.py [BUILD_DIRECTORY]`"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

build = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "build/release")
pages = build / "package/man1"
# Headings of --help, which are other ones in a page.
HEADINGS = {"usage", "positionals", "options", "examples", "exit", "codes", "environment", "variables", "required"}


def output(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout


def rendered(page):
    return re.sub(".\b", "", output("mandoc", "-T", "ascii", "-O", "width=1000", page))


def words(text):
    bare = (word.strip(".,;:()'\"[]") for word in text.replace("-h,--help", "-h --help").split())
    return Counter(word for word in bare if word and word.lower() not in HEADINGS)


def check_layout(page):
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(page)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stdout, f"{page.name}: {done.stdout}{done.stderr}"
    text = rendered(page)
    headings = re.findall(r"^[A-Z][A-Z ]+$", text, re.MULTILINE)
    assert headings[:1] == ["NAME"] and headings[-1] == "SEE ALSO", f"{page.name} has {headings}"
    for name in re.findall(r"((?:mgc|wsrep)[a-z_-]*)\(1\)", text):
        assert (pages / f"{name}.1.gz").exists(), f"{page.name} refers to {name}(1), which is not there"


def check_command(name):
    page = pages / ("mgc-shaper.1.gz" if name == "shaper" else f"mgc-{name}.1.gz")
    missing = words(output(build / "mgc", name, "--help")) - words(rendered(page))
    assert not missing, f"{page.name} lacks what 'mgc {name} --help' says: {dict(missing)}"


def check_settings():
    """Of group [mgc], and of [sst]: what the program itself names."""
    said = output(build / "wsrep_sst_mgc_rsync", "--help")
    named = re.findall(r"\b(?:transfer_[a-z]+|cluster_secret(?:_file)?|tls_[a-z]+)\b", said)
    named += re.findall(r"[a-z-]+", re.search(r"Of group \[sst\]: ([^.]*), ssl settings", said, re.DOTALL)[1])
    assert len(set(named)) >= 18, f"only {sorted(set(named))}"
    for method in ("mariabackup", "rsync"):
        text = words(rendered(pages / f"wsrep_sst_mgc_{method}.1.gz"))
        assert not set(named) - set(text), f"the page of mgc_{method} lacks {sorted(set(named) - set(text))}"


commands = re.findall(r"^  ([a-z][a-z-]*) ", output(build / "mgc", "--help"), re.MULTILINE)
assert len(commands) >= 8, commands
for command in commands:
    check_command(command)
lacking = words(output(build / "mgc", "--help").split("'mgc COMMAND --help'")[0]) - words(rendered(pages / "mgc.1.gz"))
assert set(lacking) <= {"mgc", "the", "same", "as", "mgc-shaper"}, f"mgc.1 lacks {dict(lacking)}"
check_settings()
for file in sorted(pages.iterdir()):
    check_layout(file)
assert len(list(pages.iterdir())) == len(commands) + 3, "pages of commands that are not there"
