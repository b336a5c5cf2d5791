"""The commands of this version: their words, and what one must be allowed to do to use them."""

from dataclasses import dataclass

from content.people import Person, allowed, code_in
from content.vietnamese import fold


@dataclass(frozen=True, slots=True)
class Command:
    """`words` are said without the slash, folded (`content.vietnamese`). With `rest`, what follows the words
    belongs to the command: a code, a question. `also` is what the team says for it, and nobody else.
    """

    name: str
    action: str
    words: tuple[str, ...]
    rest: bool = False
    shown: bool = True
    also: tuple[str, ...] = ()


_MY_DATA = (
    *(
        f"{what}du lieu cua {me}"
        for what in ("", "xem ", "sua ", "xoa ")
        for me in ("toi", "tui", "em", "con")
    ),
    *(
        f"xoa{all_of} {what} cua {me}{please}"
        for all_of in ("", " het", " sach")
        for what in ("du lieu", "thong tin")
        for me in ("toi", "tui", "em", "con", "minh", "nha toi", "nha tui")
        for please in ("", " di", " gium", " giup", " luon", " nha", " nhe")
    ),
    *("xoa du lieu", "rut dong y", "rut lai dong y", "my data", "erase my data"),
)
"""Who asks so is shown what is kept, with the buttons that do it; in a talk with a member as well."""

COMMANDS = (
    Command(
        "khaosat",
        "survey",
        ("khao sat", "survey"),
        also=(
            "ho tiep theo",
            "ho khac",
            "lam tiep",
            "tiep tuc",
            "sua phieu",
            "sua phieu da gui",
            "next household",
        ),
    ),
    Command(
        "tiendo",
        "see-progress",
        ("tien do", "progress"),
        also=("con may ho", "con bao nhieu ho", "duoc may ho", "duoc bao nhieu ho", "xong may ho roi"),
    ),
    Command("baocao", "see-digest", ("bao cao", "report"), rest=True),
    Command("nhacviec", "manage-reminders", ("nhac viec", "reminders")),
    Command("phancong", "assign", ("phan cong", "giao ho", "assign households")),
    Command("hoidap", "ask", ("hoi dap",), rest=True),
    Command("hotro", "ask", ("ho tro", "gap nguoi that", "gap can bo", "ask a person")),
    Command("ngonngu", "ask", ("ngon ngu", "language")),
    Command("trogiup", "ask", ("tro giup", "help")),
    Command("thongbao", "broadcast", ("gui thong bao", "thong bao", "broadcast"), shown=False),
    Command("quantri", "manage", ("quan tri", "administration")),
    Command("start", "ask", ("bat dau", "start"), rest=True, shown=False),
    Command("dulieu", "ask", _MY_DATA, shown=False),
    Command(
        "huy",
        "ask",
        ("huy", "cancel"),
        shown=False,
        also=("cat phieu nay", "de sau", "lam sau", "mai lam tiep", "tam dung", "stop", "put it aside"),
    ),
    Command("quaylai", "ask", ("quay lai", "back"), shown=False),
    Command("bo_qua", "ask", ("bo qua", "skip"), shown=False),
)

_BY_NAME = {command.name.replace("_", ""): command for command in COMMANDS}
_BY_WORDS = {
    words: command
    for command in COMMANDS
    # Its name too, "khaosat", as whoever knows it from a channel with commands types it.
    for words in (command.name.replace("_", " "), *command.words, *command.also)
}
_LONGEST = max(map(len, _BY_WORDS))


def offered(person: Person) -> list[Command]:
    """What this person is shown: what works, and what they may use."""
    return [command for command in COMMANDS if command.shown and allowed(person, command.action)]


def slashed(text: str) -> tuple[Command, str] | None:
    """The command of "/start CODE" with what follows it; diacritics, capitals, "_" and "@bot" do not matter.
    None for a command that there is not.
    """
    first, _, rest = text[1:].strip().partition(" ")
    command = _BY_NAME.get(fold(first.partition("@")[0]).replace(" ", ""))
    if command is None and len(text) <= 2 * _LONGEST:  # "/khảo sát", as people also write
        command, rest = _BY_WORDS.get(fold(text)), ""
    return (command, rest.strip()) if command else None


def spoken(text: str, *, whole: bool) -> tuple[Command, str] | None:
    """The command that plain words mean. With `whole` nothing may follow: in a form text is an answer."""
    if len(text) <= 2 * _LONGEST and (command := _BY_WORDS.get(fold(text))):
        return command, ""
    if whole:
        return None
    if code := code_in(text):  # a code alone is what most people send who were given one
        return _BY_NAME["start"], code
    one, two, *rest = *text.split(maxsplit=2), "", ""
    command = _BY_WORDS.get(fold(f"{one} {two}"))
    return (command, rest[0].strip()) if command and command.rest and rest[0] else None
