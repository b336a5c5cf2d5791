"""`tocns chat`: the bot in a terminal, on the service's own database."""

import asyncio
import gc

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings

app = typer.Typer()

LOOK_AGAIN = 0.02


@app.command(epilog="Example: tocns chat, then /start with an invitation's code")
def chat() -> None:
    """Talks with the bot here. One is a citizen until one takes up an invitation; Ctrl-D ends it."""
    gc.disable()
    from bot import logs
    from bot.app import build
    from bot.channels.base import Incoming
    from bot.channels.terminal import Terminal
    from bot.service import NotReady, Service
    from storage import outbox
    from storage.database import Connection

    found = settings(need_key=True)
    logs.configure(found.log_format, "WARNING")
    terminal = Terminal(_read, print)

    async def run(service: Service) -> None:
        async def hear(incoming: Incoming) -> None:
            """Handles what was typed, and waits for the answer: the next line is read after it."""
            await service.desk.hear(incoming)
            while await service.database.read(on_its_way):  # noqa: ASYNC110 - another task delivers
                await asyncio.sleep(LOOK_AGAIN)

        await service.start("worker")
        try:
            await terminal.talk(hear)
        finally:
            await service.stop()

    def on_its_way(conn: Connection) -> bool:
        backlog = outbox.backlog(conn)
        return any((terminal.name, status) in backlog for status in ("waiting", "attempted"))

    try:
        asyncio.run(run(build(found, channels={terminal.name: terminal})))
    except NotReady as error:
        raise Fault(str(error)) from None


def _read() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None
