"""A node joins with an empty datadir and takes everything from the donor, while clients read from the donor over
the same link.

wall: the joiner's start until it is a full member; transfer: 2 % to 98 % of the bytes; wire: bytes that the
joiner received for the transfer. tps and p99: sysbench oltp_read_only, 4 threads, during the transfer. stall:
the longest that an insert on the donor took. 1 s: the fullest and the emptiest second of the wire, against the
limit, until the backup takes its locks. CPU: of mgc on donor and joiner. Rows without readers have none on the
donor; `small` is before any data is loaded, `large` without the slow link.
"""

from measure.markdown import table as markdown

TITLE = "State transfers"
MB = 1 << 20
HEADERS = ["", "wall s", "transfer s", "wire MB", "tps", "p99 ms", "x idle", "stall ms", "1 s highest", "lowest",
           "CPU s/GB donor", "joiner"]


def rows(data):
    return {row["name"]: row for row in data["rows"]}


def against_idle(data, row):
    idle = rows(data).get("idle")
    return row["p99"] / idle["p99"] if idle and row.get("p99") else None


def table(data):
    def number(value, decimals):
        return None if value is None else f"{value:.{decimals}f}"

    def line(row):
        even, cpu = row.get("even") or {}, row.get("cpu per GB") or {}
        wire = row.get("wire bytes")
        return [row["title"], number(row.get("wall"), 1), number(row.get("transfer"), 1),
                number(wire and wire / MB, 0), number(row.get("tps"), 0), number(row.get("p99"), 1),
                number(against_idle(data, row), 2), number(row["stall"], 0), number(even.get("highest 1 s"), 3),
                number(even.get("lowest 1 s"), 3), number(cpu.get("donor"), 2), number(cpu.get("joiner"), 2)]

    return markdown(HEADERS, [line(row) for row in data["rows"]])
