"""Bytes in the units that people give."""

MIB, GIB = 2**20, 2**30
