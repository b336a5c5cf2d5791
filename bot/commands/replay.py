"""`tocns replay`: events whose handler failed, handled again after the mend."""

import asyncio

import typer

from bot.commands.failure import Fault
from bot.commands.given import MOST
from bot.commands.setting import settings
from bot.commands.stored import stored

app = typer.Typer()


@app.command(epilog="Example: tocns replay · tocns replay 7")
def replay(
    number: int | None = typer.Argument(None, max=MOST, help="the event; without it, all are listed"),
) -> None:
    """Lists the parked events, or handles one of them again."""
    from bot.app import build
    from bot.service import NotReady
    from storage import parked
    from storage.database import Unavailable

    if number is None:
        for event in stored(parked.waiting):
            error = event.error.rstrip().rpartition("\n")[2].partition(":")[0]
            print(f"{event.id}\t{event.parked_at:%Y-%m-%d %H:%M}Z\t{event.channel}\t{error}")
        return
    found = settings(need_key=True)

    async def run() -> None:
        service = build(found)
        await service.database.open()
        try:
            await service.desk.replay(number)
            print(f"{number}: handled; what the bot answers is sent by the running service.")
        finally:
            await service.database.close()

    try:
        asyncio.run(run())
    except LookupError:
        raise Fault(f"{number}: no such event waits; `tocns replay` lists those that do") from None
    except (NotReady, Unavailable) as error:
        raise Fault(str(error)) from None
    except Exception as error:
        raise Fault(f"{number}: still fails with {type(error).__name__}; it stays parked") from error
