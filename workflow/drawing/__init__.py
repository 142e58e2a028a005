"""Pathways and floors as pictures: one model of a drawing, and Mermaid, DOT and SVG made from it.

`overview`, `table` and `floors` build models; `mermaid`, `dot`, `svg` and `telling` turn them into
text. Everything here is pure: the same pathway gives the same bytes.
"""
