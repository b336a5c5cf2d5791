"""`tocns form check`, `try` and `play`, as an operator meets them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.questionnaires import HOUSEHOLD, MEMBERS

ROOT = Path(__file__).parent.parent

XFORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
<h:title>T</h:title><model><itext><translation lang="vi"><text id="a"><value>Mấy?</value></text></translation>
<translation lang="en"><text id="a"><value>How many?</value></text></translation></itext>
<instance><data id="t"><a/><r><b/></r></data></instance><bind nodeset="/data/a" type="int" required="true()"/>
<bind nodeset="/data/r/b" relevant="/data/a &gt; 1"/></model></h:head><h:body>
<input ref="/data/a"><label ref="jr:itext('a')"/></input>
<repeat nodeset="/data/r"><input ref="/data/r/b"/></repeat></h:body></h:html>"""


def tocns(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "form", *words],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def household(tmp_path: Path) -> Path:
    path = tmp_path / "ho.md"
    path.write_text(HOUSEHOLD, "utf-8")
    return path


class TestCheck:
    def test_a_form_that_runs_is_told_in_one_line(self, household: Path) -> None:
        done = tocns("check", str(household))
        assert done.returncode == 0
        assert done.stdout == "ho.md: ready to run. Phiếu hộ, 11 questions, version 3.\n"

    def test_every_fault_is_a_line_on_stderr(self, tmp_path: Path) -> None:
        path = tmp_path / "sai.md"
        path.write_text(
            "| survey |\n| | type | name | label | relevant |\n"
            "| | text | a b | A | |\n| | text | c | C | ${d} = 1 |\n"
        )
        done = tocns("check", str(path))
        assert done.returncode == 1
        assert done.stdout == ""
        assert [line.partition(": ")[2].partition(":")[0] for line in done.stderr.splitlines()[:2]] == [
            "error",
            "error",
        ]
        assert "row 3, column name" not in done.stderr
        assert "survey, row 2, column name" in done.stderr
        assert "survey, row 3, column relevant" in done.stderr
        assert "Traceback" not in done.stderr
        asked = tocns("check", "--language", "vi", str(path))
        assert "survey, dòng 2, cột name" in asked.stderr
        assert tocns("check", "--language", "fr", str(path)).returncode == 2

    def test_a_file_that_is_not_there_is_told(self) -> None:
        done = tocns("check", "khong-co.xlsx")
        assert done.returncode == 1
        assert "khong-co.xlsx" in done.stderr


class TestTry:
    def test_a_form_is_filled_in_here_and_nothing_is_recorded(self, household: Path) -> None:
        typed = "có\n4\nquay lại\n5\n3\n1\nhôm qua\n\n0912345678\nbỏ qua\nbỏ qua\n\n"
        done = tocns("try", str(household), typed=typed)
        assert done.returncode == 0
        assert "<so_nguoi>5</so_nguoi>" in done.stdout.splitlines()[-1]

    def test_the_end_of_input_ends_it(self, household: Path) -> None:
        assert tocns("try", str(household), typed="có\n").returncode == 0


class TestPlay:
    def play(self, tmp_path: Path, table: str, answers: list[list[str]]) -> dict:
        (tmp_path / "form.md").write_text(table, "utf-8")
        (tmp_path / "answers.json").write_text(json.dumps({"answers": answers}), "utf-8")
        done = tocns("play", str(tmp_path / "form.md"), str(tmp_path / "answers.json"))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def test_answers_are_given_as_a_person_types_them(self, tmp_path: Path) -> None:
        played = self.play(
            tmp_path,
            HOUSEHOLD,
            [
                ["dong_y", "có"],
                ["so_nguoi", "bốn người"],
                ["/data/ho/tu_15", "9"],
                ["tu_15", "3"],
                ["mang", "1,2"],
                ["tu_ngay", "15/8"],
                ["dien_thoai", "0912 345 678"],
                ["anh", "anh.jpg"],
            ],
        )
        assert played["complete"] is True
        assert played["asked"] == [
            "dong_y",
            "so_nguoi",
            "tu_15",
            "mang",
            "tu_ngay",
            "toc_do",
            "dien_thoai",
            "vi_tri",
            "anh",
        ]
        assert [row[:2] for row in played["rejected"]] == [["tu_15", "9"]]
        assert played["values"]["/data/ho/mang"] == "wifi 4g"
        assert played["values"]["/data/ho/tu_ngay"] == "2026-08-15"
        assert "<anh>anh.jpg</anh>" in played["xml"]

    def test_a_required_question_without_an_answer_leaves_it_incomplete(self, tmp_path: Path) -> None:
        played = self.play(tmp_path, HOUSEHOLD, [["dong_y", "có"], ["so_nguoi", "4"]])
        assert played["complete"] is False
        assert played["asked"][-1] == "tu_15"
        assert played["values"]["/data/ho/so_nguoi"] == "4"

    def test_answers_whose_question_never_came_are_named_with_the_reason(self, tmp_path: Path) -> None:
        """They were left out without a word: who mistypes a name looks for the fault in the form."""

        def told(*answers: list[str]) -> list[str]:
            (tmp_path / "form.md").write_text(HOUSEHOLD, "utf-8")
            (tmp_path / "answers.json").write_text(json.dumps({"answers": answers}), "utf-8")
            done = tocns("play", str(tmp_path / "form.md"), str(tmp_path / "answers.json"))
            assert done.returncode == 0, done.stderr
            json.loads(done.stdout)
            return [line.partition("answers.json: ")[2] for line in done.stderr.splitlines()]

        assert told(["dong_y", "không"], ["so_nguoi", "4"], ["so_nguoI", "5"]) == [
            "so_nguoi was not asked, for it was not relevant; not given: 4",
            "so_nguoI is no question of this form; not given: 5",
        ]
        assert told(["dong_y", "không"], ["dong_y", "có"]) == ["dong_y was not asked so often; not given: có"]
        assert told(["dong_y", "có"], ["so_nguoi", "4"], ["dien_thoai", "0912345678"]) == [
            "dien_thoai was not asked, for the form stopped at tu_15; not given: 0912345678"
        ]
        assert told(["dong_y", "không"]) == []

    def test_a_repeat_comes_again_while_answers_wait_for_it(self, tmp_path: Path) -> None:
        answers = [["n", "0"], ["ten", "Ba"], ["tuoi", "40"], ["ten", "Con"], ["tuoi", "7"]]
        played = self.play(tmp_path, MEMBERS, answers)
        assert played["values"]["/data/nguoi[2]/ten"] == "Con"
        assert played["values"]["/data/tong"] == "47"

    def test_a_batch_plays_line_by_line_and_no_fault_ends_it(self, tmp_path: Path) -> None:
        ops = [
            {"op": "answer", "ref": "/data/a", "value": "2"},
            {"op": "create_repeat", "ref": "/data/r"},
            {"op": "answer", "ref": "/data/r[2]/b", "value": "x"},
            {"op": "remove_repeat", "ref": "/data/r[1]"},
            {"op": "set_language", "language": "en"},
            {"op": "answer", "ref": "/data/zz", "value": "x"},
            {"op": "answer", "value": "x"},
            "answer",
        ]
        lines = [
            {"id": 1, "form": XFORM, "tz": "Asia/Ho_Chi_Minh", "now": "2026-11-22T20:00:00", "ops": ops},
            {"id": 2, "form": "<nonsense>", "ops": []},
            {"id": 3, "form": {"md": HOUSEHOLD}, "tz": None, "now": None, "ops": []},
            {"id": 4},
            {"id": 5, "form": XFORM, "tz": "Mars/Base"},
            {"id": 6, "form": XFORM, "now": "yesterday"},
            {"id": 7, "form": XFORM, "ops": "answer"},
            ["a", "list"],
        ]
        given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        given.write_bytes("\n".join(map(json.dumps, lines)).encode() + b"\nnot json\n\xff\n")
        assert tocns("play", "--batch", str(given), "--out", str(out)).returncode == 0
        first, second, third, *wrong_ones = map(json.loads, out.read_text("utf-8").splitlines())
        assert (first["id"], first["error"], len(first["steps"])) == (1, None, 9)
        opened, answered, created, named, removed, english, wrong, nowhere, nothing = first["steps"]
        states = {node["ref"]: node for node in opened["nodes"]}
        assert states["/data/a"] == {
            "ref": "/data/a",
            "relevant": True,
            "required": True,
            "readonly": False,
            "value": "",
            "violation": "required",
            "label": "Mấy?",
        }
        assert states["/data/r"]["count"] == 1
        assert states["/data/r[1]/b"]["relevant"] is False
        assert "<b/>" not in opened["xml"]
        assert "<b/>" in answered["xml"]
        assert {node["ref"]: node for node in created["nodes"]}["/data/r"]["count"] == 2
        assert "<b>x</b>" in named["xml"]
        assert {node["ref"]: node for node in removed["nodes"]}["/data/r[1]/b"]["value"] == "x"
        assert {node["ref"]: node for node in english["nodes"]}["/data/a"]["label"] == "How many?"
        assert wrong["error"]
        assert (second["id"], second["steps"]) == (2, [])
        assert second["error"]
        assert third["error"] is None
        assert "`ref`" in nowhere["error"]
        assert "a step is an object" in nothing["error"]
        told = [(one["id"], one["error"].partition(":")[0], one["steps"]) for one in wrong_ones]
        whole = [(None, "a line is an object", []), *[(None, "the line is not JSON", [])] * 2]
        assert told == [(4, "form", []), (5, "tz", []), (6, "now", []), (7, "ops", []), *whole]

    def test_half_of_the_arguments_is_bad_usage(self, tmp_path: Path) -> None:
        assert tocns("play", str(tmp_path / "form.md")).returncode == 2
