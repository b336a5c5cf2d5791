"""Which lists can be sent as .xlsx or .csv. Another kind is a line here and one in `handlers.lists`."""

from content import areas, authoring, crew, roster, targets
from content.listing import TOP, Kind, Listing, Table, asks, is_table, read, recognise, tables

_QUOTED = 80

KINDS: tuple[Kind, ...] = (areas.LIST, roster.LIST, crew.LIST, authoring.LIST, targets.LIST)


def listing(source: bytes, name: str) -> Listing | None:
    """The file as the list that it is, told by its columns; None where it is none (a questionnaire, perhaps).

    Raises FormError for what cannot or must not be opened.
    """
    if not is_table(name):
        return None
    kind = recognise(_top(source, name), KINDS)
    return None if kind is None else read(tables(source, name), kind)


def strange(source: bytes, name: str) -> str | None:
    """What stands at the top of a table that is neither a list nor meant as a questionnaire; None for any
    other file. Raises FormError as `listing` does."""
    if not is_table(name):
        return None
    found = _top(source, name)
    if recognise(found, KINDS) or asks(found):
        return None
    first = next((cells for _, rows in found for cells in rows if any(cells)), ())
    return ", ".join(filter(None, first))[:_QUOTED] or "–"


def _top(source: bytes, name: str) -> list[Table]:
    return tables(source, name, most=TOP)
