"""What the two methods have in common when all goes well."""

from cluster import *

SECRET = "a secret, with = # and \\ in it"


def join(joiner, donor, **mgc):
    """A full SST with these settings of [mgc] on both sides: the same rows on both, and nothing else left."""
    cluster = donor.cluster
    cluster.set_mgc(**mgc)
    began = time.monotonic()
    joiner.start().wait_synced()
    took = time.monotonic() - began
    assert joiner.checksums() == donor.checksums()
    assert "SST received" in joiner.log() and "State transfer to" in donor.log()
    cluster.no_leftovers()
    print(f"{cluster.method} {mgc or ''}: {took:.1f} s", flush=True)


def in_every_way(method):
    cluster = Cluster(method)
    donor, joiner = cluster.nodes(2)
    donor.bootstrap()
    ca, cert, key = make_certificates(tmp / "certificates")
    for way in ({}, {"transfer_compress": "zstd"}, {"cluster_secret": SECRET}, {"transfer_tls": "off"},
                {"tls_ca": ca, "tls_cert": cert, "tls_key": key, "transfer_tls": "cert", "transfer_compress": "zstd"}):
        joiner.wipe()
        join(joiner, donor, **way)
        encrypted = "cluster_secret" in way or "tls_ca" in way
        assert ("with TLS" in joiner.log()) == encrypted, f"{way}: encrypted when it should not be, or not when it should"
        joiner.stop()
    joiner.forget_position()  # over old data
    join(joiner, donor)
    donor.sql("INSERT INTO item VALUES (999999, 'after')", "shop")
    wait_until("replication goes on", lambda: joiner.sql("SELECT name FROM item WHERE id = 999999", "shop"))
    cluster.stop()
