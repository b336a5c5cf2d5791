"""The shell: process, network, clock, wiring. The only place where the parts meet."""
