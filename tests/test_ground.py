"""The ground that every other file stands on: names, floors, locks, reasons and records."""

import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT: Final = Path(__file__).resolve().parent.parent
FLOORS: Final = ("workflow", "storage", "scheduler", "allpath")
LOCKS: Final = ("requirements.lock", "requirements-dev.lock")

# Known-bad versions, last looked up on 2026-11-23; a new advisory brings a new row and a new date.
# A package of this table that is not locked today is guarded before it arrives.
KNOWN_GOOD: Final = {
    "apscheduler": (">=3.11,<4", "4.x is an alpha that its authors do not want in production"),
    "authlib": (">=1.6.9", "CVE-2026-27962, CVE-2026-28802: forged tokens were accepted"),
    "jinja2": (">=3.1.6", "earlier releases let a template leave its sandbox"),
    "pyjwt": (">=2.12.0", "CVE-2026-32597"),
    "python-multipart": (">=0.0.27", "CVE-2026-40347, CVE-2026-42561"),
    "sqlcipher3": (">=0.6.4", "earlier wheels were not checked for a mended SQLite"),
}
# The fault that corrupts a file with a write-ahead log is mended in 3.51.3; 3.52.0 was withdrawn.
SOUND_SQLITE: Final = SpecifierSet(">=3.51.3,!=3.52.0")


def project() -> dict[str, Any]:  # Any: the shape of a TOML file is checked by each reader
    """The content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Each requirement of a lock with the hashes that follow it, by its canonical name."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for entry in entries:
        requirement, *hashes = re.split(r"\s+--hash=", entry.strip())
        parsed = Requirement(requirement)
        found[canonicalize_name(parsed.name)] = (parsed, hashes)
    return found


def locked_version(requirement: Requirement) -> Version:
    """The one version that a locked requirement admits."""
    (pin,) = requirement.specifier
    assert pin.operator == "==", f"{requirement} is not pinned to one version"
    return Version(pin.version)


def own_files() -> list[Path]:
    """Every file of the repository, committed or about to be; ignored ones are left out."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git made the clone
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    """Name and content of every text file of the repository."""
    contents = [(path, path.read_bytes()) for path in own_files()]
    return [
        (path.relative_to(ROOT).as_posix(), content.decode("utf-8"))
        for path, content in contents
        if b"\0" not in content
    ]


def check_floors(tree: Path) -> subprocess.CompletedProcess[str]:
    """The verdict of import-linter over the floors as they stand in `tree`."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", FLOORS)
def test_each_floor_is_imported_from_this_tree(name: str) -> None:
    """A foreign package of the same name would silently take the place of ours."""
    spec = importlib.util.find_spec(name)

    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).resolve() == ROOT / name / "__init__.py"


@pytest.mark.parametrize("name", FLOORS)
def test_no_other_distribution_owns_the_name_of_a_floor(name: str) -> None:
    """Whoever installs second overwrites the first, and nobody is told."""
    owners = set(metadata.packages_distributions().get(name, ()))

    assert owners <= {"allpath"}


def test_the_wheel_carries_the_four_floors_and_nothing_else(tmp_path: Path) -> None:
    """Pathway files and type markers travel with the code; tests and documents stay behind."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    pathways = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("workflow/pathways/*.yaml")}
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(FLOORS)
    assert {f"{floor}/py.typed" for floor in FLOORS} <= names
    assert pathways <= names


def test_the_floors_hold() -> None:
    """The front door stands on storage and scheduler, and all of them on a pure workflow."""
    verdict = check_floors(ROOT)

    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize(
    ("file", "forbidden"),
    [
        ("workflow/intruder.py", "import sqlmodel"),
        ("workflow/intruder.py", "from random import random"),
        ("workflow/intruder.py", "import transitions"),
        ("storage/intruder.py", "import scheduler"),
        ("scheduler/intruder.py", "import allpath"),
    ],
)
def test_a_broken_floor_is_seen(tmp_path: Path, file: str, forbidden: str) -> None:
    """A contract that never fails would prove nothing."""
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, tmp_path / floor)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / file).write_text(f"{forbidden}\n", encoding="utf-8")

    verdict = check_floors(tmp_path)

    assert verdict.returncode == 1
    assert (
        f"{file.removesuffix('.py').replace('/', '.')} -> {forbidden.split()[1]}" in verdict.stdout
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_is_pinned_and_hashed(lock: str) -> None:
    """What is installed is the file that was tested, whichever mirror it came from."""
    loose = {
        name
        for name, (requirement, hashes) in locked(lock).items()
        if not hashes
        or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes)
        or [pin.operator for pin in requirement.specifier] != ["=="]
    }

    assert locked(lock)
    assert loose == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_each_lock_satisfies_the_declared_ranges(lock: str) -> None:
    """A range that was edited without `make lock` is found here, not on a ward's server."""
    declared = project()["project"]["dependencies"]
    if lock == "requirements-dev.lock":
        declared = [*declared, *project()["dependency-groups"]["dev"]]
    pinned = locked(lock)

    unmet = [
        text
        for text in declared
        if (entry := pinned.get(canonicalize_name(Requirement(text).name))) is None
        or locked_version(entry[0]) not in Requirement(text).specifier
    ]

    assert unmet == []


def test_every_range_has_a_floor_and_a_ceiling() -> None:
    """At least what was tested, below what may break; only zone tables never break us."""
    declared = [
        Requirement(text)
        for text in [*project()["project"]["dependencies"], *project()["dependency-groups"]["dev"]]
    ]

    open_ended = {
        requirement.name
        for requirement in declared
        if {pin.operator for pin in requirement.specifier} != {">=", "<"}
    }

    assert open_ended == {"tzdata"}


def test_the_two_locks_agree() -> None:
    """Whatever runs in a hospital is exactly what the tests ran with."""
    product, development = locked("requirements.lock"), locked("requirements-dev.lock")

    # Of one name the two may be asked for on other machines; the version and its files are one.
    different = {
        name
        for name, (requirement, hashes) in product.items()
        if name not in development
        or (locked_version(development[name][0]), development[name][1])
        != (locked_version(requirement), hashes)
    }

    assert different == set()


def test_this_environment_is_the_locked_one() -> None:
    """A test that passed against another version says nothing about the product."""
    here = [
        requirement
        for requirement, _ in locked("requirements-dev.lock").values()
        if requirement.marker is None or requirement.marker.evaluate()
    ]

    different = {
        str(requirement)
        for requirement in here
        if Version(metadata.version(requirement.name)) != locked_version(requirement)
    }

    assert different == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_no_locked_version_is_known_to_be_bad(lock: str) -> None:
    """An audit that cannot reach its source passes falsely, so the known cases are kept here."""
    bad = {
        f"{name} {version}: {KNOWN_GOOD[name][1]}"
        for name, (requirement, _) in locked(lock).items()
        if name in KNOWN_GOOD
        and (version := locked_version(requirement)) not in SpecifierSet(KNOWN_GOOD[name][0])
    }

    assert bad == set()


def test_the_bundled_sqlite_is_a_mended_one() -> None:
    """Older versions can corrupt a file that a web process, a command and a worker share."""
    sqlcipher = importlib.import_module("sqlcipher3.dbapi2")

    assert Version(sqlcipher.sqlite_version) in SOUND_SQLITE


def test_no_file_names_a_package_index() -> None:
    """Every site brings its own index; an address of ours would leave its closed network."""
    hosts = [
        ".".join(parts)
        for parts in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("debian", "org"),
        ]
    ]
    options = ["--" + option for option in ("index-url", "extra-index-url", "find-links")]

    named = {
        f"{name}: {word}" for name, text in texts() for word in hosts + options if word in text
    }

    assert named == set()


def test_every_relaxed_lint_rule_has_a_reason() -> None:
    """A rule that was switched off without a sentence is switched off for ever."""
    lint = project()["tool"]["ruff"]["lint"]
    relaxed = [
        *lint["ignore"],
        *(code for codes in lint["per-file-ignores"].values() for code in codes),
    ]
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()

    reasoned = re.compile(r'\s+"(?P<code>[A-Z]+[0-9]*)",\s+# [A-Za-z].{15,}\.')
    explained = [match["code"] for line in lines if (match := reasoned.fullmatch(line))]

    assert sorted(explained) == sorted(relaxed)


def test_every_exception_in_the_code_has_a_reason() -> None:
    """Whoever reads the line must learn why the rule does not fit here."""
    marker = re.compile(r"(?:noqa|type: ignore)(?P<codes>[:\[][^#\-]*)?(?P<reason>.*)")
    comments = [
        (name, token.string)
        for name, text in texts()
        if name.endswith(".py")
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    ]

    bare = {
        f"{name}: {comment}"
        for name, comment in comments
        if (match := marker.search(comment))
        and not (match["codes"] and len(match["reason"].strip(" -#")) >= len("a reason"))
    }

    assert bare == set()


@pytest.mark.parametrize("folder", ["tests", "diagrams", "docs"])
def test_folders_that_are_not_packages_stay_so(folder: str) -> None:
    """A package named tests or docs would be installed over somebody else's."""
    packages = list((ROOT / folder).rglob("__init__.py"))

    assert packages == []


def test_decision_records_are_numbered_once_and_complete() -> None:
    """A number names one decision, and each page answers the same five questions."""
    pages = sorted((ROOT / "docs/adr").glob("*.md"))
    asked = [
        "Context",
        "Decision",
        "Alternatives, and why not",
        "Consequences",
        "How we will notice if it was wrong",
    ]

    numbers = [int(page.name[:4]) for page in pages]
    headings = {
        page.name: re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        for page in pages
    }

    assert numbers == list(range(1, len(pages) + 1))
    assert headings == {page.name: asked for page in pages}
