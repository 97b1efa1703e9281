"""How property tests explore: the same examples each time in the gate, new ones in `make fuzz`."""

from hypothesis import settings

# No deadline: an example that waits for its turn on a busy machine is not slow.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("fuzz", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("gate")
