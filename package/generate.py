#!/usr/bin/env python3
"""Makes man pages and shell completion of a built mgc: generate.py MGC FOLDER VERSION.

FOLDER gets man1/ (compressed), and bash/, zsh/ and fish/ with what these shells load. What was there is replaced.
"""

import email.utils
import gzip
import re
import shutil
import sys
from pathlib import Path

import completion
import help_text
import man_pages

sources = Path(__file__).resolve().parent


def write_page(file, text):
    with open(f"{file}.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.encode())


def released():
    """The day of the newest entry of the change log, so that the same source makes the same pages."""
    entry = re.search(r"^ -- .*>  (.*)$", (sources / "debian/changelog").read_text(encoding="utf-8"), re.MULTILINE)
    return email.utils.parsedate_to_datetime(entry[1]).date().isoformat()


def main():
    mgc, folder, version = sys.argv[1:]
    date = released()
    helps = help_text.read_all(mgc)
    sst = ["wsrep_sst_mgc_mariabackup", "wsrep_sst_mgc_rsync"]  # one page of two names
    pages = ["mgc", *(one.page for one in helps), *sst]
    folder = Path(folder)
    for name in ("man1", "bash", "zsh", "fish"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    write_page(folder / "man1/mgc.1", man_pages.main_page(helps, pages, sources / "man", version, date))
    for one in helps:
        write_page(folder / f"man1/{one.page}.1", man_pages.command_page(one, pages, sources / "man", version, date))
    text = (sources / f"man/{sst[0]}.1").read_text(encoding="utf-8")
    write_page(folder / f"man1/{sst[0]}.1", text.replace("@VERSION@", version).replace("@DATE@", date))
    (folder / f"man1/{sst[1]}.1.gz").symlink_to(f"{sst[0]}.1.gz")
    for shell, files in completion.scripts(helps).items():
        for name, text in files.items():
            (folder / shell / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except help_text.not_understood as problem:
        sys.exit(f"package/help_text.py does not understand: {problem}")
