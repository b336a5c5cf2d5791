"""`tocns db`: the database's schema, revision by revision (Alembic)."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings

app = typer.Typer(no_args_is_help=True, help="Database migrations. Example: tocns db upgrade")


@contextmanager
def _told() -> Iterator[None]:
    """What the database refuses, in a sentence."""
    from storage import revisions
    from storage.database import Unavailable

    try:
        yield
    except (Unavailable, revisions.TooNew) as error:
        raise Fault(str(error)) from None
    except revisions.UnknownRevision as error:
        raise Fault(f"{error}; `tocns db current` says where the database is") from None


@app.command()
def upgrade() -> None:
    """Brings the database up to this version of the program. Example: tocns db upgrade"""
    from storage import revisions

    url = settings().database_url
    with _told():
        revisions.upgrade(url)
        at = revisions.current(url) or ""
    newer = ", newer than this program, which it serves still" if at > revisions.head() else ""
    print(f"The database is at {at}{newer}.")


@app.command(context_settings={"ignore_unknown_options": True})  # -1 is no option
def downgrade(rev: str = typer.Argument(help="as 0021; -1 is the one before; base empties it")) -> None:
    """Takes the database back to a revision. Example: tocns db downgrade -1"""
    from storage import revisions

    url = settings().database_url
    with _told():
        revisions.downgrade(url, rev)
        at = revisions.current(url) or "base"
    print(f"The database is at {at}.")


@app.command()
def current() -> None:
    """Says at which revision the database is, and which one this program needs. Example: tocns db current"""
    from storage import revisions

    with _told():
        at = revisions.current(settings().database_url) or "empty"
    print(f"database: {at}, program: {revisions.head()}")
