"""Which lists can be sent as .xlsx or .csv. Another kind is a line here and one in `handlers.lists`."""

from content import areas, authoring, crew, roster, targets
from content.listing import Kind, Listing, is_table, read, recognise, tables

KINDS: tuple[Kind, ...] = (areas.LIST, roster.LIST, crew.LIST, authoring.LIST, targets.LIST)


def listing(source: bytes, name: str) -> Listing | None:
    """The file as the list that it is, told by its columns; None where it is none (a questionnaire, perhaps).

    Raises FormError for what cannot or must not be opened.
    """
    if not is_table(name):
        return None
    kind = recognise(tables(source, name, most=1), KINDS)
    return None if kind is None else read(tables(source, name), kind)
