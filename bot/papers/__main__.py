"""The child of `bot.papers.order.apart`: an order on stdin, the file on stdout."""

import pickle
import sys

from bot.papers.order import make

sys.stdout.buffer.write(make(pickle.load(sys.stdin.buffer)))  # noqa: S301 (from our own parent, never from outside)
