"""Man pages from what `--help` says, so that the two cannot disagree, with the hand-written sections of man/ added."""

import re


def escaped(text):
    """For troff: what it would take for its own, or print as a typographer's character, stays what it is."""
    for character, name in (("\\", r"\e"), ("'", r"\(aq"), ("`", r"\(ga"), ("^", r"\(ha"), ("~", r"\(ti"), ("-", r"\-")):
        text = text.replace(character, name)
    return "\n".join(r"\&" + line if line.startswith(".") else line for line in text.split("\n"))


def wrapped(text):
    """A sentence a line, as troff wants them."""
    return escaped(re.sub(r"(?<=[a-z0-9)'/][.?!]) (?=[A-Z'-])", "\n", text))


def _blocks(blocks):
    out = []
    for one in blocks:
        if one.kind == "paragraph":
            out += [".PP", wrapped(one.text)]
        elif one.kind == "lines":
            out += [".PP", ".RS 4", ".EX", escaped(one.text), ".EE", ".RE"]
        else:
            for term, text in one.terms:
                out += [".TP", rf"\fB{escaped(term)}\fP", wrapped(text)]
    return out


def _entries(entries):
    out = []
    for one in entries:
        names = ", ".join(rf"\fB{escaped(name)}\fP" if name.startswith("-") else rf"\fI{name}\fP" for name in one.names)
        out += [".TP", names + (rf" \fI{escaped(one.value)}\fP" if one.value else ""), wrapped(one.text)]
    return out


def _section(title, lines):
    while lines and lines[0] == ".PP":  # a section begins a paragraph itself
        lines = lines[1:]
    return [f".SH {title}", *lines] if lines else []


def _synopsis(usage):
    out = []
    for line in usage:
        words = [rf"\fI{word}\fP" if word.strip("[]").isupper() else rf"\fB{escaped(word)}\fP" for word in line.split()]
        out += [" ".join(words), ".br"]
    return out[:-1]


def _begin(page, summary, version, date):
    title = f'.TH {page.upper()} 1 {date} "mgc {version}" "MGC"'
    return [r'.\" Made from --help of the program.', title, *_section("NAME", [rf"{escaped(page)} \- {escaped(summary)}"])]


def _see_also(pages, page):
    names = [name for name in pages if name != page]
    return _section("SEE ALSO", [f".BR {escaped(name)} (1){',' if name != names[-1] else ''}" for name in names])


def _hand_written(folder, page):
    file = folder / f"{page}.sections"
    return [file.read_text(encoding="utf-8").rstrip("\n")] if file.exists() else []


def command_page(help_of, pages, folder, version, date):
    """The page of one command."""
    sections = dict(help_of.sections)
    examples = sections.pop("Examples", [])
    lines = _begin(help_of.page, help_of.summary, version, date)
    lines += _section("SYNOPSIS", _synopsis(help_of.usage))
    lines += _section("DESCRIPTION", _blocks(help_of.description))
    lines += _section("ARGUMENTS", _entries(help_of.positionals))
    lines += _section("OPTIONS", _entries(help_of.options))
    for title, blocks in sections.items():
        lines += _section("ENVIRONMENT" if title == "Environment variables" else title.upper(), _blocks(blocks))
    codes = [line for code, text in help_of.exit_codes for line in (".TP", rf"\fB{code}\fP", wrapped(text))]
    lines += _section("EXIT STATUS", codes)
    lines += _hand_written(folder, help_of.page)
    lines += _section("EXAMPLES", _blocks(examples))
    return "\n".join(lines + _see_also(pages, help_of.page)) + "\n"


def main_page(helps, pages, folder, version, date):
    """The page of mgc itself: its commands, and what is in man/mgc.sections."""
    lines = _begin("mgc", "a MariaDB Galera cluster that forms itself, and state transfers that hurt nobody", version, date)
    lines += _section("SYNOPSIS", [r"\fBmgc\fP \fICOMMAND OPTIONS\fP", ".br", r"\fBmgc \-\-version\fP"])
    listed = []
    for one in helps:
        listed += [".TP", rf"\fBmgc {escaped(one.name)}\fP", wrapped(one.summary) + "; see", f".BR {escaped(one.page)} (1)."]
    description, files = (folder / "mgc.sections").read_text(encoding="utf-8").split(".SH FILES")
    lines += [description.rstrip("\n"), *_section("COMMANDS", listed), ".SH FILES" + files.rstrip("\n")]
    return "\n".join(lines + _see_also(pages, "mgc")) + "\n"
