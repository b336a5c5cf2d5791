"""All that can be said to the bot, as far as rights go: every command, every button, every kind of message.

`{household}` and the like are what stands in `tests.rights.place.Place`: all of it belongs to ấp 1 of xã Bình
Hòa. A line `# …` above some of them says what they are.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

from bot.channels.base import Attachment, Incoming
from content import interview, library
from content.interview import World
from content.xform import compile_form
from handlers import routes
from tests.rights.place import NOW, Place

SAID = """
# words
/start
/start ABCDE-23456
/khaosat
/tiendo
/baocao
/baocao 2026-W47
/baocao 2026-10
/baocao câu hỏi
/baocao lịch
/nhacviec
/phancong
/thongbao
/hoidap
/hoidap quên mật khẩu vssid
/hotro
/dulieu
/ngonngu
/trogiup
/quantri
/huy
/quaylai
/bo_qua
/khong_co_lenh_nay
chào em
(photo)
(place)
(sticker)
(file)
(phone)
# a household's questionnaire
survey:area:{hamlet}
survey:area:{commune}
survey:left:{hamlet}:0
survey:mine:{hamlet}:0
survey:new:{hamlet}
survey:pick:{household}
survey:pick:{household}:00000000
survey:draft:{draft}
survey:drop:{draft}
survey:dropped:{draft}
survey:fixes
survey:fixes:{hamlet}
survey:fix:{survey}
survey:send:0000000b:
survey:same:0000000b:
survey:edit:0000000b:
survey:absent:0000000b:
survey:open:0000000b:1
survey:is:0000000b:{household}
form:back:1
form:skip:1
offline:show
offline:make
# progress, digests, papers, questions
progress:{hamlet}
progress:{commune}
progress:{commune}:2025-07-01
digest:now:{commune}:2026-W48
digest:send:{commune}:2026-W47
digest:week:{hamlet}:2026-W47
digest:check:{commune}:2026-W47
digest:indicators:{commune}:2026-W47
digest:map:{commune}:2026-W47:2025-07-01
digest:picture:{commune}:2026-W47
digest:sheet:{commune}:2026-W47
digest:report:{commune}:2026-W47
digest:draft:{commune}:2026-10
homes:{hamlet}:2026-W47:0
homes:{hamlet}::0
homes:off:{hamlet}
homes:off:{commune}
homes:gone:{hamlet}:0
homes:back:{household}
questions:week:{commune}:2026-W47
questions:new:
questions:settle:1
subscribe:show
subscribe:set
# reminders
reminders:area:{hamlet}
reminders:set:{hamlet}
reminders:pause:{hamlet}
reminders:pause:{hamlet}:{member}
reminders:resume:{hamlet}
reminders:resume:{hamlet}:{member}
reminders:person:{hamlet}:{member}
reminders:snooze:2026-11-24
reminders:busy:2026-11-24
reminders:stop:2026-11-24
reminders:on
# households given to members
assign:area:{hamlet}
assign:area:{commune}
assign:homes:{hamlet}
assign:rest:{hamlet}
assign:rest:{hamlet}:1
assign:all:{hamlet}
assign:all:{hamlet}:2
assign:one:{hamlet}:p{member}
assign:give:{hamlet}:p{member}
assign:back:{hamlet}:p{member}
assign:free:{hamlet}:p{member}
assign:free:{hamlet}:p{member}:1
assign:move:{hamlet}:p{member}
assign:move:{hamlet}:p{member}:i{invitee}
# teams invited by a list, and lists that were sent
crew:show:{hamlet}
crew:form:{hamlet}
crew:renew:{hamlet}
crew:renew:{hamlet}:1
crew:one:{invitee}
crew:code:{invitee}
crew:revoke:{invitee}
list:take:{sheet}
# invitations that are no list's
crew:invite
crew:invitations
crew:end:{invitation}
# a person behind the bot
ticket:show:{ticket}
ticket:take:{ticket}
ticket:write:{taken}
ticket:leave:{taken}
ticket:back:{taken}
ticket:visit:{taken}
ticket:done:{taken}
ticket:drop:{taken}
ticket:show:{closed}
ticket:reopen:{closed}
ticket:fine:{closed}
ticket:ask:
ticket:list:
ticket:same:
ticket:area:{hamlet}
# what everybody may
howto:topics
howto:not-meant
howto:topic:vssid
howto:read:{article}
helped:yes:{article}
helped:no:{article}
helped:next:{article}:1
helped:short:{article}
helped:step:2
language:en
link:new
# one's own data
mydata:copy
mydata:rename
mydata:withdraw:help
mydata:withdraw:team
mydata:withdrawn:help
mydata:withdrawn:team
mydata:erase
mydata:erased
mydata:file
household:00000000.house.{household}
household:00000000.area.{hamlet}
# a message to many
broadcast:list
broadcast:new
broadcast:last
broadcast:show:{broadcast}
broadcast:stop:{broadcast}
broadcast:stop:last
broadcast:halt:{broadcast}
# administration
quantri:forms
quantri:version:{version}
quantri:file:{version}
quantri:withdraw:{version}
quantri:withdrawn:{version}
quantri:try:{sheet}
quantri:publish:{sheet}
quantri:areas
quantri:change
quantri:undo:{change}
quantri:undone:{change}
# what the law on personal data asks for
quantri:requests
quantri:request:{request}
quantri:request:{request}:answered
quantri:request:{request}:extend
quantri:request:{request}:data
quantri:request:{request}:mend
quantri:request:{request}:settle
quantri:request:{request}:wipe
quantri:request:{request}:wiped
quantri:breaches
quantri:breach
quantri:breach:{breach}
quantri:breach:{breach}:paper
quantri:breach:{breach}:report
quantri:breach:{breach}:close
# who did what, and how the service is
log:show:-:0
log:show:a{hamlet}:0
log:filter:a{hamlet}:0
log:who:a{hamlet}:0
log:kind:-:0
log:area:a{hamlet}:0
log:time:-:0
log:channel:-:0
log:file:-:0
log:file:a{hamlet}:0
health:show
health:all
# articles, which belong to everybody
quantri:articles
quantri:articles-due
quantri:articles-publish:{sheet}
quantri:article:{article}
quantri:article-file:{article}
quantri:article-right:{article}
quantri:edition:1
quantri:edition-file:1
quantri:edition-withdraw:1
quantri:edition-withdrawn:1
quantri:proposal:0
quantri:proposal:1
quantri:proposal-take:1
quantri:proposal-refuse:1
# people with roles, and their teams
people:list:0
people:list:0:tam
people:seek:
people:card:{member}
people:card:{locked}
people:former:0
people:seek:give.{member}.{held}
people:pick:give.{member}.{held}:0
people:pick:give.{member}.{held}:0:tam
people:role:{member}:{held}
people:move:{member}:{held}
people:give:{member}:{held}:{twin}
people:given:{member}:{held}:{twin}
people:seek:merge.{twin}
people:pick:merge.{twin}:0
people:merge:{twin}:{member}
people:merged:{twin}:{member}
people:end:{member}:{held}
people:ended:{member}:{held}
people:lock:{member}
people:locked:{member}
people:unlock:{locked}
mydata:quit
mydata:quitted
teams:list:0
teams:card:{team}
teams:new
teams:rename:{team}
teams:close:{team}
teams:closed:{team}
# buttons under an administrator's dialogue, where there is none
step:area:00000000:{hamlet}
step:mine:00000000:1
step:stop:00000000:0
step:leave:00000000:0
"""

_ROW = [{"name": "1", "label": "Một"}]
_LISTS = {"dia_ban": _ROW, "kenh": _ROW}
TARGETS = ("hamlet", "commune", "household", "draft", "survey", "ticket", "taken", "closed", "version")
TARGETS = (*TARGETS, "sheet", "invitation", "broadcast", "member", "request", "breach", "locked")
TARGETS = (*TARGETS, "held", "twin", "team", "invitee")


@cache
def lines() -> tuple[str, ...]:
    """What is said, in its order, with the headings; at the end what the first question of each form that
    comes with the program offers, and every verb of an interview's buttons."""
    asked = ["# an answer's button, where nothing is asked"]
    for name in sorted(library.DIALOGUES | library.SHEETS):
        step = interview.begin(compile_form(library.xform(name)), World(now=NOW, instances=_LISTS))
        assert isinstance(step, interview.Asked)
        pressed = [option.payload for option in step.question.options] or ["q:1~"]
        asked.append(f"{pressed[0]} {name}")
    return (*SAID.strip().splitlines(), *asked, "q:1+co", "q:1-co", "q:1!", "q:1~")


def names_a_target(line: str) -> bool:
    """Whether it is about something that lies in ấp 1."""
    return any(f"{{{name}}}" in line for name in TARGETS)


def incoming(line: str, place: Place, who: str) -> Incoming:
    """What is said, as the channel brings it."""
    text = line.format(**asdict(place))
    if text.startswith("q:"):
        text = text.partition(" ")[0]
    kinds: dict[str, dict[str, object]] = {
        "(photo)": {"photo": Attachment("photo", "image/jpeg", 4, b"JPEG")},
        "(place)": {"latitude": 10.7, "longitude": 106.0},
        "(sticker)": {"other": "sticker"},
        "(file)": {"other": "file", "file": Attachment("f", "", 4, b"....", "phieu.xlsx")},
        "(phone)": {"phone": "84900000124"},
    }
    if line in kinds:
        more = kinds[line]
    elif text.startswith("/") or ":" not in text:
        more = {"text": text}
    else:
        more = {"text": "nút", "payload": text}
    return Incoming("text", f"event {who} {line}", who, NOW, **more)  # type: ignore[arg-type]


_UUID = "00000000-0000-4000-8000-000000000000"
_ONE = Place(1, 1, 1, 1, 1, 1, _UUID, "1:", _UUID, _UUID, _UUID, 1, _UUID, 1, 1, 1, "a/b", *(1,) * 8)


@cache
def pressed() -> tuple[str, ...]:
    """Every button's payload, with something in its places."""
    return tuple(line.format(**asdict(_ONE)) for line in lines() if ":" in line)


def offered() -> Iterator[str]:
    """The payloads that stand in the handlers' source, as patterns: what is filled in may be anything."""
    prefixes = re.compile(rf"(?:{'|'.join(routes._BUTTONS)}):")
    for path in sorted(Path(routes.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            pattern = ""
            if isinstance(node, ast.JoinedStr):
                said = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                pattern = "".join(".*" if part is None else re.escape(str(part)) for part in said)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                pattern = re.escape(node.value)
            if prefixes.match(pattern) and not re.search(r"\s|\(", pattern):
                yield pattern
