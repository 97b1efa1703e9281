"""Garbage collection: a pure planner, and an executor that believes nothing it has not just seen.

`policy` says for how long what is kept, `planner` decides from what was found, `brakes` stop it,
`executor` looks again and acts, and `collector` is what the service calls.
"""
