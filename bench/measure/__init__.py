"""What bench/relay and bench/sst measure with.

arrivals.py    what arrived when, and what that says: pure arithmetic, tested
lab.py         owns processes and temporary files; network.py the namespace they live in
contenders.py  how each program is started; passage.py moves bytes through one of them
parts/         the experiments of bench/relay; sst/ the cluster and the experiments of bench/sst
goals.py       judges, results.py records, plots.py draws
"""
