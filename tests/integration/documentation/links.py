#!/usr/bin/env python3
"""Every relative link and picture in the documents of the tree leads to something that is there, and every link into a
document to one of its headings. `links.py [path to mgc]`, which it does not need."""

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

top = Path(__file__).resolve().parents[3]


def prose(file):
    """Without code, in which brackets are no links."""
    text = re.sub(r"^(```|~~~).*?^\1", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(file):
    """As GitHub makes them of headings: letters, digits and hyphens in lower case; the second of a name has a number."""
    text = re.sub(r"^(```|~~~).*?^\1", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    found, seen = set(re.findall(r'<a (?:id|name)="([^"]+)"', text)), {}
    for heading in re.findall(r"^#+ +(.*?) *#*$", text, re.MULTILINE):
        kept = "".join(c for c in heading.lower() if c in " -_" or unicodedata.category(c)[0] in "LNM")
        anchor = kept.replace(" ", "-")
        seen[anchor] = seen.get(anchor, 0) + 1
        found.add(anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor] - 1}")
    return found


documents = [file for file in top.rglob("*.md") if not {"build", ".git"} & set(file.relative_to(top).parts)]
assert len(documents) > 5, documents
broken, checked = [], 0
for file in documents:
    for target in re.findall(r"\]\(<?([^)\s>]+)>?(?: +\"[^\"]*\")?\)|^\[[^\]]+\]: +(\S+)", prose(file), re.MULTILINE):
        target = unquote(target[0] or target[1])
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        checked += 1
        path, _, anchor = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        if not there.exists() or not there.is_relative_to(top):
            broken.append(f"{file.relative_to(top)}: {target}: there is no such file")
        elif anchor and there.suffix == ".md" and anchor not in anchors(there):
            broken.append(f"{file.relative_to(top)}: {target}: there is no such heading")
assert not broken, "\n".join(broken)
assert checked > 8, f"only {checked} links were found"
print(f"{checked} links in {len(documents)} documents")
