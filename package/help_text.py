"""What `--help` of mgc and of its commands says, taken apart: the source of man pages and completion."""

import re
import subprocess
from dataclasses import dataclass, field


class not_understood(Exception):
    """A --help is written in a way that this does not know; the message says where."""


@dataclass
class entry:
    """A line of a list: `--limit RATE   The rate ...` has names ["--limit"], value "RATE" and a text."""

    names: list
    value: str
    text: str


@dataclass
class block:
    """What stands between blank lines: a paragraph, an indented list of terms (entries) or lines as they are."""

    kind: str  # paragraph, terms, lines
    text: str = ""
    terms: list = field(default_factory=list)  # (term, text)


@dataclass
class command_help:
    name: str  # "run"; of the program with no command before it, "shaper"
    program: str  # "mgc run", "mgc-shaper"
    summary: str
    usage: list = field(default_factory=list)
    description: list = field(default_factory=list)  # blocks
    positionals: list = field(default_factory=list)  # entries
    options: list = field(default_factory=list)  # entries
    sections: dict = field(default_factory=dict)  # "Examples" and the like: blocks
    exit_codes: list = field(default_factory=list)  # (code, text)

    @property
    def page(self):
        """The name of its man page."""
        return self.program.replace(" ", "-")


def ask(*command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    return done.stdout


def commands(mgc):
    """(name, summary) of each command, in the order of `mgc --help`."""
    listed = re.findall(r"^  ([a-z][a-z-]*) +(\S.*)$", ask(mgc, "--help"), re.MULTILINE)
    if not listed:
        raise not_understood("mgc --help lists no commands")
    return listed


def read_all(mgc):
    return [read(mgc, name, summary) for name, summary in commands(mgc)]


def read(mgc, name, summary):
    """`shaper` is a program of its own as well, and described as that."""
    program = "mgc-shaper" if name == "shaper" else f"mgc {name}"
    summary = re.sub(r" \(the same as [a-z-]+\)$", "", summary)
    parsed = command_help(name, program, summary)
    section = None
    for lines in _groups(ask(mgc, name, "--help")):
        if usage := [line for line in lines if line.startswith("Usage: ")]:
            parsed.usage = [line.removeprefix("Usage: ").strip() for line in usage]
            if before := lines[:lines.index(usage[0])]:
                parsed.description.append(_block(before))
        elif lines[0] == "Positionals:":
            parsed.positionals = _entries(lines[1:], parsed.program)
        elif lines[0] == "Options:":
            parsed.options = _entries(lines[1:], parsed.program)
        elif lines[0].startswith("Exit codes: "):
            parsed.exit_codes = _exit_codes(" ".join(lines).removeprefix("Exit codes: "))
        elif re.fullmatch(r"[A-Z][a-z ]+:", lines[0]):
            section = parsed.sections.setdefault(lines[0].removesuffix(":"), [])
            section.append(_block(lines[1:], as_is=lines[0] == "Examples:"))
        else:
            (parsed.description if section is None else section).append(_block(lines))
    if not parsed.usage or not parsed.options or not parsed.exit_codes:
        raise not_understood(f"{program} --help has no usage, no options or no exit codes")
    return parsed


def _groups(text):
    return [group.split("\n") for group in re.split(r"\n(?: *\n)+", text.strip("\n"))]


def _entries(lines, program):
    found = []
    for line in lines:
        if match := re.fullmatch(r"  (\S+)((?: [^ ]+)*)  +(\S.*)", line):
            names, value, text = match.groups()
            found.append(entry(names.split(","), value.replace("REQUIRED", "").strip(), text))
        elif match := re.fullmatch(r" {10,}(\S.*)", line):
            found[-1].text += " " + match[1]
        elif match := re.fullmatch(r"  (\S+)((?: [^ ]+)*)", line):  # its text is on the next line
            found.append(entry(match[1].split(","), match[2].replace("REQUIRED", "").strip(), ""))
        else:
            raise not_understood(f"{program} --help: '{line}'")
    for one in found:
        one.text = one.text.strip()
    return found


def _exit_codes(text):
    codes = []
    for part in re.split(r"; (?=\d|else )", text.rstrip(".")):
        code, meaning = re.fullmatch(r"(\d+ \+ N|\d+|else) (.*)", part).groups()
        codes.append((code, meaning))
    return codes


def _block(lines, as_is=False):
    if not lines[0].startswith("  "):
        return block("paragraph", " ".join(line.strip() for line in lines))
    terms = []
    for line in lines if not as_is else ():
        if match := re.fullmatch(r"  (\S(?:.*?\S)?)  +(\S.*)", line):
            terms.append([match[1], match[2]])
        elif terms and (match := re.fullmatch(r" {6,}(\S.*)", line)):
            terms[-1][1] += " " + match[1]
        else:
            break
    else:
        if terms:
            return block("terms", terms=[tuple(term) for term in terms])
    return block("lines", "\n".join(line.removeprefix("  ") for line in lines))
