"""Values that the form asks of its surroundings when it is opened or closed (`jr:preload`).

https://getodk.github.io/xforms-spec/#preload-attributes
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from content.datatypes import timestamp
from content.form import Bind


def preload(bind: Bind, now: datetime, facts: Mapping[str, str], uid: UUID) -> str | None:
    """The value when the form is opened; None where the preload gives none."""
    match bind.preload, bind.preload_params:
        case "uid", _:
            return f"uuid:{uid}"
        case "date", "today":
            return now.date().isoformat()
        case "timestamp", "start":
            return timestamp(now)
        case "property", name:
            return facts.get(name)
    return None


def is_set_at_end(bind: Bind) -> bool:
    """Whether the value is the time at which the form is closed."""
    return (bind.preload, bind.preload_params) == ("timestamp", "end")
