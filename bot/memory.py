"""How a process that lives for months keeps its memory: what the allocator gives back, when Python looks for
garbage (docs/performance.md)."""

import ctypes
import gc

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE = 128 << 10


def give_back() -> None:
    """Has the allocator return what is large as soon as it is free; before anything is heard or asked.

    For each answer that it reads, asyncio asks for 256 KiB and keeps the few bytes that came: left to itself,
    glibc takes that from the heap, where what lives longer comes to lie in between, and a web process on
    PostgreSQL grew by 15 MiB a minute. An allocator that knows no such thing (musl) is left as it is.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _LARGE)


def settle() -> None:
    """What has been made until now lives as long as the process: the collector need not look at it again.

    The imports have made a quarter of a million objects: a full collection over them would stop every talk
    for a tenth of a second. And a turn leaves next to nothing in circles, while what it keeps (interviews in
    progress) is many small objects: to look for circles after every 700 of them was a tenth of a turn.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()
