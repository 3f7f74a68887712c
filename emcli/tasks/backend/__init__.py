"""Where the work on the rows is done: in this process, or on the workers of a cluster.

The commands ask `place`; with `on_cluster` it is alone with the engine of the cluster.
"""
