"""Interviews that were under way in this process lately, so that their next answer need not begin by building
all of it from the state again.

It saves time and changes nothing: a sitting goes on only where it stands exactly as the state has it that is
handed in. After a turn that was rolled back, and where another process took the last answer, it does not, and
the sitting is made anew.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from content.form import Form
from content.sitting import Sitting
from content.steps import State, World

MOST_NODES, ITSELF = 60_000, 20
"""Nodes in all sittings that are kept, some 250 bytes each: 100 interviews of a form of 300 questions, 1,600
of one of eight. And as how many nodes a sitting counts besides: most of a short one is what any costs."""


class Sittings:
    """Keeps the sittings last used, one an interview (a form and a seed), until they have too many nodes."""

    def __init__(self, most_nodes: int = MOST_NODES) -> None:
        self._most = most_nodes
        self._nodes = 0
        self._kept: OrderedDict[tuple[Form, str], Sitting] = OrderedDict()
        self._sizes: dict[tuple[Form, str], int] = {}
        self._lock = Lock()  # turns run on several threads

    def take(self, form: Form, state: State, world: World) -> Sitting | None:
        """The interview's sitting, if it stands as the state has it; from then on it is the caller's."""
        key = form, world.seed
        with self._lock:
            sitting = self._drop(key) if key in self._kept else None
        if sitting is None:
            return None
        if not sitting.stands_as(state):
            sitting.end()
            return None
        sitting.go_on_with(state, world)
        return sitting

    def keep(self, sitting: Sitting) -> None:
        """Takes a sitting back, or a new one in; nobody else may hold it any longer."""
        key = sitting.form, sitting.world.seed
        size = ITSELF + len(sitting.form.items) + len(sitting.instance.values)
        with self._lock:
            dropped = [self._drop(key)] if key in self._kept else []
            self._kept[key], self._sizes[key] = sitting, size
            self._nodes += size
            while self._nodes > self._most:
                dropped.append(self._drop(next(iter(self._kept))))
        for one in dropped:
            one.end()

    def _drop(self, key: tuple[Form, str]) -> Sitting:
        self._nodes -= self._sizes.pop(key)
        return self._kept.pop(key)
