"""Broken expectations. Refusals that are expected are values, not exceptions."""


class CoreError(Exception):
    """The core was asked for something that its own rules exclude."""


class IllegalTransition(CoreError):
    """An order was moved along an arrow that the state table does not have."""


class AccountNotReady(CoreError):
    """New risk was asked of an account whose first reconciliation has not succeeded: nothing may be stored."""
