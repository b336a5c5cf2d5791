"""`tocns db`: the database's schema, revision by revision (Alembic)."""

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings

app = typer.Typer(no_args_is_help=True, help="Database migrations. Example: tocns db upgrade")


@app.command()
def upgrade() -> None:
    """Brings the database up to this version of the program. Example: tocns db upgrade"""
    from storage import revisions

    url = settings().database_url
    try:
        revisions.upgrade(url)
    except revisions.UnknownRevision as error:
        raise Fault(
            f"the database is newer than this program: {error}; start the program's newer version, "
            "or let that version run `tocns db downgrade` first"
        ) from None
    print(f"The database is at {revisions.current(url)}.")


@app.command()
def downgrade(rev: str) -> None:
    """Takes the database back to a revision; `base` empties it. Example: tocns db downgrade -1"""
    from storage import revisions

    url = settings().database_url
    try:
        revisions.downgrade(url, rev)
    except revisions.UnknownRevision as error:
        raise Fault(f"{rev}: {error}; `tocns db current` says where the database is") from None
    print(f"The database is at {revisions.current(url) or 'base'}.")


@app.command()
def current() -> None:
    """Says at which revision the database is, and which one this program needs. Example: tocns db current"""
    from storage import revisions

    print(f"database: {revisions.current(settings().database_url) or 'empty'}, program: {revisions.head()}")
