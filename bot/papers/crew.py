"""Spreadsheets about teams: codes to hand out, the list of people to be filled in, households with who holds
them. What is filled in is read again by `content.crew` and `content.roster`, by the same headings."""

from collections.abc import Iterable, Sequence
from csv import writer
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from content.inert import inert
from content.teamwork import CrewForm, Homes, Slips, Teamwork, picture
from content.words import day, say

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_ROOM = 500
"""Rows below the headings in which a choice is offered."""
_PICTURE = 110
"""Height of a row with a QR code, in points."""
_LONGEST_CHOICE = 255
# https://support.microsoft.com/office/data-validation: characters of a list that stands in the rule itself


def xlsx(told: Teamwork, locale: str) -> bytes:
    """The workbook."""
    from xlsxwriter import Workbook  # noqa: PLC0415 (only what writes a workbook pays for it)

    made = BytesIO()
    with Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        match told:
            case Slips():
                _slips(book, told, locale)
            case CrewForm():
                _crew(book, told, locale)
            case Homes():
                _homes(book, told, locale)
    return made.getvalue()


def csv(told: Teamwork, locale: str) -> bytes:
    """The same without pictures and choices, for a channel that takes no workbook."""
    found = StringIO()
    rows = writer(found, delimiter=";")
    match told:
        case Slips():
            rows.writerow(_heads(locale, _SLIP))
            rows.writerows(map(inert, row) for row in _slip_rows(told, locale))
        case CrewForm():
            rows.writerow(_heads(locale, _CREW))
        case Homes():
            rows.writerow(_heads(locale, _HOME))
            rows.writerows(map(inert, row) for row in _home_rows(told, locale))
    return found.getvalue().encode("utf-8-sig")


def _heads(locale: str, names: Iterable[str]) -> list[str]:
    return [say(locale, f"teamwork.{name}") for name in names]


def _sheet(book: "Workbook", name: str, heads: Sequence[str], widths: Sequence[int]) -> "Worksheet":
    bold = book.add_format({"bold": True, "bg_color": "#E8F0FE", "border": 1, "text_wrap": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(name)
    for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width, wrapped)
        sheet.write_string(0, column, head, bold)
    sheet.freeze_panes(1, 0)
    return sheet


# --------------------------------------------------------------------------- codes

_SLIP = ("number", "name", "role", "place", "team", "code", "way", "until", "households")


def _slips(book: "Workbook", told: Slips, locale: str) -> None:
    heads = [*_heads(locale, _SLIP), say(locale, "teamwork.picture")]
    sheet = _sheet(book, say(locale, "teamwork.codes"), heads, (5, 24, 13, 20, 22, 15, 34, 12, 8, 20))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for number, (row, slip) in enumerate(zip(_slip_rows(told, locale), told.slips, strict=True), 1):
        sheet.set_row(number, _PICTURE)
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
        image = BytesIO(picture(slip.links[0] if slip.links else slip.typed, scale=3))
        options = {"image_data": image, "x_offset": 4, "y_offset": 4, "object_position": 1}
        sheet.insert_image(number, len(row), f"{slip.code}.png", options)


def _slip_rows(told: Slips, locale: str) -> Iterable[list[str]]:
    for number, slip in enumerate(told.slips, 1):
        yield [
            str(number),
            slip.name,
            say(locale, f"roles.{slip.role}"),
            slip.place,
            slip.team,
            slip.code,
            "\n".join((*slip.links, say(locale, "teamwork.type_it", typed=slip.typed))),
            day(locale, slip.until),
            str(slip.households or ""),
        ]


# --------------------------------------------------------------------------- people, to be filled in

_CREW = ("name", "role", "place", "team", "phone", "work")


def _crew(book: "Workbook", told: CrewForm, locale: str) -> None:
    sheet = _sheet(book, say(locale, "teamwork.people"), _heads(locale, _CREW), (28, 14, 28, 28, 16, 34))
    text = book.add_format({"num_format": "@", "valign": "top"})
    sheet.set_column(4, 4, 16, text)  # a number keeps the zero that it begins with
    places = [f"{area.name} ({area.code})" for area in told.places]
    listed = _sheet(book, say(locale, "teamwork.places"), [say(locale, "teamwork.place")], (34,))
    listed.hide()
    for row, place in enumerate(places, 1):
        listed.write_string(row, 0, place)
    _explain(book, told, locale)
    roles = [say(locale, f"roles.{role}") for role in told.roles]
    _offer(sheet, 1, roles)
    name = say(locale, "teamwork.places")
    sheet.data_validation(
        1, 2, _ROOM, 2, {"validate": "list", "source": f"='{name}'!$A$2:$A${len(places) + 1}", **_SOFT}
    )
    _offer(sheet, 3, told.teams)
    _offer(sheet, 5, [say(locale, "teamwork.rest")])


_SOFT = {"error_type": "information", "show_error": False}
"""What is offered may be typed over: a new team, names of households."""


def _offer(sheet: "Worksheet", column: int, choices: Sequence[str]) -> None:
    if choices and len(",".join(choices)) <= _LONGEST_CHOICE and not any("," in one for one in choices):
        rule = {"validate": "list", "source": list(choices), **_SOFT}
        sheet.data_validation(1, column, _ROOM, column, rule)


def _explain(book: "Workbook", told: CrewForm, locale: str) -> None:
    lines = say(
        locale,
        "teamwork.how",
        roles=", ".join(say(locale, f"roles.{role}") for role in told.roles),
        place=f"{told.places[0].name} ({told.places[0].code})" if told.places else "",
    ).split("\n")
    sheet = book.add_worksheet(say(locale, "teamwork.how_name"))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 100, wrapped)
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)


# --------------------------------------------------------------------------- households

_HOME = ("head", "address", "hamlet", "member", "visited")


def _homes(book: "Workbook", told: Homes, locale: str) -> None:
    heads, widths = _heads(locale, _HOME), (30, 28, 24, 28, 14)
    sheet = _sheet(book, say(locale, "teamwork.homes"), heads, widths)
    for number, cells in enumerate(_home_rows(told, locale), 1):
        for column, cell in enumerate(cells):
            sheet.write_string(number, column, cell)
    sheet.autofilter(0, 0, max(1, len(told.homes)), len(_HOME) - 1)
    members = _sheet(book, say(locale, "teamwork.members"), [say(locale, "teamwork.member")], (34,))
    members.hide()
    for row, name in enumerate(told.members, 1):
        members.write_string(row, 0, name)
    if told.members:
        source = f"='{say(locale, 'teamwork.members')}'!$A$2:$A${len(told.members) + 1}"
        rule = {"validate": "list", "source": source, **_SOFT}
        sheet.data_validation(1, 3, max(_ROOM, len(told.homes)), 3, rule)


def _home_rows(told: Homes, locale: str) -> Iterable[list[str]]:
    for home in told.homes:
        visited = day(locale, home.visited) if home.visited else ""
        yield [home.name, home.address, home.hamlet.code, home.member, visited]
