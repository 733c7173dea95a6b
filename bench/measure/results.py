"""The record of a run: what was measured, on which machine, with which versions. One JSON file (everything) and one
Markdown file (the table) for each part: DATE-PART.json and .md."""

import json
import os
import platform
import time
from pathlib import Path

from measure import network, programs


def computer():
    """To be asked before measuring, for the load."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {"CPU": models[0] if models else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release().split("-")[0], "load before": f"{os.getloadavg()[0]:.1f}"}


def machine(lab):
    return {**computer(), **network.describe(),
            "sink": "real-time priority where limits are measured" if lab.realtime else "ordinary priority"}


def record(part, module, machine_before, data, lab, skipped):
    rivals = module.PROGRAMS - set(skipped) - {"mgc-shaper"}
    versions = programs.versions(rivals)
    if "mgc-shaper" in module.PROGRAMS and "mgc-shaper" not in skipped:
        versions["mgc-shaper"] = programs.version([lab.shaper, "--version"])
    return {"part": part, "date": time.strftime("%Y-%m-%d"), "machine": machine_before, "versions": versions, **data}


def markdown(module, data):
    machine_line = ", ".join(f"{key}: {value}" for key, value in data["machine"].items())
    version_line = ", ".join(f"{name} {version}" for name, version in sorted(data["versions"].items()))
    return f"# {module.TITLE}\n\n{module.__doc__.strip()}\n\n{module.table(data)}\n\n" \
           f"{data['date']}. {machine_line}. Versions: {version_line or '-'}.\n"


def save(directory, module, data):
    directory.mkdir(parents=True, exist_ok=True)
    stem = directory / f"{data['date']}-{data['part']}"
    stem.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
    stem.with_suffix(".md").write_text(markdown(module, data))


def newest(directory, part):
    """The last record of a part, or None."""
    files = sorted(Path(directory).glob(f"????-??-??-{part}.json"))
    return json.loads(files[-1].read_text()) if files else None
