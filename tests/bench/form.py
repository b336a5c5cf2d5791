"""`tocns bench form`: what it costs to compile a form and to take one answer, by the number of its questions.

A section of the form is three questions: a choice, a number that it makes relevant, with a constraint, and a
text whose label says a calculation; before all stands a repeat of five people. An answer reaches its own
section, whatever the form's length. Beside one answer stands what the JSON of its state costs, which is as
long as what has been answered.
"""

import gc
import statistics
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from content import interview
from content.form import Form
from content.interview import Given, Review, World
from content.xform import compile_form

SIZES = (30, 300, 3_000)
ROUNDS, ANSWERS = 3, 200
COMPILE_GOAL, ANSWER_GOAL, GROWTH_GOAL = 1.0, 1.0, 2.0
"""Seconds; milliseconds at 300 questions; how many times more at 3,000 questions than at 30."""

WORLD = World(datetime(2026, 11, 22, 20, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")), seed="bench")


def run() -> dict[str, Any]:
    """CPU: seconds to compile; µs of one answer (median, best round), in the middle of a form half filled in,
    as it is in a process that goes on and as the first after a restart; and of the state to JSON and back."""
    measured = {size: _measure(size) for size in SIZES}
    small, middle, large = (measured[size] for size in SIZES)
    growth = {what: round(large[what] / small[what], 1) for what in ("answer_us", "restart_us", "json_us")}
    return {
        "by_questions": measured,
        "growth_30_to_3000": growth,
        "goals": {
            "300 questions compile under 1 s": middle["compile_s"] < COMPILE_GOAL,
            "one answer of 300 under 1 ms": middle["answer_us"] < ANSWER_GOAL * 1_000,
            "one answer does not grow with the form": growth["answer_us"] < GROWTH_GOAL,
        },
    }


def _measure(size: int) -> dict[str, float]:
    xform = _xform(size // 3)
    began = time.process_time()
    form = compile_form(xform)
    compiling = time.process_time() - began
    state = _half_filled(form)
    gc.collect()
    gc.freeze()
    answer = min(_answers(form, state) for _ in range(ROUNDS))
    restart = min(_restarts(form, state) for _ in range(ROUNDS))
    json = min(_json(state) for _ in range(ROUNDS))
    gc.unfreeze()
    return {
        "compile_s": round(compiling, 3),
        "answer_us": round(answer * 1e6),
        "restart_us": round(restart * 1e6),
        "json_us": round(json * 1e6, 1),
        "state_bytes": len(orjson.dumps(state)),
    }


def _half_filled(form: Form) -> interview.State:
    step: Any = interview.begin(form, WORLD)
    half = step.question.total // 2
    while step.question.number <= half or step.question.type != "select_one":
        step = interview.answer(form, step.state, Given(text="1"), WORLD)
    return step.state


def _answers(form: Form, state: interview.State) -> float:
    """One answer after the other, each with the state as the database gives it back."""
    step: Any = interview.resume(form, state, WORLD)
    spent = []
    while len(spent) < ANSWERS:
        carried = orjson.loads(orjson.dumps(step.state))
        began = time.process_time()
        step = interview.answer(form, carried, Given(text="1"), WORLD)
        spent.append(time.process_time() - began)
        if isinstance(step, Review):
            step = interview.resume(form, state, WORLD)
    return statistics.median(spent)


def _restarts(form: Form, state: interview.State) -> float:
    """The same answer to the same state: no call goes on where the last one stopped."""
    spent = []
    for _ in range(ANSWERS // 10):
        carried = orjson.loads(orjson.dumps(state))
        began = time.process_time()
        interview.answer(form, carried, Given(text="1"), WORLD)
        spent.append(time.process_time() - began)
    return statistics.median(spent)


def _json(state: interview.State) -> float:
    began = time.process_time()
    for _ in range(ANSWERS):
        orjson.loads(orjson.dumps(state))
    return (time.process_time() - began) / ANSWERS


def _xform(sections: int) -> str:
    """Three nodes and a calculation a section, as pyxform would write them."""
    parts = range(sections)
    people = "<nguoi><ten/><tuoi/></nguoi>" * 5
    nodes = people + "".join(f"<co{n}/><so{n}/><tong{n}/><y_kien{n}/>" for n in parts)
    binds = "".join(
        f'<bind nodeset="/data/co{n}" type="string" required="true()"/>'
        f'<bind nodeset="/data/so{n}" type="int" relevant="/data/co{n} = \'co\'" constraint=". &lt; 30"/>'
        f'<bind nodeset="/data/tong{n}" type="string" calculate="/data/so{n} * 2 + 1"/>'
        f'<bind nodeset="/data/y_kien{n}" type="string"/>'
        for n in parts
    )
    choices = "".join(f"<item><label>{v}</label><value>{v}</value></item>" for v in ("co", "khong"))
    controls = (
        '<group ref="/data/nguoi"><label>Thành viên</label>'
        '<repeat nodeset="/data/nguoi" jr:noAddRemove="true()" xmlns:jr="http://openrosa.org/javarosa">'
        '<input ref="/data/nguoi/ten"><label>Tên?</label></input>'
        '<input ref="/data/nguoi/tuoi"><label>Mấy tuổi?</label></input></repeat></group>'
    ) + "".join(
        f'<select1 ref="/data/co{n}"><label>Nhà mình có thứ {n} không?</label>{choices}</select1>'
        f'<input ref="/data/so{n}"><label>Có mấy cái?</label></input>'
        f'<input ref="/data/y_kien{n}">'
        f'<label>Gấp đôi và một là <output value="/data/tong{n}"/>. Ý kiến?</label></input>'
        for n in parts
    )
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>'
        f'<h:title>Dài</h:title><model><instance><data id="dai" version="1">{nodes}</data></instance>{binds}'
        f"</model></h:head><h:body>{controls}</h:body></h:html>"
    )
