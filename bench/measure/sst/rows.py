"""What is compared. A row is one join of an empty node, or none at all (idle)."""

from dataclasses import dataclass, field

IDLE, SMALL, LINK, LARGE = "idle", "small", "link", "large"  # on which donor, through which link: see README.md


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    method: str
    stage: str = LINK
    limit: int = None  # KB/s
    sst: dict = field(default_factory=dict)  # settings of the group [sst], for stock scripts
    mgc: dict = field(default_factory=dict)  # settings of the group [mgc]

    @property
    def ours(self):
        return self.method.startswith("mgc_")

    @property
    def readers(self):
        return self.stage in (IDLE, LINK)


def limited(kilobytes, **settings):
    return {"limit": kilobytes, "mgc": {"transfer_limit": kilobytes, **settings}}


ROWS = [
    Row("small-stock", "stock mariabackup, no data", "mariabackup", SMALL),
    Row("small-mgc", "mgc_mariabackup, no data", "mgc_mariabackup", SMALL),
    Row("idle", "no transfer", "rsync", IDLE),
    Row("rsync", "stock rsync", "rsync"),
    Row("mariabackup", "stock mariabackup", "mariabackup"),
    Row("mariabackup-6000", "stock mariabackup, rlimit=6000k", "mariabackup", limit=6000, sst={"rlimit": "6000k"}),
    Row("mgc-mariabackup", "mgc_mariabackup", "mgc_mariabackup"),
    Row("mgc-mariabackup-16000", "mgc_mariabackup, 16000", "mgc_mariabackup", **limited(16000)),
    Row("mgc-mariabackup-6000", "mgc_mariabackup, 6000", "mgc_mariabackup", **limited(6000)),
    Row("mgc-mariabackup-6000-off", "mgc_mariabackup, 6000, zstd off", "mgc_mariabackup",
        **limited(6000, transfer_compress="off")),
    Row("mgc-rsync", "mgc_rsync", "mgc_rsync"),
    Row("mgc-rsync-6000", "mgc_rsync, 6000", "mgc_rsync", **limited(6000)),
    Row("large-rsync", "stock rsync, large", "rsync", LARGE),
    Row("large-mgc-rsync", "mgc_rsync, large", "mgc_rsync", LARGE),
    Row("large-mariabackup", "stock mariabackup, large", "mariabackup", LARGE),
    Row("large-mgc-mariabackup", "mgc_mariabackup, large", "mgc_mariabackup", LARGE),
]
NAMES = [row.name for row in ROWS]
