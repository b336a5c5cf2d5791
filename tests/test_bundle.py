"""A questionnaire with the files that it names: what is read, what a chat shows, what is said of the rest."""

import zipfile
from io import BytesIO

import pytest

from content import interview
from content.bundle import LARGEST_PICTURE, Bundle, packed, read_list, unpacked
from content.form import FormError
from content.interview import Asked, Given, Review
from content.xlsform import Checked, check
from tests.questionnaires import WORLD

PICTURE = b"\x89PNG..."
STATIONS = "name,label,xa\na,Trạm Ấp 1,bh\nb,Trạm Ấp 2,bh\nc,Trạm chợ,mh\n"
PRICES = "ma;dong\na;5000\nb;7000\n"
FORM = """
| survey | | | | | | |
| | type | name | label | media::image | media::audio | calculation | choice_filter |
| | select_one xa | xa | Xã nào? | xa.png | xa.mp3 | | |
| | select_one_from_file tram.csv | tram | Trạm nào? | | | | xa = ${xa} |
| | calculate | gia | | | | pulldata('gia', 'dong', 'ma', ${tram}) | |
| | note | het | Giá ${gia} đồng | | | | |
| choices | | | |
| | list_name | name | label |
| | xa | bh | Bình Hòa |
| | xa | mh | Mộc Hóa |
| settings | | |
| | form_id | version |
| | tram | 1 |
"""
FILES = {"tram.csv": STATIONS.encode(), "gia.csv": PRICES.encode(), "xa.png": PICTURE}


def zipped(files: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as into:
        for name, data in files.items():
            into.writestr(name, data)
    return made.getvalue()


def keys(checked: Checked) -> list[tuple[str, str]]:
    return [(fault.key, fault.values.get("name", "")) for fault in checked.faults]


def test_lists_and_pictures_of_a_zip_are_the_forms_own() -> None:
    checked = check(packed(Bundle("tram.md", FORM.encode(), FILES)), "tram.zip")
    assert checked.form is not None
    assert keys(checked) == [("chat-media", "xa.mp3")]
    step = interview.begin(checked.form, WORLD)
    assert isinstance(step, Asked)
    assert step.question.picture == ("xa.png", PICTURE)
    step = interview.answer(checked.form, step.state, Given(text="binh hoa"), WORLD)
    assert isinstance(step, Asked)
    assert [option.label for option in step.question.options] == ["Trạm Ấp 1", "Trạm Ấp 2"]
    assert step.question.picture is None
    step = interview.answer(checked.form, step.state, Given(text="tram ap 2"), WORLD)
    assert isinstance(step, Review)
    assert step.notes == ("Giá 7000 đồng",)


def test_what_is_missing_is_named_and_the_form_runs_all_the_same() -> None:
    checked = check(FORM.encode(), "tram.md")
    assert checked.form is not None
    assert keys(checked) == [
        ("chat-external", "gia.csv"),
        ("chat-external", "tram.csv"),
        ("chat-media", "xa.mp3"),
        ("chat-picture", "xa.png"),
    ]


def test_a_picture_that_no_chat_takes_is_not_shown() -> None:
    files = {**FILES, "xa.png": b"." * (LARGEST_PICTURE + 1)}
    checked = check(FORM.encode(), "tram.md", files)
    assert ("chat-picture", "xa.png") in keys(checked)
    assert checked.form is not None
    assert checked.form.pictures == {}


def test_files_are_found_in_whatever_folder_and_what_systems_add_is_left_out() -> None:
    made = zipped({"phieu.md": FORM.encode(), "phieu-media/tram.csv": b"name", "__MACOSX/x.csv": b"?"})
    bundle = unpacked(made, "phieu.zip")
    assert (bundle.name, dict(bundle.files)) == ("phieu.md", {"tram.csv": b"name"})


def test_the_same_bundle_makes_the_same_zip() -> None:
    made = packed(Bundle("tram.md", FORM.encode(), FILES))
    again = unpacked(made, "tram.zip")
    assert (again.name, again.source, dict(again.files)) == ("tram.md", FORM.encode(), FILES)
    assert packed(again) == made


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (b"PK no zip", "bundle-broken"),
        (zipped({"a.csv": b"name"}), "bundle-empty"),
        (zipped({"a.md": b"", "b.md": b""}), "bundle-several"),
        (zipped({f"f{n}.csv": b"" for n in range(600)}), "zip-bomb"),
        (zipped({"a.md": FORM.encode(), "b.csv": b"0" * 70_000_000}), "zip-bomb"),
    ],
)
def test_a_zip_that_serves_for_nothing_is_refused_with_the_reason(source: bytes, key: str) -> None:
    with pytest.raises(FormError) as refused:
        unpacked(source, "phieu.zip")
    assert [fault.key for fault in refused.value.faults] == [key]
    assert keys(check(source, "phieu.zip"))[0][0] == key


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.csv", "name,label\n1,Một\n", [["1", "Một"]]),
        ("a.csv", "name;label\n1;Một, hai\n", [["1", "Một, hai"]]),
        ("a.xml", "<root><item><name>1</name><label>Một</label></item></root>", [["1", "Một"]]),
        (
            "a.geojson",
            '{"features": [{"id": 7, "geometry": {"type": "Point", "coordinates": [106.2, 10.5]},'
            ' "properties": {"name": "1"}}]}',
            [["7", "1", "10.5 106.2 0 0"]],
        ),
    ],
)
def test_a_list_is_read_as_items(name: str, data: str, told: list[list[str]]) -> None:
    root = read_list(name, data.encode()).elements()[0]
    assert [[cell.string() for cell in item.elements()] for item in root.named("item")] == told


@pytest.mark.parametrize(
    ("name", "data"),
    [("gia.xml", b"<root>"), ("gia.geojson", b"[]"), ("gia.geojson", b'{"features": [1]}')],
)
def test_a_list_that_cannot_be_read_is_a_fault_of_the_form(name: str, data: bytes) -> None:
    form = FORM.replace("tram.csv", name).replace("pulldata('gia', 'dong', 'ma', ${tram})", "1")
    assert ("bad-file", name) in keys(check(form.encode(), "tram.md", {name: data}))
