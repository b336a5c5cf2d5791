"""How a command says that what it was asked is wrong: in English, as its help and the log, whatever
TOCNS_LOCALE says. That is the language of what is also read elsewhere: digests, reports, answers, what a
change of the map does."""


class Fault(Exception):
    """What is wrong, where, and how to mend it, a line a fault: for stderr; the command then exits with 1."""


LANGUAGE = "en"
"""The language of faults, where the sentence comes from the catalogues."""
