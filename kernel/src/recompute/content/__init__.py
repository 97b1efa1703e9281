"""What stands at a path, told fast: only what changed since the last look is read again.

Whether a file changed is asked of its inode, as git does for its index (`stamps`). What of a tree
counts is decided in `rules`: CASA writes some things differently each time it does the same.
Nothing here knows of tasks, keys or the store.
"""

from recompute.content.eye import Eye
from recompute.content.mentions import mentions

__all__ = ["Eye", "mentions"]
