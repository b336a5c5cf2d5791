"""`templates/zalo.yaml`: what may be spent, and the approved wordings; a mistake in it is told in words."""

from pathlib import Path

import pytest

from content import postage
from content.postage import Postage, PostageError, Wording


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "zalo.yaml"
    path.write_text(text, "utf-8")
    return path


def test_as_it_comes_nothing_may_cost_and_there_are_no_templates() -> None:
    assert postage.read() == Postage(0, {})


def test_a_districts_own_file_takes_its_place(tmp_path: Path) -> None:
    assert postage.path_of(None) == postage.path_of(tmp_path) == postage.PATH
    (tmp_path / "templates").mkdir()
    own = write(tmp_path / "templates", "ceiling: 5")
    assert postage.path_of(tmp_path) == own


def test_the_example_in_the_file_and_in_the_guide_reads(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "operator" / "zalo.md").read_text("utf-8")
    example = guide.split("```yaml\n")[1].split("```")[0]
    commented = [line.removeprefix("# ") for line in postage.PATH.read_text("utf-8").splitlines()]
    shipped = commented[commented.index("templates:") :][:3]
    for text in (example, "\n".join(shipped)):
        read = postage.read(write(tmp_path, text))
        assert set(read.templates) == {"reminder", "digest"}
        assert read.templates["digest"].by_phone


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ceiling: nhiều", "ceiling: must be a whole number"),
        ("ceiling: -1", "ceiling: must be a whole number"),
        ("celing: 5", "only `ceiling` and `templates`"),
        ("- 5", "only `ceiling` and `templates`"),
        (
            "templates: {reply: {id: 1, price: 1, values: {a: text}}}",
            "use the kinds broadcast, digest, reminder",
        ),
        ("templates: {digest: {id: 1, values: {a: text}}}", "digest: needs id, price and values"),
        ("templates: {digest: {id: 1, price: 1, values: {a: phone}}}", "fill each parameter with one of"),
        ("templates: {digest: {id: 1, price: 1, values: {}}}", "fill each parameter with one of"),
        ("ceiling: [", "can't be read"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(PostageError, match=r"zalo\.yaml") as error:
        postage.read(write(tmp_path, text))
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Còn 3 hộ", "Còn 3 hộ"),
        ("Còn  3\nhộ", "Còn 3 hộ"),
        ("Chiều nay còn ba hộ, chưa ai tới", "Chiều nay còn ba…"),
        ("a" * 30, "a" * 20),
    ],
)
def test_a_text_is_cut_at_a_word_to_what_the_template_takes(text: str, filled: str) -> None:
    wording = Wording("1", 560, {"noi_dung": "text", "ten": "name"}, longest=20)
    assert wording.fill(text=text, name="Lan", day="") == {"noi_dung": filled, "ten": "Lan"}
    assert len(filled) <= 20
