"""What a process keeps of the memory that it no longer needs."""

import ctypes
import subprocess
import sys

import pytest

PROGRAM = """
from bot import memory
from tests.bench.processes import resident
import os

{before}
del (first := [b"x" * (300 << 10)])[:]  # from here on glibc would take as much from the heap
began = resident(os.getpid())
large, lasting = [], []
for _ in range(100):
    large.append(b"x" * (200 << 10))
    lasting.append(b"x" * 2000)
del large
print(resident(os.getpid()) - began)
"""


def left(before: str) -> float:
    """MiB that a process has more than before, when 20 MiB of large pieces are free again between small ones
    that stay."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="not glibc")
def test_what_is_large_is_given_back_though_what_lasts_lies_between() -> None:
    assert left("") > 10, "else the test shows nothing"
    assert left("memory.give_back()") < 4
