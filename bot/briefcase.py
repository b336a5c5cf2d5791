"""Submissions as a folder that ODK Briefcase, Central and Kobo take in: the questionnaire, and for each
submission a folder `instances/uuid…` with `submission.xml` and its files.

https://docs.getodk.org/briefcase-using/#working-with-the-storage-directory
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from content import submission
from storage.export import Exported, Revised

_UNSAFE = re.compile(r"[^\w.-]+")


class Folder:
    """The folder at `path`. `history`, `files` and `file` look up a survey's revisions, the names of its
    files, and what is in one.

    Each revision is a submission of its own, which names the one before as deprecated: so nothing is lost on
    the way, and a server that takes them in their order ends with the newest. Refusals have no answers, so
    they are left out.
    """

    def __init__(
        self,
        path: Path,
        xforms: Mapping[str, str],
        history: Callable[[str], list[Revised]],
        files: Callable[[str], list[str]],
        file: Callable[[str], bytes | None],
    ) -> None:
        self._instances = path / "instances"
        self._instances.mkdir(parents=True, exist_ok=True)
        self._history, self._files, self._file = history, files, file
        self.paths = [path]
        for name, xform in xforms.items():
            (path / f"{safe(name)}.xml").write_text(xform, encoding="utf-8")

    def add(self, survey: Exported, submitter: str) -> None:  # noqa: ARG002 (the XML says who, if the form asks)
        """Writes the revisions of a survey."""
        if not survey.consent:
            return
        names = self._files(survey.id)
        for going in revisions(survey.id, self._history(survey.id)):
            folder = self._instances / safe(going.instance_id.replace(":", ""))
            folder.mkdir(exist_ok=True)
            (folder / "submission.xml").write_text(going.xml, encoding="utf-8")
            for name in names:
                data = self._file(name) if name in going.xml else None
                if data is not None:
                    (folder / safe(name)).write_bytes(data)

    def close(self) -> None:
        """Nothing is left to be done."""


@dataclass(frozen=True, slots=True)
class Going:
    """A revision as it goes out."""

    number: int
    instance_id: str
    xml: str


def revisions(survey_id: str, history: list[Revised]) -> list[Going]:
    """Each revision that has answers as it goes out.

    What came from another OpenRosa client keeps the id it came with; what was answered in the chat is given
    one, always the same.
    """
    found: list[Going] = []
    before = ""
    for revised in history:
        if not revised.xml:  # they withdrew, or refused at first
            continue
        own = submission.identity(revised.xml) if revised.channel == submission.CHANNEL else ""
        identity = own or submission.of_revision(survey_id, revised.number)
        xml = submission.identified(revised.xml, identity, before)
        found.append(Going(revised.number, identity, xml))
        before = identity
    return found


def safe(name: str) -> str:
    """As a file may be called, on any system."""
    return _UNSAFE.sub("_", name).strip(".") or "_"
