"""The watch on a cluster: the same shards, kept in Spark's state store.

It promises to tell what the local runner tells from the same log; see decision 0011. What runs on executors
needs the watch, its rules, NumPy, numba and pyarrow; no Django and no database.
"""
