"""How the store can fail, told by what the caller has to do next."""


class StorageError(Exception):
    """Something about the store is wrong."""


class StorageUnavailable(StorageError):
    """Nothing was stored and nothing can be for now: locked, full, or out of reach."""


class ConstraintViolated(StorageError):
    """Nothing was stored: a row of the batch contradicts what is there."""


class CommitUnclear(StorageError):
    """The transaction may or may not be on disk; `Store.has` tells."""


class DatabaseRefused(StorageError):
    """The database cannot be used as it is; the message says why and what to do."""


class DatabaseLocked(StorageError):
    """Another process is the writer."""
