"""Sessions, leases and servers that lost each other: found, and put in order.

A hub that is killed in the middle of a start, or whose database is an older copy, does not know
what it had started. `looks` holds what engine, provisioner and hub say at one time; `findings`
compares it, and says what is certain enough to act on (both are pure); `reconciler` acts.

Deliberately not done here: starting anything, stopping a server that the hub knows, and mounts
without a lease, which the provisioner itself takes away and tries again.
"""
