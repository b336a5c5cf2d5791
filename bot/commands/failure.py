"""How a command says that what it was asked is wrong."""


class Fault(Exception):
    """What is wrong, where, and how to mend it, a line a fault: for stderr; the command then exits with 1."""
