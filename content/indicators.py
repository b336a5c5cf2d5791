"""What is counted from a questionnaire.

An indicator has one unit, and the unit *is* the denominator: households, people aged 18 and over, … So no
household is ever added to a person, and no numerator exceeds its denominator. A percentage is computed, never
stored. What was left blank is in neither numerator nor denominator: blank is not zero.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from content import library
from content.xform import compile_form

_HERE = Path(__file__).parent / "indicators"

DONE = "=done"
"""Counted beside the indicators: a household that answered. No indicator's id begins with "="."""
REFUSED = "=refused"
"""A household that said no."""
LISTED = "=listed"
"""A household on the list of those to be surveyed."""

FAST, ALIKE, OVER, FAR = "!fast", "!alike", "!over", "!far"
"""What wants checking (`content.figures.Check`), counted hamlet by hamlet. No indicator begins with "!"."""

Counts = dict[str, tuple[int, int]]
"""What one survey adds: indicator -> (numerator, denominator)."""

Condition = tuple[str, frozenset[str]]
"""A question's name, and the choices of it that count."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted, and what it is counted of: people (`of` names the question that tells how many), or
    households (`among` which; None: all that answered)."""

    id: str
    names: Mapping[str, str]
    of: str | None = None
    among: Condition | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One share. `numerator` is the question that tells how many people, or the answers that make a household
    count; `otherwise` are answers that say it does not, though the question itself was not asked.

    `target` is in per cent; None where nobody has set one. `source` says where target or definition are from.
    """

    id: str
    titles: Mapping[str, str]
    unit: Unit
    numerator: str | Condition
    otherwise: Condition | None = None
    target: float | None = None
    source: str = ""
    definitions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is counted from one questionnaire, in the order in which it is shown."""

    form: str
    indicators: tuple[Indicator, ...]


class Unreadable(ValueError):
    """A catalogue with faults: one line each, what, where, how to mend it."""


@cache
def catalogue(form: str) -> Catalogue:
    """What is counted from this questionnaire; empty for one without a catalogue."""
    path = _HERE / f"{form}.yaml"
    return load(path.read_text(encoding="utf-8")) if path.is_file() else Catalogue(form, ())


# ------------------------------------------------------------------ one survey


def counts(form: str, values: Mapping[str, str], *, consent: bool) -> Counts:
    """What a survey adds to the figures. `values` by node path, relevant nodes only.

    A refusal adds itself and nothing else. An indicator that the survey can't tell is absent.
    """
    if not consent:
        return {REFUSED: (1, 1)}
    by_name = {path.rpartition("/")[2]: value.strip() for path, value in values.items()}
    found = {one.id: _share(one, by_name) for one in catalogue(form).indicators}
    return {DONE: (1, 1), **{id_: share for id_, share in found.items() if share is not None}}


def _share(indicator: Indicator, values: Mapping[str, str]) -> tuple[int, int] | None:
    unit = indicator.unit
    if unit.of is not None:
        assert isinstance(indicator.numerator, str)
        return _people(_whole(values, indicator.numerator), _whole(values, unit.of))
    if unit.among is not None and not _holds(unit.among, values):
        return None
    assert not isinstance(indicator.numerator, str)
    if indicator.otherwise is not None and _holds(indicator.otherwise, values):
        return (0, 1)
    if not values.get(indicator.numerator[0]):
        return None
    return (int(_holds(indicator.numerator, values)), 1)


def _people(numerator: int | None, denominator: int | None) -> tuple[int, int] | None:
    # What contradicts itself (more users than people) tells nothing; the form's constraints do not let it in.
    if numerator is None or not denominator or not 0 <= numerator <= denominator:
        return None
    return (numerator, denominator)


def _holds(condition: Condition, values: Mapping[str, str]) -> bool:
    name, choices = condition
    return not choices.isdisjoint(values.get(name, "").split())


def _whole(values: Mapping[str, str], name: str) -> int | None:
    try:
        number = float(values.get(name, ""))
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


# ------------------------------------------------------------------ reading a catalogue


def load(text: str) -> Catalogue:
    """A catalogue from YAML (see `indicators/khao-sat-ho.yaml`). Raises Unreadable with every fault."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Unreadable(f"no YAML: {error}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("form"), str):
        raise Unreadable("`form` is missing; name the questionnaire, e.g. `form: khao-sat-ho`")
    faults: list[str] = []
    units = {id_: _unit(id_, cells or {}) for id_, cells in (raw.get("units") or {}).items()}
    found = [_indicator(cells, units, faults) for cells in raw.get("indicators") or ()]
    indicators = tuple(one for one in found if one is not None)
    for id_, times in Counter(one.id for one in indicators).items():
        if times > 1:
            faults.append(f"indicator {id_}: the id stands {times} times; every id once")
    if faults:
        raise Unreadable("\n".join(faults))
    return Catalogue(raw["form"], indicators)


def check() -> list[str]:
    """Every fault of the catalogues, as "file: what is wrong": also questions that the questionnaire of the
    program has not."""
    faults: list[str] = []
    for path in sorted(_HERE.glob("*.yaml")):
        try:
            found = load(path.read_text(encoding="utf-8"))
        except Unreadable as error:
            faults += [f"{path}: {line}" for line in str(error).splitlines()]
            continue
        if found.form != path.stem:
            faults.append(f"{path}: form is {found.form!r}; name the file {found.form}.yaml")
        if found.form in library.SHEETS:
            asked = {question.name for question in compile_form(library.xform(found.form)).questions()}
            unknown = sorted(questions(found) - asked)
            faults += [f"{path}: the questionnaire {found.form} has no question {name}" for name in unknown]
    return faults


def questions(catalogue: Catalogue) -> frozenset[str]:
    """The names of all questions that the catalogue counts from."""
    found: set[str] = set()
    for one in catalogue.indicators:
        found.add(one.numerator if isinstance(one.numerator, str) else one.numerator[0])
        found |= {condition[0] for condition in (one.otherwise, one.unit.among) if condition is not None}
        found |= {one.unit.of} if one.unit.of is not None else set()
    return frozenset(found)


def _unit(id_: str, cells: Mapping[str, Any]) -> Unit:
    among = _condition(cells["among"]) if cells.get("among") else None
    return Unit(id_, _texts(cells), cells.get("of"), among)


def _indicator(cells: Mapping[str, Any], units: Mapping[str, Unit], faults: list[str]) -> Indicator | None:
    id_ = str(cells.get("id", ""))
    unit = units.get(str(cells.get("unit", "")))
    counted, target = cells.get("counts"), cells.get("target")
    wrong = _faults(id_, unit, counted, target)
    faults += [f"indicator {id_ or '?'}: {fault}" for fault in wrong]
    if wrong or unit is None:
        return None
    return Indicator(
        id_,
        _texts(cells.get("title") or {}),
        unit,
        counted if isinstance(counted, str) else _condition(counted or {}),
        _condition(cells["otherwise"]) if cells.get("otherwise") else None,
        target,
        str(cells.get("source", "")),
        _texts(cells.get("definition") or {}),
    )


def _faults(id_: str, unit: Unit | None, counted: object, target: object) -> Iterable[str]:
    if not id_ or id_[0] in "=!@":
        return ["id is missing or begins with one of “=!@”; use letters, digits and _"]
    if unit is None:
        return ["unit is missing or not among `units`"]
    if unit.of is not None and not isinstance(counted, str):
        return [f"its unit is people ({unit.of}), so counts must name a question that tells a number"]
    if unit.of is None and not (isinstance(counted, dict) and len(counted) == 1):
        return ["its unit is households, so counts must be one question and its choices: {name: [choice]}"]
    if target is not None and not (isinstance(target, (int, float)) and 0 < target <= 100):
        return [f"target is {target!r}; a percentage above 0 up to 100"]
    return []


def _condition(cells: Mapping[str, Any]) -> Condition:
    ((name, choices),) = cells.items()
    return name, frozenset(str(choice) for choice in choices)


def _texts(cells: Mapping[str, Any]) -> dict[str, str]:
    return {language: str(cells[language]) for language in ("vi", "en") if language in cells}
