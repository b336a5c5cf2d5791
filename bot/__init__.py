"""The shell: process, network, clock, wiring. The only place where the parts meet."""

VERSION = "0.1.0"
"""Of the whole program; pyproject.toml takes it from here."""
