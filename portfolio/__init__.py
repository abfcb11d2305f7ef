"""The pure core: it decides what a signal does and performs no I/O of any kind."""

import decimal

# Every thread and task of the program computes with 34 significant digits.
decimal.DefaultContext.prec = 34
decimal.setcontext(decimal.DefaultContext)
