"""What bench/sst measures with: a real cluster of two nodes and a client, each on a network of its own.

confinement.py  nothing of a run outlives it: its own processes, mounts and network
segment.py      the hosts, the switch between them and the donor's slow link; counter.py what arrives at the joiner
node.py         one MariaDB server with Galera; cluster.py the donor with its data, and the joiner
clients.py      sysbench's readers (reads.lua) and a writer, on the donor; watch.py logs and CPU time
rows.py         what is compared; joining.py measures one row, figures.py evaluates: pure arithmetic, tested
report.py       the table
"""
