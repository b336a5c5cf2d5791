"""`tocns serve`: the service."""

import asyncio
import gc
import signal

import typer

from bot.commands.failure import Fault
from bot.commands.setting import settings

app = typer.Typer()


@app.command(epilog="Example: tocns serve --part web")
def serve(part: str = typer.Option("all", help="all, web (hears, web chat) or worker (delivers)")) -> None:
    """Runs the service with every channel whose settings are present, until it is told to stop."""
    gc.disable()  # while a quarter of a million objects are made that all stay: Service.start enables it
    from bot import logs
    from bot.app import build
    from bot.service import NotReady, Service

    if part not in {"all", "web", "worker"}:
        raise typer.BadParameter(f"{part}: must be all, web or worker")
    found = settings(need_key=True)
    logs.configure(found.log_format, found.log_level)

    async def run(service: Service) -> None:
        await service.start(part)  # type: ignore[arg-type]
        if part != "worker":
            print(f"tocns serves on http://{found.http_host}:{service.port}/", flush=True)
        if await until_told() == signal.SIGTERM:
            await service.leave()
        await service.stop()

    try:
        asyncio.run(run(build(found)))
    except (NotReady, ValueError) as error:
        raise Fault(str(error)) from None


async def until_told() -> signal.Signals:
    """Waits for SIGTERM or SIGINT; which one came."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[signal.Signals] = loop.create_future()

    def tell(number: signal.Signals) -> None:
        if not told.done():
            told.set_result(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell, number)
    return await told
