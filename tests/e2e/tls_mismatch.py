#!/usr/bin/env python3
"""Nodes that do not agree on encryption: no byte of data is sent, both logs say why, and nothing falls back to cleartext.
Once they agree, the joiner joins."""

from cluster import *

METHOD = "mgc_mariabackup"
cluster = Cluster(METHOD)
donor, joiner = cluster.nodes(2)
donor.bootstrap()
before = joiner.fingerprint()
ours, theirs = make_certificates(tmp / "ours"), make_certificates(tmp / "theirs")


def certificates(of):
    return dict(zip(("tls_ca", "tls_cert", "tls_key"), of))


for at_donor, at_joiner in (
        ({"cluster_secret": "one"}, {"cluster_secret": "another"}),
        ({"cluster_secret": "one"}, {}),
        ({}, {"cluster_secret": "one"}),
        ({"cluster_secret": "one", "transfer_tls": "psk"}, certificates(ours)),
        (certificates(ours), certificates(theirs)),
        (certificates(ours), {"transfer_tls": "off"})):
    donor.mgc, joiner.mgc = at_donor, at_joiner
    cluster.set_mgc(transfer_timeout=10)
    joiner.start()
    code = joiner.wait_ended()
    assert code != 0 and joiner.fingerprint() == before, f"{at_donor} and {at_joiner}: the joiner's data has changed"
    wait_until("the donor is synced", lambda: donor.state() == "Synced")
    cluster.no_leftovers()
donor.mgc = joiner.mgc = certificates(ours)
joiner.start().wait_synced()
assert joiner.checksums() == donor.checksums()
cluster.stop()
