"""The log's tree is the one of RFC 9162: its roots, its proofs, and what its verifiers refuse."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allpath.verifier import standalone
from workflow.merkle import (
    EMPTY,
    Frontier,
    Tree,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
)

CONTENT = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The eight entries that implementations of certificate logs have tried from the beginning."""
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [leaf_hash(content) for content in CONTENT]
SIZES = st.integers(1, 70)


def made(count: int) -> Tree:
    """A log of so many made-up entries."""
    return Tree(leaf_hash(b"%d" % number) for number in range(count))


def by_definition(leaves: list[bytes]) -> bytes:
    """The root as section 2.1.1 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


@pytest.mark.parametrize(("size", "root"), list(enumerate(ROOTS, start=1)))
def test_the_roots_are_the_known_ones(size: int, root: str) -> None:
    """Other people's programs find the same root for the same entries."""
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)

    assert frontier.root().hex() == Tree(LEAVES).root(size).hex() == root


def test_the_proofs_are_the_known_ones() -> None:
    """The examples that RFC 6962 and RFC 9162 draw: in 7 entries, and from 3, 4 and 6 on to 7."""
    tree = Tree(LEAVES[:7])
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)

    assert tree.inclusion(0, 7) == [b, h, m]
    assert tree.inclusion(3, 7) == [c, g, m]
    assert tree.inclusion(4, 7) == [f, j, k]
    assert tree.inclusion(6, 7) == [i, k]
    assert tree.consistency(3, 7) == [c, d, g, m]
    assert tree.consistency(4, 7) == [m]
    assert tree.consistency(6, 7) == [i, j, k]


@settings(deadline=None)  # a busy machine is no failure
@given(SIZES)
def test_every_way_to_a_root_is_the_definition(size: int) -> None:
    """Growing by one, reading all at once and the definition agree at every size."""
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)

    assert frontier.root() == Tree(leaves).root() == by_definition(leaves)
    assert Tree([]).root() == Frontier().root() == EMPTY


@settings(deadline=None)  # a busy machine is no failure
@given(st.data(), SIZES)
def test_an_entry_is_proved_at_its_place_and_nowhere_else(data: st.DataObject, size: int) -> None:
    """Another entry, place, size, root, or a proof that is longer or shorter is refused."""
    tree = made(size)
    position = data.draw(st.integers(0, size - 1))
    leaf, proof = leaf_hash(b"%d" % position), tree.inclusion(position, size)
    other = data.draw(st.integers(0, 2 * size).filter(lambda number: number != position))

    for verifier in (is_included, standalone.is_included):
        assert verifier(leaf, position, size, proof, tree.root())
        assert not verifier(leaf, other, size, proof, tree.root())
        assert not verifier(leaf_hash(b"other"), position, size, proof, tree.root())
        assert not verifier(leaf, position, size, [*proof, leaf], tree.root())
        assert not proof or not verifier(leaf, position, size, proof[:-1], tree.root())
        assert not verifier(leaf, position, size, proof, EMPTY)
        assert not verifier(leaf, -1, size, proof, tree.root())


@settings(deadline=None)  # a busy machine is no failure
@given(st.data(), SIZES)
def test_a_log_is_proved_to_go_on_from_an_earlier_one(data: st.DataObject, size: int) -> None:
    """From every size on, and from no other log of that size."""
    tree = made(size)
    old = data.draw(st.integers(0, size))
    proof, old_root = tree.consistency(old, size), tree.root(old)

    assert is_consistent(old, size, proof, old_root, tree.root())
    assert not is_consistent(old, size, proof, leaf_hash(b"other"), tree.root())
    assert not is_consistent(old, size, [*proof, EMPTY], old_root, tree.root())
    assert not is_consistent(size + 1, size, proof, old_root, tree.root())
    if old not in {0, size}:
        assert not is_consistent(old, size, proof, old_root, leaf_hash(b"other"))
        assert not is_consistent(old, size, proof[:-1], old_root, tree.root())
        assert not is_consistent(old, size, [], old_root, tree.root())


@settings(deadline=None)  # a busy machine is no failure
@given(SIZES, st.integers(0, 70), st.binary(min_size=1, max_size=8))
def test_a_rewritten_log_does_not_go_on_from_the_old_one(
    size: int, at: int, content: bytes
) -> None:
    """However the rest was made to fit, one changed entry is seen by whoever kept the old root."""
    old, changed = made(size), [leaf_hash(b"%d" % number) for number in range(size + 5)]
    changed[at % size] = leaf_hash(b"changed" + content)
    rewritten = Tree(changed)
    proof = rewritten.consistency(size, size + 5)

    assert is_consistent(size, size + 5, proof, rewritten.root(size), rewritten.root())
    assert not is_consistent(size, size + 5, proof, old.root(), rewritten.root())


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=80), st.binary(min_size=32, max_size=32))
def test_a_leaf_is_never_a_node(content: bytes, other: bytes) -> None:
    """Else two entries together could be passed off as one."""
    left = leaf_hash(content)

    assert leaf_hash(left + other) != node_hash(left, other)


def test_what_is_not_there_cannot_be_proved() -> None:
    """A proof for a log that is longer than this one would be made up."""
    tree = made(5)

    with pytest.raises(ValueError, match="The log has 5 entries"):
        tree.inclusion(5, 5)
    with pytest.raises(ValueError, match="The log has 5 entries"):
        tree.consistency(3, 6)
