"""Stops sessions in which nothing happens, and lets people say that one shall stay.

`python -m casahub.culling` is a service that the hub starts. A sweep takes one session after the
other: one of which the hub has not heard for half of the site's time is told when it will be
stopped; one whose time is over is asked what it does, all of its content is brought into a
checkpoint, it is asked again, and stopped. Whatever cannot be found out or done means that the
session goes on, and its owner reads why.

Why not jupyterhub-idle-culler: it goes by the hub's record alone, which is minutes old. Its hook
could ask, but is called for all sessions at once and without their owner, and has no place to warn,
to say why a session stays, or to forget what is over. The listing and one DELETE would remain.

What this deliberately does not do: it deletes nothing, neither sessions nor users, and it enters no
session: the scope below is for asking and telling alone, where `access:servers` would let it run
code as everybody.
"""

from typing import Final

ACTIVITY_SCOPE: Final = "custom:casahub:activity"  # that of `casa_kernel.activity`
