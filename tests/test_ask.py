"""`tocns ask` as a person and as a machine meet it."""

import json
import subprocess
import sys
from pathlib import Path

from content import knowledge
from tests.bench import ask as bench


def tocns(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], capture_output=True, text=True, check=False
    )


def test_answers_as_the_bot_would() -> None:
    done = tocns("ask", "quên mật khẩu vssid")
    assert done.returncode == 0
    assert done.stdout.startswith("Quên, lấy lại, đổi mật khẩu VssID")
    assert done.stdout.endswith(". Không phải ý tôi\n")


def test_json_is_as_promised() -> None:
    found = json.loads(tocns("ask", "quên mật khẩu vssid", "--json").stdout)
    assert found["question"] == "quên mật khẩu vssid"
    assert found["answer"].keys() == {"id", "title", "confidence"}
    assert found["answer"]["id"] == "vssid/quen-mat-khau"
    assert 0 <= found["answer"]["confidence"] <= 1
    assert found["suggestions"][0] == found["answer"]
    assert json.loads(tocns("ask", "giá lúa hôm nay", "--json").stdout)["answer"] is None


def test_batch_adds_to_what_passes_through(tmp_path: Path) -> None:
    asked, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [{"q": "quên mật khẩu vssid", "ids": ["x"], "n": 1}, {"q": "vneid"}, {"q": "alo"}, {"q": ""}]
    asked.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert tocns("ask", "--batch", str(asked), "--out", str(out)).returncode == 0
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["q"] for line in found] == [line["q"] for line in lines]
    assert found[0]["n"] == 1
    assert [line["answer"] and line["answer"]["id"] for line in found] == [
        "vssid/quen-mat-khau",
        None,
        None,
        None,
    ]
    assert 1 < len(found[1]["suggestions"]) <= 3


def test_wrong_use_is_one_clear_line(tmp_path: Path) -> None:
    broken = tmp_path / "in.jsonl"
    broken.write_text('{"q": "a"}\n{"question": "b"}\n', encoding="utf-8")
    for arguments, line in (
        (
            ["ask", "--batch", str(broken), "--out", str(tmp_path / "out")],
            f'{broken}:2: a line is {{"q": "the question", …}}',
        ),
        (
            ["ask", "--batch", str(tmp_path / "none"), "--out", str(tmp_path / "out")],
            f"{tmp_path / 'none'}: No such file or directory; give a file of JSON lines and a place to write",
        ),
        (
            ["ask", "--batch", str(broken), "--out", str(broken)],
            f"--out {broken}: that is what is to be read; give another file",
        ),
    ):
        done = tocns(*arguments)
        assert (done.returncode, done.stderr.strip()) == (1, line)
    assert broken.read_text("utf-8").count("\n") == 2
    for arguments in (["ask"], ["ask", "--batch", str(broken)], ["ask", "a", "--out", str(broken)]):
        done = tocns(*arguments)
        assert done.returncode == 2
        assert "give a question, or --batch and --out" in done.stderr


def test_bench_says_how_well_and_how_fast() -> None:
    figures = bench.measure(
        knowledge.load(),
        [
            {"q": "Quên mật khẩu VssID", "ids": ["vssid/quen-mat-khau"], "style": "dau"},
            {"q": "giá lúa hôm nay", "ids": [], "style": "ngoai"},
        ],
    )
    assert figures["first"] == figures["without_diacritics"]["first"] == 1.0
    assert figures["wrongly_sure"] == 0.0
    assert figures["by_topic"].keys() == {"vssid", "outside"}
    assert bench.speed(["quên mật khẩu vssid"] * 20)["thousand"]["articles"] == bench.MANY
