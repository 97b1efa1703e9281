"""What can go wrong; every message names its remedy."""


class RecomputeError(Exception):
    """Something cannot be memoised or put back; a retry helps only after the remedy."""


class StoreError(RecomputeError):
    """The store cannot be used: not writable, of another version, or damaged beyond repair."""


class NotInStoreError(StoreError, LookupError):
    """Something that the store once had, or never had; computing the step again helps."""


class DamagedError(StoreError):
    """A stored file is not what it was when it was stored; `recompute verify` repairs the store."""


class StoreFullError(StoreError):
    """There is no room for a step's files; evicting steps, or a larger quota, helps."""


class PlaceError(RecomputeError):
    """Files cannot be read at, or put in, the place that a task names."""


class InUseError(PlaceError):
    """A file that has to be replaced is open, or another process works on it; closing it helps."""


class UndeclaredWriteError(RecomputeError):
    """A task wrote what its declaration does not name; the declaration has to be mended."""


class UnknownStepError(RecomputeError, LookupError):
    """No step of that name or number was recorded; the message lists those that were."""


class CodecError(RecomputeError, TypeError):
    """A value is of a type that cannot be stored as JSON."""


class FingerprintError(RecomputeError):
    """What a function does cannot be told; the message names what hides it, and the remedy."""


class DeclarationError(RecomputeError, TypeError):
    """`step` does not fit the function that it decorates, or what it was called with."""
