"""Hostile and broken pathway files, each with the line of its refusal and the words of the cure.

Made from one sound file that uses every part of the language (everything.yaml), so that each is
wrong in one thing only. The large ones are made by code and never kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.hostile.edits import EDITS

BASE: Final = (Path(__file__).parent / "everything.yaml").read_text()
LINES: Final = BASE.count("\n")


@dataclass(frozen=True)
class Hostile:
    """A file, the first line its refusal may name and the last, and what it must say."""

    name: str
    data: bytes
    first: int
    last: int
    says: tuple[str, ...]


def corpus() -> list[Hostile]:
    """Every hostile or broken file."""
    return [*_edited(), *_encodings(), *_shapes(), *_endless(), *_large()]


def _edited() -> Iterator[Hostile]:
    """The sound file with one text replaced; the refusal names the line that was changed."""
    for name, old, new, says, *at in EDITS:
        assert BASE.count(old) >= 1, name
        text = BASE.replace(old, new, 1)
        same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
        start = text.index(at[0]) if at else BASE.index(old) + same
        line = text[:start].count("\n") + 1
        yield Hostile(name, text.encode(), line, line, (says,))


def _after(text: bytes, name: str, says: str, line: int | None = None) -> Hostile:
    """The sound file with something written behind it."""
    at = LINES + 1 if line is None else line
    return Hostile(name, BASE.encode() + text, at, at, (says,))


def _encodings() -> Iterator[Hostile]:
    not_utf8 = "not UTF-8 text; save it as UTF-8"
    yield _after("# Größe\n".encode("latin-1"), "latin-1", not_utf8)
    yield _after("# “quoted”\n".encode("cp1252"), "Windows code page", not_utf8)
    yield Hostile("UTF-16 with its mark", BASE.encode("utf-16"), 1, 1, (not_utf8,))
    yield Hostile("UTF-16 without", BASE.encode("utf-16-be"), 1, 1, ("U+0000", "delete it"))
    yield Hostile("UTF-32", BASE.encode("utf-32"), 1, 1, (not_utf8,))
    mark = "save it as UTF-8 without one"
    yield Hostile("byte order mark", BASE.encode("utf-8-sig"), 1, 1, (mark,))
    for name, data in (
        ("a letter cut in two", "# ü".encode()[:-1]),
        ("an overlong slash", b"# \xc0\xaf\n"),
        ("an encoded surrogate", b"# \xed\xa0\x80\n"),
        ("a byte that no letter has", b"# \xff\n"),
        ("a letter beyond Unicode", b"# \xf5\x80\x80\x80\n"),
    ):
        yield _after(data, name, not_utf8)
    for code in (
        *(0x00, 0x07, 0x08, 0x0B, 0x0C, 0x1B, 0x7F, 0x85, 0x9B, 0xAD, 0x34F, 0x61C, 0x115F, 0x180E),
        *(0x200B, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069),
        *(0x2800, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFFE, 0xE0041),
    ):
        text = f"# a{chr(code)}b\n".encode()
        yield _after(text, f"U+{code:04X} in a comment", f"U+{code:04X}; delete it")
    for code in (0xA0, 0x2003, 0x202F, 0x3000):
        text = f"# a{chr(code)}b\n".encode()
        yield _after(text, f"space U+{code:04X}", f"U+{code:04X}; write a plain one")
    for code in (0x300, 0x20DD, 0xE000, 0x378):
        text = f"# q{chr(code)}\n".encode()
        yield _after(text, f"sign U+{code:04X}", "delete it or retype the letter")
    yield _after("# e\u0301\n".encode(), "an accent apart from its letter", "retype it")
    yield _after("# \u212b\n".encode(), "the sign of the angstrom", "retype it")
    old_mac = (BASE + "bad\u202e: x\n").replace("\n", "\r").encode()
    yield Hostile("line ends of an old Mac", old_mac, LINES + 1, LINES + 1, ("U+202E",))
    windows = BASE.replace("start: waiting", "start: nowhere").replace("\n", "\r\n").encode()
    yield Hostile("line ends of Windows", windows, 7, 7, ("unknown state nowhere",))


def _shapes() -> Iterator[Hostile]:
    begin = "begin with id, title, version, owner"
    for name, text in (
        ("an empty file", ""),
        ("only blank lines", "\n\n \n"),
        ("only comments", "# one\n# two\n"),
        ("an empty document", "---\n...\n"),
        ("a list", "- a\n- b\n"),
        ("a text", "pathway\n"),
        ("a number", "42\n"),
        ("an empty mapping", "{}\n"),
        ("nothing, said so", "null\n"),
        ("JSON of a list", '[{"id": "x"}]\n'),
    ):
        yield Hostile(name, text.encode(), 1, 2, (begin,))
    yield _after(b"---\nid: second\n", "two documents", "a file holds one document", LINES + 2)
    yield _after(b"%YAML 9.9\n---\n", "a strange directive", "delete the line", LINES + 1)
    for field in ("id", "title", "version", "owner", "safety"):
        line = next(line for line in BASE.splitlines() if line.startswith(f"{field}:"))
        text = BASE.replace(line + "\n", "")
        says = ("this field is needed and missing",)
        yield Hostile(f"no {field}", text.encode(), 1, 3, says)
    for section in ("sources", "facts", "states"):
        rows = BASE.splitlines(keepends=True)
        at = rows.index(f"{section}:\n")
        end = next(i for i in range(at + 1, len(rows)) if not rows[i].startswith(" "))
        text = "".join(rows[:at] + rows[end:])
        yield Hostile(f"no {section}", text.encode(), 1, 2, ("this field is needed and missing",))
    for section in ("facts", "states", "sources", "derived", "parameters", "gates", "tracks"):
        for word, entry in (
            ("a list", "[a]"),
            ("a text", "a"),
            ("a number", "7"),
            ("true", "true"),
        ):
            rows = BASE.splitlines(keepends=True)
            at = rows.index(f"{section}:\n")
            end = next(i for i in range(at + 1, len(rows)) if not rows[i].startswith(" "))
            text = "".join([*rows[:at], f"{section}: {entry}\n", *rows[end:]])
            says = ("is not a mapping; write names and values in { }",)
            yield Hostile(f"{section} is {word}", text.encode(), at + 1, at + 1, says)


def _endless() -> Iterator[Hostile]:
    """What would make a careless reader run for ever, or out of stack or memory."""
    plain = "anchors and aliases are refused; write the content out"
    laughs = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))
    yield _after(f"l0: &l0 [ha]\n{laughs}".encode(), "a billion laughs", plain)
    quad = f"a: &a {'x' * 20_000}\nb: [{', '.join(['*a'] * 5000)}]\n"
    yield _after(quad.encode(), "a bomb of one long text", plain)
    yield _after(b"a: &a [*a]\n", "a list within itself", plain)
    yield _after(b"a: *nobody\n", "an alias of nothing", plain)
    yield _after(b"a: &a x\n", "an anchor nobody uses", plain)
    yield _after(b"? &a x\n: y\n", "an anchor on a key", "a key must be a plain word")
    yield _after(b"<<: *a\n", "a merge key", plain)
    yield _after(b"<<: {id: other}\n", "a merge key without an alias", "unknown field; delete it")
    for tag in (
        "!!python/object/apply:os.system [ls]",
        "!!set {a}",
        "!!binary aGk=",
        "!x y",
        "! z",
    ):
        yield _after(f"a: {tag}\n".encode(), f"the tag {tag}", "is refused; write plain content")
    yield _after(b"!!str a: b\n", "a tag on a key", "a key must be a plain word")
    yield _after(b"? [a, b]\n: c\n", "a list as a key", "a key must be a plain word")
    yield _after(b"? {a: b}\n: c\n", "a mapping as a key", "a key must be a plain word")
    deep = "nested more than 40 levels deep; use a derived fact for a part"
    for name, text in (
        ("500 lists in brackets", "a: " + "[" * 500 + "]" * 500 + "\n"),
        ("500 mappings in braces", "a: " + "{a: " * 500 + "x" + "}" * 500 + "\n"),
        ("5,000 brackets never closed", "a: " + "[" * 5000),
        ("100,000 brackets", "a: " + "[" * 100_000),
        ("500 conditions", "a: " + "{not: " * 500 + "x" + "}" * 500 + "\n"),
        ("500 lists of conditions", "a: " + "{all: [" * 250 + "x" + "]}" * 250 + "\n"),
        ("a list of 41 levels", "a: " + "[" * 41 + "]" * 41 + "\n"),
        ("500 dashes", "a:\n  " + "- " * 500 + "x\n"),
    ):
        last = 1 if "dashes" not in name else 2
        yield Hostile(name, (BASE + text).encode(), LINES + 1, LINES + last, (deep,))
    block = "".join(f"{' ' * level}a:\n" for level in range(500))
    lines = (LINES + 40, LINES + 42)
    yield Hostile("500 levels of indentation", (BASE + block).encode(), *lines, (deep,))
    for length in (2, 3, 50):
        names = [f"ring_{i}" for i in range(length)]
        ring = zip(names, [*names[1:], names[0]], strict=True)
        text = "".join(f"  {a}: {{title: x, condition: {b}}}\n" for a, b in ring)
        yield _derived(f"a ring of {length}", text, "go round in a circle: ring_0 -> ring_1")
    for name, text in (
        ("a fact made of itself", "  ring_0: {title: x, condition: {not: ring_0}}\n"),
        ("a list made of itself", "  ring_0: {title: x, items: [{item: A, when: ring_0}]}\n"),
        (
            "a table made of itself",
            "  ring_0: {title: x, values: [a], rows: [{needs: [ring_0]}, {otherwise: a}]}\n",
        ),
    ):
        yield _derived(name, text, "go round in a circle: ring_0 -> ring_0")
    text = "".join(f"  link_{i}: {{title: x, condition: link_{i + 1}}}\n" for i in range(900))
    says = "make the chain of derived facts shorter"
    yield _derived(
        "a chain of 900", text + "  link_900: {title: x, condition: is_low}\n", says, 910
    )
    chain = "  link_0: {title: x, condition: is_low}\n"
    chain += "".join(f"  link_{i}: {{title: x, condition: link_{i - 1}}}\n" for i in range(1, 900))
    yield _derived("a chain of 900, the other way", chain, says, 910)
    yield _derived("a chain of 3,000", chain.replace("}", "}  ") + "".join(
        f"  more_{i}: {{title: x, condition: is_low}}\n" for i in range(2100)
    ), "are more than 1,000; split the pathway")  # fmt: skip


def _derived(name: str, text: str, says: str, lines: int = 0) -> Hostile:
    """The sound file with more derived facts, first of all."""
    data = BASE.replace("derived:\n", "derived:\n" + text, 1)
    at = BASE[: BASE.index("derived:\n")].count("\n") + 1
    return Hostile(name, data.encode(), at, at + lines + 50, (says,))


def _large() -> Iterator[Hostile]:
    """Large files, within the limit of 256 KiB and above it."""
    too_large = ("larger than 256 KiB; split it or shorten its texts",)
    text = BASE + "# " + "x" * 256 * 1024
    yield Hostile("one long comment", text.encode(), LINES + 1, LINES + 1, too_large)
    final = "  s{}: {{title: x, final: true}}\n"
    for name, count, row, says in (
        ("10,000 states", 10_000, final, too_large),
        ("7,000 states", 7000, final, ("7,003 states are more than 300; split the pathway",)),
        ("10,000 empty states", 10_000, "  s{}: {{}}\n", ("and 9,900 more problems from here on",)),
        ("10,000 wrong states", 10_000, "  s{}: 1\n", ("and 9,900 more problems from here on",)),
        ("8,000 misspelt states", 8000, "  s{}: {{titel: x}}\n", ("did you mean title?",)),
    ):
        rows = "".join(row.format(i) for i in range(count))
        data = BASE.replace("states:\n", "states:\n" + rows, 1).encode()
        yield Hostile(name, data, 1, LINES + 10_000, says)
    yield from _sections()
    yield from _tables()
    yield from _long_words()


def _sections() -> Iterator[Hostile]:
    for section, row in (
        ("facts", "  f{}: {{type: text, title: x}}\n"),
        ("parameters", "  p{}: {{value: 1, unit: d, source: GUIDE}}\n"),
        ("derived", "  d{}: {{title: x, condition: is_low}}\n"),
    ):
        rows = "".join(row.format(i) for i in range(4000))
        data = BASE.replace(f"{section}:\n", f"{section}:\n{rows}", 1).encode()
        at = BASE[: BASE.index(f"{section}:\n")].count("\n") + 1
        says = (f"{section} are more than 1,000; split the pathway",)
        yield Hostile(f"4,000 {section}", data, at, at + 1, says)


def _tables() -> Iterator[Hostile]:
    """Tables that are long, or that multiply one another."""
    row = "      - {id: W-01, when: {incomplete: basics}"
    at = BASE[: BASE.index(row)].count("\n") + 1
    for name, written, count, says in (
        ("6,000 rows", "      - {{id: N{}, warn: [W_FIT]}}\n", 5500, "more than 5,000 rows"),
        ("5,000 rows alike", "      - {{id: N, when: is_low, block: going_on}}\n", 4500, "twice"),
        (
            "5,000 rows of a gate",
            "      - {{id: N{}, when: is_low, gate: shared}}\n",
            4500,
            "shorter",
        ),
        ("5,000 unknown states", "      - {{id: N{}, when: is_low, go: nowher}}\n", 4500, "nowher"),
        (
            "5,000 unknown sources",
            "      - {{id: N{}, block: going_on, source: GIDE}}\n",
            4500,
            "GUIDE",
        ),
    ):
        rows = "".join(written.format(i) for i in range(count))
        data = BASE.replace(row, rows + row, 1).encode()
        yield Hostile(name, data, at - 20, at + 6000, (says,))
    for name, part in (
        ("20,000 parts of a condition", "{lineage: B}"),
        ("20,000 unknown words", "is_erly"),
    ):
        many = ", ".join([part] * (220_000 // (len(part) + 2)))
        data = BASE.replace("when: {known: marker}", f"when: {{any: [{many}]}}").encode()
        at_row = BASE[: BASE.index("{known: marker}")].count("\n") + 1
        says = "8,000 conditions" if "parts" in name else "did you mean is_early?"
        yield Hostile(name, data, at_row, at_row, (says,))
    early = "".join(f"  - {{id: E{i}, when: {{lineage: T}}, go: done}}\n" for i in range(2000))
    states = "".join(
        f"  s{i}:\n    title: x\n    checkpoints: [{{id: C, title: x, expects: [], due: 1 d, "
        "basis: evidence}]\n    routes: [{id: R, block: going_on}]\n"
        for i in range(250)
    )
    text = BASE.replace("early_routes:\n", "early_routes:\n" + early, 1)
    data = text.replace("\nstates:\n", f"\nstates:\n{states}", 1).encode()
    says = "counting a gate and the early routes once for each state"
    yield Hostile("2,000 early routes for 250 states", data, 1, 3000, (says,))


def _long_words() -> Iterator[Hostile]:
    long = "x" * 200_000
    at = BASE[: BASE.index("start: waiting")].count("\n") + 1
    for name, old, new, says in (
        (
            "a name of 200,000 letters",
            "start: waiting",
            f"start: {long}",
            "80 characters; shorten it",
        ),
        ("a key of 1,000 letters", "start: waiting", f"{long[:1000]}: waiting", "unknown field"),
        ("a key of 200,000 letters", "start: waiting", f"{long}: waiting", "a key needs a colon"),
        (
            "a title of 200,000 letters",
            "start: waiting",
            f"title: {long}",
            "stands twice; keep one",
        ),
        (
            "a number as a name",
            "start: waiting",
            f"start: {'9' * 5000}",
            "80 characters; shorten it",
        ),
        (
            "dots as a name",
            "start: waiting",
            f"start: {'a.' * 100_000}",
            "80 characters; shorten it",
        ),
        ("quotes as a name", "start: waiting", f"start: {'ab' * 50_000}!", "shorten it"),
        ("a pattern as a name", "start: waiting", "start: ((a+)+)+$", "is not a name; begin with"),
    ):
        yield Hostile(name, BASE.replace(old, new, 1).encode(), at, at + 1, (says,))
    for name, old, new, says in (
        ("a value of 200,000 letters", "value: 36", f"value: {long}", "is not a number"),
        ("5,000 digits", "value: 36", f"value: {'9' * 5000}", "is not a number"),
        ("5,000 digits behind the point", "value: 36", f"value: 0.{'1' * 5000}", "is not a number"),
        ("a guard of 200,000 letters", "condition: {timing: early}", f"condition: {long}", "guard"),
        ("a fact of 200,000 letters", "{timing: early}", f"{{known: {long}}}", "unknown fact xxx"),
        ("a duration of 200,000 digits", "due: 14 d", f"due: {'9' * 200_000} d", "not a duration"),
    ):
        line = BASE[: BASE.index(old)].count("\n") + 1
        yield Hostile(name, BASE.replace(old, new, 1).encode(), line, line, (says,))
