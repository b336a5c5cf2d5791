"""`tocns openrosa`: what came from ODK Collect and is not counted; what another server will not take."""

from datetime import datetime

import typer

from bot.commands.failure import LANGUAGE, Fault
from bot.commands.given import MOST
from bot.commands.setting import settings
from bot.commands.stored import stored

app = typer.Typer(
    no_args_is_help=True, help="ODK Collect and other OpenRosa servers. Example: tocns openrosa parked"
)


@app.command(epilog="Example: tocns openrosa parked")
def parked() -> None:
    """Lists the submissions that are kept but not counted: id, when, who (by number), form, and why."""
    from storage import collected

    found = settings(need_key=True)
    for one in stored(collected.parked):
        assert one.problem is not None
        moment = one.received_at.astimezone(found.zone)
        why = one.problem.told(LANGUAGE)
        print(f"{one.instance_id}\t{moment:%Y-%m-%d %H:%M}\t{one.person_id}\t{one.form}\t{why}")


@app.command(epilog="Example: tocns openrosa settle uuid:3f2a… --household 215")
def settle(
    instance: str = typer.Argument(help="the submission's id, as `tocns openrosa parked` shows it"),
    household: int | None = typer.Option(None, max=MOST, help="it is this household's, by its number"),
    area: str | None = typer.Option(None, help="it is of a new household in this hamlet, by its code"),
    as_is: bool = typer.Option(
        False, "--as-is", help="count its answers although the form would refuse them"
    ),
    drop: bool = typer.Option(False, "--drop", help="throw it away"),
) -> None:
    """Takes up a submission that is kept but not counted; without options, just tries it again."""
    from bot.openrosa.receiving import NoSuchForm, Receiver
    from bot.openrosa.settling import Forced
    from content.offline import Problem
    from content.xform import compile_form
    from storage import areas, audit, collected
    from storage.database import Connection
    from storage.shelf import FormCache

    found = settings(need_key=True)
    now = datetime.now(found.zone)
    receiver = Receiver(FormCache(compile_form), lambda: now, lambda *_: None)

    def work(conn: Connection) -> str | Problem:
        hamlet = areas.by_code(conn, area, now.date()) if area else None
        if area and hamlet is None:
            raise Fault(f"--area {area}: no unit has this code today; `tocns areas tree` lists them")
        outcome: str | Problem
        if drop:
            one = collected.find(conn, instance)
            if one is None or one.xml is None:
                raise LookupError(instance)
            collected.settle(conn, instance, None)
            outcome = "dropped"
        else:
            forced = Forced(household, hamlet.id if hamlet else None, as_is)
            outcome = receiver.settle(conn, instance, forced)
        if isinstance(outcome, str):
            audit.append(conn, audit.Entry(now, None, "cli", "settle", f"submission {instance}", "", outcome))
        return outcome

    try:
        outcome = stored(work, write=True)
    except LookupError:
        raise Fault(
            f"{instance}: nothing of this id waits; `tocns openrosa parked` lists what does"
        ) from None
    except NoSuchForm:
        raise Fault(f"{instance}: its questionnaire is not published any more; publish it again") from None
    if isinstance(outcome, Problem):
        raise Fault(f"{instance}: not counted yet: {outcome.told(LANGUAGE)}")
    print(f"{instance}: {outcome}" if drop else f"{instance}: counted as survey {outcome}")


@app.command(epilog="Example: tocns openrosa push --again")
def push(
    again: bool = typer.Option(False, "--again", help="send what was refused once more"),
) -> None:
    """Says how many revisions went on to the server of TOCNS_OPENROSA_PUSH_URL, and lists what it refused."""
    from storage import pushes

    found = settings(need_key=True)
    if again:
        number = stored(lambda conn: pushes.again(conn, datetime.now(found.zone)), write=True)
        print(f"{number} queued again")
        return
    states = stored(pushes.counts)
    print(" ".join(f"{status}={states.get(status, 0)}" for status in ("waiting", "sent", "refused")))
    for one in stored(pushes.all_refused):
        print(f"{one.survey_id}\t{one.revision}\t{one.error}")
