"""Goodput and the busiest service over time: example-pandas.py results/NAME-seed1/results.sqlite"""
import sqlite3
import sys
import pandas as pd

with sqlite3.connect(sys.argv[1]) as database:
    users = pd.read_sql("SELECT * FROM edge_series WHERE \"from\" LIKE 'users:%'", database)
    services = pd.read_sql("SELECT * FROM series", database)
goodput = users.groupby(["run_id", "time_s"])[["calls", "call_successes"]].sum()
print(goodput.assign(share=goodput.call_successes / goodput.calls).describe())
print(services.groupby("service").compute_s.sum().nlargest(5))
