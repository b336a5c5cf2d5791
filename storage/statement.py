"""SQLAlchemy expressions as plain SQL: compiled once for an engine, then run on the driver itself.

A SQLAlchemy connection costs a turn ten times what its statements do, so the expressions stay (one text for
both engines, types and all) and the machinery around them goes.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import Column, Date, Dialect, Float, Table, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import ClauseElement, ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from storage.columns import Sealed, SealedBytes
from storage.secrets import Vault

Encode = Callable[[Any], Any]


class Statement:
    """An expression that is compiled once and run often. Open values are `bindparam("name")`, given by name:

    `OPEN = Statement(select(talk).where(talk.c.person_id == bindparam("person")))`,
    `conn.one(OPEN, person=7)`.
    Make it at import, as a constant: what is compiled is kept as long as the engine lives.
    """

    __slots__ = ("expression",)

    def __init__(self, expression: ClauseElement) -> None:
        self.expression = expression


def table(model: type[SQLModel]) -> Table:
    """The table of a class of `storage.tables`, to write expressions with."""
    return model.__table__  # type: ignore[attr-defined,no-any-return]


class Row(tuple[Any, ...]):
    """One row of a result; its columns are attributes by their names, and items by their order."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


@cache
def _row_type(names: tuple[str, ...]) -> type[Row]:
    fields = {name: property(itemgetter(place)) for place, name in enumerate(names)}
    return type("Row", (Row,), {"__slots__": (), **fields})


class Plan:
    """A statement as one engine runs it: SQL, the order of its values, and how cells are written and read."""

    __slots__ = ("_decoders", "_defaults", "_encoders", "_known", "_many", "_pick", "_row", "changes", "sql")

    def __init__(self, compiled: SQLCompiler, row: type[Row], dialect: Dialect, vault: Vault) -> None:
        names = list(compiled.positiontup or ())
        columns = compiled.statement.exported_columns if row is not Row else ()  # type: ignore[union-attr]
        self.sql = str(compiled)
        self.changes = _changed(compiled)
        """The table that it writes to, "" for a query."""
        self._known = frozenset(names)
        self._many = len(self._known)
        self._pick = _picker(names)
        self._row = row
        self._defaults = _defaults(compiled, names)
        self._encoders = _numbered(_encoder(_type(compiled, name), dialect, vault) for name in names)
        self._decoders = _numbered(_decoder(column, dialect, vault) for column in columns)

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the placeholders. Raises TypeError for a name missing or unknown."""
        given = {**self._defaults, **params} if self._defaults else params
        try:
            values = self._pick(given)
        except KeyError:
            self._refuse(given.keys())
        if len(given) != self._many:
            self._refuse(given.keys())
        for place, encode in self._encoders:
            values[place] = encode(values[place])
        return values

    def _refuse(self, given: AbstractSet[str]) -> NoReturn:
        missing, unknown = sorted(self._known - given), sorted(given - self._known)
        raise TypeError(f"no value for {missing}, unknown values {unknown} for: {self.sql}")

    def row(self, raw: Iterable[Any]) -> Row:
        """A driver's row as people read it."""
        if not self._decoders:
            return self._row(raw)
        cells = list(raw)
        for place, decode in self._decoders:
            cells[place] = decode(cells[place])
        return self._row(cells)


def _picker(names: list[str]) -> Callable[[Mapping[str, Any]], list[Any]]:
    """The values of these names, in their order; KeyError where one is missing."""
    if len(names) < 2:  # itemgetter of one gives it bare
        return lambda given: [given[name] for name in names]
    pick = itemgetter(*names)
    return lambda given: list(pick(given))


class Memory:
    """What the tables LASTING of `storage.database` were found to hold, under the mark they had then."""

    def __init__(self) -> None:
        self._kept: tuple[str, dict[Hashable, Any]] = ("", {})

    def under(self, mark: str) -> dict[Hashable, Any]:
        """What is remembered under this mark; of another mark nothing is kept."""
        kept = self._kept
        if kept[0] != mark:
            kept = self._kept = (mark, {})
        return kept[1]


class Planner:
    """Compiles statements for one dialect and one vault, and keeps what it has compiled."""

    def __init__(self, dialect: Dialect, vault: Vault) -> None:
        self.dialect = dialect
        self.vault = vault
        self.memory = Memory()
        self._kept: dict[Any, Plan] = {}

    def plan(self, statement: Statement | ClauseElement) -> Plan:
        """The plan of a statement; a bare expression is compiled anew each time."""
        if not isinstance(statement, Statement):
            return self._compile(statement)
        kept = self._kept.get(statement)
        if kept is None:
            kept = self._kept[statement] = self._compile(statement.expression)
        return kept

    def insert(self, table: Table, columns: Iterable[str], *, returning: bool) -> Plan:
        """The plan that inserts into these columns; with `returning` it gives the row's own number."""
        key = (table, tuple(columns), returning)
        kept = self._kept.get(key)
        if kept is None:
            expression = insert(table).values(
                {name: bindparam(name, type_=table.c[name].type) for name in key[1]}
            )
            kept = self._kept[key] = self._compile(
                expression.returning(table.c.id) if returning else expression
            )
        return kept

    def _compile(self, expression: ClauseElement) -> Plan:
        compiled = expression.compile(dialect=self.dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)
        names = tuple(getattr(expression, "exported_columns", {}).keys())
        return Plan(compiled, _row_type(names) if names else Row, self.dialect, self.vault)


def _changed(compiled: SQLCompiler) -> str:
    statement = compiled.statement
    return (
        statement.table.name
        if isinstance(statement, UpdateBase) and isinstance(statement.table, Table)
        else ""
    )


def _defaults(compiled: SQLCompiler, names: list[str]) -> dict[str, Any]:
    """What need not be given: literals of the expression, and columns' own defaults."""
    literals = {name: value for name, value in compiled.params.items() if name in names}
    for name in names:
        bind = compiled.binds.get(name)
        if bind is not None and bind.required:
            literals.pop(name, None)  # a name may stand in several places
    for column in compiled.insert_prefetch or ():
        if not getattr(column.default, "is_scalar", False):
            raise TypeError(f"{column} has a default that is no plain value: give it")
        literals[column.key] = column.default.arg  # type: ignore[union-attr]
    return literals


def _type(compiled: SQLCompiler, name: str) -> TypeEngine[Any]:
    # The members of an IN list are named after it: ids_1, ids_2, …
    bind = compiled.binds[name if name in compiled.binds else name.rpartition("_")[0]]
    return bind.type


def _numbered(functions: Iterable[Encode | None]) -> tuple[tuple[int, Encode], ...]:
    return tuple((place, function) for place, function in enumerate(functions) if function is not None)


def _encoder(kind: TypeEngine[Any], dialect: Dialect, vault: Vault) -> Encode | None:
    if isinstance(kind, (Sealed, SealedBytes)):
        seal = vault.seal if isinstance(kind, Sealed) else vault.seal_bytes
        return lambda value: None if value is None else seal(value)
    if isinstance(kind, Date) and dialect.name == "sqlite":
        return lambda value: None if value is None else value.isoformat()  # SQLAlchemy formats by a pattern
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _decoder(column: ColumnElement[Any] | Column[Any], dialect: Dialect, vault: Vault) -> Encode | None:
    if isinstance(column.type, (Sealed, SealedBytes)):
        unseal = vault.open if isinstance(column.type, Sealed) else vault.open_bytes
        return lambda sealed: None if sealed is None else unseal(sealed)
    if isinstance(column.type, Float):
        return None  # the drivers give floats as they are; SQLAlchemy would want to know the driver's type
    return column.type.dialect_impl(dialect).result_processor(dialect, None)
