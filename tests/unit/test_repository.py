"""The repository itself: links resolve, words stay clean, pins hold no addresses, every dependency has its reason."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is no git checkout")
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def _texts() -> dict[Path, str]:
    found = {}
    for path in _tracked():
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            found[path] = data.decode("utf-8", "replace")
    return found


def _documents() -> list[Path]:
    return [path for path in _tracked() if path.suffix == ".md"]


# --- documents ------------------------------------------------------------------------------------------------


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _anchors(path: Path) -> set[str]:
    return {_anchor(match) for match in re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)}


def test_links_of_documents_resolve():
    broken = []
    for document in _documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (document.parent / name).resolve() if name else document
            if not path.exists() or (anchor and anchor not in _anchors(path)):
                broken.append(f"{document.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_document_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        if document in reached or not document.exists():
            continue
        reached.add(document)
        links = re.findall(r"\]\(([^)\s#]+\.md)[^)]*\)", document.read_text("utf-8"))
        waiting += [(document.parent / link).resolve() for link in links if ":" not in link]
    assert sorted(path for path in _documents() if path not in reached) == []


def test_documents_name_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        target for document in _documents() for target in re.findall(r"`make ([a-z]+)`", document.read_text("utf-8"))
    }
    assert named <= targets


# --- words ----------------------------------------------------------------------------------------------------

# Written in halves, so that this file does not find itself.
_FORBIDDEN = [
    "TO" + "DO",
    "FIX" + "ME",
    "/tmp/" + "team",
    "/work/" + "main",
    "/work/" + "shared",
    "/root/" + ".pyenv",
    "Not" + "ImplementedError",
]


@pytest.mark.parametrize("word", _FORBIDDEN)
def test_no_file_holds_a_word_of_unfinished_work_or_of_one_machine(word: str):
    # pyproject.toml names the linter's rules about such words.
    assert [
        str(p.relative_to(ROOT)) for p, text in _texts().items() if word in text and p.name != "pyproject.toml"
    ] == []


def test_no_file_holds_a_private_key():
    marker = "PRIVATE" + " KEY-----"
    assert [str(p.relative_to(ROOT)) for p, text in _texts().items() if marker in text] == []


# --- pins and dependencies ------------------------------------------------------------------------------------


def test_python_pins_are_exact_hashed_and_hold_no_address():
    text = (ROOT / "requirements" / "dev.txt").read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash", ""), re.MULTILINE)
    for entry in text.replace("\\\n", " ").splitlines():
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+( *;[^-]*)? +--hash=sha256:[0-9a-f]{64}", entry), entry[:80]


def test_page_pins_are_hashed_and_hold_no_download_address():
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def _normal(requirement: str) -> str:
    name = re.match(r"@?[A-Za-z0-9._/-]+", requirement)
    assert name is not None
    return name[0].lower().replace("_", "-")


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    page = json.loads((ROOT / "web" / "package.json").read_text("utf-8"))
    return {_normal(r) for group in groups for r in group} | {*page["dependencies"], *page["devDependencies"]}


def test_every_dependency_is_explained_and_nothing_else_is():
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8").split("## Programs of the machine")[0]
    assert set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)) == _declared()


def test_every_dependency_is_pinned():
    text = (ROOT / "requirements" / "dev.txt").read_text("utf-8")
    pinned = {_normal(line) for line in re.findall(r"^[A-Za-z0-9]\S*", text, re.MULTILINE)}
    page = json.loads((ROOT / "web" / "package.json").read_text("utf-8"))
    assert _declared() - {*page["dependencies"], *page["devDependencies"]} <= pinned


# --- commands -------------------------------------------------------------------------------------------------


def test_scripts_are_executable_and_parse():
    scripts = [*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"]
    for script in scripts:
        assert script.stat().st_mode & 0o111, script
        if script.read_text("utf-8").startswith("#!/usr/bin/env bash"):
            subprocess.run(["bash", "-n", str(script)], check=True)
