"""Mechanism without policy: one file per kernel facility, one function per system call, named as in its man page."""
