"""Where results stay: files by content, trees of them, and records by key, in a directory.

It keeps what it is given, whole or not at all, and tells when something is no longer what it was.
It does not know what a task is, nor when a record serves: that is the engine's.

Nothing in it is ever executed, and no file of it is ever linked to one that may be written.
"""

from recompute.store.checking import Findings as Findings
from recompute.store.collecting import Evicted as Evicted
from recompute.store.inventory import Usage as Usage
from recompute.store.layout import default_place as default_place
from recompute.store.store import Store as Store
