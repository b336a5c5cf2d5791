"""What handlers may look up is answered from the database, within the turn's own transaction."""

import inspect
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone

import pytest

from content.form import Form
from content.knowledge import Knowledge
from content.people import Person
from content.xform import compile_form
from handlers.facts import Facts
from storage import forms
from storage.articles import Answers
from storage.database import Connection, Database
from storage.facts import StoredFacts
from storage.forms import Publication
from storage.shelf import FormCache, Shelf
from storage.tables import AreaRow

READER = Person(1, "Quân")
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=timezone(timedelta(hours=7)))

XFORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Hộ</h:title><model><instance><data id="ho" version="{version}"><ten/></data></instance>
<bind nodeset="/data/ten" type="string"/></model></h:head>
<h:body><input ref="/data/ten"><label>Tên chủ hộ?</label></input></h:body></h:html>"""


def publish(conn: Connection, *versions: str) -> int:
    area = conn.insert(AreaRow, code="1", name="xã 1", level="commune", valid_from=date(2025, 7, 1))
    for minute, version in enumerate(versions):
        new = Publication("ho", version, "Hộ", XFORM.format(version=version), b"", "ho.xlsx", area)
        forms.publish(conn, new, None, NOW + timedelta(minutes=minute))
    return area


def shelf(forms: FormCache | None = None, **dialogues: Form) -> Shelf:
    return Shelf(forms or FormCache(compile_form), dialogues.get, Answers(lambda: Knowledge({})))


class Compiler:
    """Compiles, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, xform: str, files: Mapping[str, bytes]) -> Form:
        self.times += 1
        return compile_form(xform, files)


def test_every_question_that_handlers_may_ask_is_answered_as_they_ask_it() -> None:
    asked = {
        name: method
        for part in Facts.__mro__
        for name, method in vars(part).items()
        if not name.startswith("_")
    }
    assert asked
    for name, method in asked.items():
        answer = getattr(StoredFacts, name)
        assert list(inspect.signature(answer).parameters) == list(inspect.signature(method).parameters), name


async def test_a_turn_gets_the_newest_questionnaire_and_an_old_talk_its_own(database: Database) -> None:
    area = await database.write(lambda conn: publish(conn, "1", "2"))
    cache = FormCache(compile_form)

    def look(conn: Connection) -> list[str | None]:
        facts = StoredFacts(conn, NOW, shelf(cache), READER)
        found = [
            facts.form("ho", area_id=area),
            facts.form("ho", "1", area),
            facts.form("ho", "9"),
            facts.form("x"),
        ]
        return [form.version if form else None for form in found]

    assert await database.read(look) == ["2", "1", None, None]


async def test_a_version_is_compiled_once_for_all_turns(database: Database) -> None:
    area = await database.write(lambda conn: publish(conn, "1"))
    compiler = Compiler()
    cache = FormCache(compiler)
    looked = [
        await database.read(lambda conn: StoredFacts(conn, NOW, shelf(cache), READER).form("ho", "1", area))
        for _ in range(3)
    ]
    assert compiler.times == 1
    assert looked[0] is looked[1] is looked[2]


async def test_the_version_used_longest_ago_makes_room(database: Database) -> None:
    area = await database.write(lambda conn: publish(conn, "1", "2", "3"))
    compiler = Compiler()
    cache = FormCache(compiler, most=2)

    def look(conn: Connection, version: str) -> None:
        StoredFacts(conn, NOW, shelf(cache), READER).form("ho", version, area)

    for version in ("1", "2", "1", "3", "1", "2"):
        await database.read(lambda conn, version=version: look(conn, version))
    assert compiler.times == 4, "1, 2, 3 once each, and 2 again: it had made room for 3"


async def test_a_dialogue_of_the_program_needs_no_publishing(database: Database) -> None:
    join = compile_form(XFORM.format(version="1"))
    found = await database.read(lambda conn: StoredFacts(conn, NOW, shelf(join=join), READER).form("join"))
    assert found is join


async def test_what_is_not_there_is_none_or_a_key_error(database: Database) -> None:
    def look(conn: Connection) -> list[object]:
        facts = StoredFacts(conn, NOW, shelf(), READER)
        with pytest.raises(KeyError):
            facts.area(404)
        return [
            facts.household(404),
            facts.last_survey(404, "ho"),
            facts.survey("none"),
            list(facts.my_surveys(READER.id, "ho", 3)),
            facts.has_sent(READER.id, "ho"),
            list(facts.drafts(READER.id)),
            facts.invitation("XXXX").problem,
        ]

    assert await database.read(look) == [None, None, None, [], False, [], "unknown"]
