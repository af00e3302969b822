# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of the gate; `make test` runs all that are on by default, some at the same time, in the order they have here."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tests"))

from gate import ansible_test, archive, awx_collection, importer
from gate.mutation import mutation
from gate.release import bare, rehearsal, release
from gate.site import site
from gate.soak import FOLDER, soak, soak_part
from gate.tools import (
    CACHE,
    CORE,
    OWN_PYTHON,
    REQUESTS,
    ROOT,
    TARGET,
    install,
    install_pinned,
    remark,
    run,
    with_environment,
)
from gate.tree import collections_folder, copied_tree, linked_tree, listed_files

# The sessions that lie in files of their own.
__all__ = ["bare", "mutation", "rehearsal", "release", "site", "soak", "soak_part"]

# How many schedules are played. With 250 of trouble, two defects made on purpose went unnoticed.
SCHEDULES = {"test_order_status_truth": 700, "test_order_status_bytes_truth": 300}
WITHOUT_SCHEDULES = [f"--ignore={FOLDER}/{name}.py" for name in SCHEDULES]
# Percent of the lines and branches of plugins/.
LEAST_COVERED = "95"

nox.options.envdir = str(CACHE)
nox.options.reuse_venv = "yes"
nox.options.allow_parallel = True
# Most sessions share the environment of a session that they require.
nox.options.default_venv_backend = "none"

# It is in the environment of the linters, not in that of nox itself.
if importlib.util.find_spec("antsibull_nox"):
    import antsibull_nox

    antsibull_nox.load_antsibull_nox_toml()


def plain_tests(
    session: nox.Session, *arguments: str, environment: str = "test", env: Mapping[str, str] | None = None
) -> str:
    """Run pytest in the checkout, in one process because other sessions run at the same time; give what it says.

    It takes the arguments of the session as well, such as `-k`.
    """
    command = ("pytest", "-p", "no:xdist", *arguments, *session.posargs)
    output = run(session, environment, *command, env={"PYTHONPATH": str(linked_tree()), **(env or {})})
    remark(passed_tests(output)[-1])
    return output


def passed_tests(output: str) -> list[str]:
    """Give what each run of pytest that ended in an output says of its tests, such as "3 passed"."""
    return re.findall(r"\d+ passed.*(?= in )", output)


def collection_tests(session: nox.Session, *arguments: str) -> str:
    """Run ansible-test in a copy of the collection, with the arguments of the session as well; give its output."""
    tree = copied_tree(session.name)
    if ignored := sorted(path.name for path in tree.glob("tests/sanity/ignore*")):
        session.error(f"nothing may be ignored, but there is {', '.join(ignored)}")
    for wanted in tree.glob("tests/*/requirements.txt") if REQUESTS else ():
        wanted.write_text(re.sub(r"(?m)^requests\b.*", f"requests == {REQUESTS}", wanted.read_text()))
    arguments = (*arguments, *session.posargs, "--color", "no")
    with session.chdir(tree):
        return run(session, "test", "ansible-test", *arguments, env=ansible_test.variables())


def lint(session: nox.Session, name: str, *arguments: str, above: bool = False) -> None:
    """Run a linter in a copy of the collection that lies where Ansible's tools look for it.

    With `above` it runs in the folder that holds `ansible_collections`.
    """
    tree = copied_tree(session.name)
    folder = collections_folder(tree)
    # ansible-lint asks every module for its options, also those that only awx_configure needs.
    path = os.pathsep.join(map(str, (folder, awx_collection.FOLDER)))
    with session.chdir(folder if above else tree):
        run(session, "linters", name, *arguments, env={"ANSIBLE_COLLECTIONS_PATH": path})


@with_environment(default=False)
def test(session: nox.Session) -> None:
    """Make the environment of the tests."""
    install_pinned(session, "test")
    if CORE:
        # A bound that names a candidate lets candidates in, which matters for a series that has nothing else.
        install(session, f"ansible-core>={CORE}.0rc1,=={CORE}.*", exact=False)
    if REQUESTS:
        install(session, f"requests=={REQUESTS}", exact=False)
    (library,) = Path(session.bin).parent.glob("lib/python*/site-packages")
    shutil.copy2(ROOT / "tests/gate/kept_bytecode.py", library)
    (library / "kept_bytecode.pth").write_text("import kept_bytecode\n", encoding="utf-8")


@with_environment(default=False)
def linters(session: nox.Session) -> None:
    """Make the environment of the linters."""
    install_pinned(session, "lint")


@nox.session(requires=["ansible-test"])
def integration(session: nox.Session) -> None:
    """Run the integration targets: playbooks against the simulator."""
    controller, target = f"origin:python=venv/{OWN_PYTHON}", f"controller:python=venv/{TARGET or OWN_PYTHON}"
    output = collection_tests(session, "integration", "--controller", controller, "--target", target)
    targets = re.findall(r"Running (\S+) integration test", output)
    if not targets:
        session.error("no integration target ran")
    remark(f"passed: {', '.join(targets)}")


@nox.session(requires=["test"])
def schedules(session: nox.Session) -> None:
    """Play random schedules of trouble and of odd bytes, the same ones each time, and see whether every report is true."""
    for name, count in SCHEDULES.items():
        plain_tests(session, f"{FOLDER}/{name}.py", env={"SCHEDULES": str(count)})


@nox.session(requires=["test"])
def coverage(session: nox.Session) -> None:
    """Run the unit tests, but for random schedules, without ansible-test, and see how much of plugins/ they cover."""
    tree = copied_tree(session.name)
    how = ("--branch", "--source", "plugins", "--omit", "plugins/doc_fragments/*", "--skip-covered")
    # It is seen as a plugin of pytest that was imported before pytest could rewrite its assertions.
    tests = (
        "pytest",
        "-p",
        "no:xdist",
        "-W",
        "ignore:Module already imported:pytest.PytestAssertRewriteWarning",
    )
    chosen = ("tests/unit/plugins", *WITHOUT_SCHEDULES, *session.posargs)
    command = ("python", "-m", "slipcover", *how, "--fail-under", LEAST_COVERED, "-m", *tests, *chosen)
    with session.chdir(tree):
        output = run(session, "test", *command, env={"PYTHONPATH": str(collections_folder(tree))})
    (covered,) = re.findall(r"(?m)^\(summary\).* (\d+) *$", output)
    remark(f"{passed_tests(output)[-1]}; {covered}% of plugins/ is covered by the unit tests")


@nox.session(requires=["ansible-test"])
def sanity(session: nox.Session) -> None:
    """Run every sanity test of ansible-test; none may be skipped for want of a tool.

    pylint, which takes longest, looks at the plugins. Ruff, which has most of its rules, looks at all.
    """
    unreachable = ansible_test.unreachable()
    for test, address in unreachable.items():
        remark(f"not run: {test}, which needs {address}")
    skipped = [argument for test in unreachable for argument in ("--skip-test", test)]
    how = ("sanity", "--local", "--allow-disabled", *skipped)
    if session.posargs or "pylint" in unreachable:
        output = collection_tests(session, *how)
    else:
        output = collection_tests(session, *how, "--skip-test", "pylint")
        output += collection_tests(session, *how, "--test", "pylint", "plugins/")
    if absent := ansible_test.absent_pythons(output):
        remark(f"not on this machine, so compile and import were not tried: Python {', '.join(absent)}")
    if warnings := ansible_test.harmful_warnings(output):
        session.error("\n".join(["ansible-test left something out:", *warnings]))
    tests = set(re.findall(r'Running sanity test "([\w-]+)"', output))
    version = run(session, "test", "ansible-test", "--version").split()[-1]
    remark(f"{len(tests)} sanity tests of ansible-core {version} passed")


@nox.session(requires=["test", "awx-collection"])
def awx(session: nox.Session) -> None:
    """Configure an AWX in memory, and run jobs as AWX does."""
    plain_tests(session, "tests/awx", env={"ANSIBLE_COLLECTIONS_PATH": with_awx()})


@nox.session(requires=["test"])
def playbooks(session: nox.Session) -> None:
    """Run the playbooks of the collection with everything around them that could lead them astray."""
    plain_tests(session, "tests/playbooks", env={"ANSIBLE_COLLECTIONS_PATH": str(linked_tree())})


@nox.session(requires=["test", "awx-collection"])
def examples(session: nox.Session) -> None:
    """Run every example in the documentation as it is written, against the simulator."""
    folders = {"CHECKOUT": str(copied_tree(session.name)), "ANSIBLE_COLLECTIONS_PATH": with_awx()}
    plain_tests(session, "tests/examples", env=folders)


def with_awx() -> str:
    """Give a path for collections on which this one and awx.awx are."""
    return os.pathsep.join(map(str, (linked_tree(), awx_collection.FOLDER)))


@with_environment(requires=["build"], name="importer")
def galaxy_importer(session: nox.Session) -> None:
    """Look at the built collection as Ansible Galaxy does when it is published, and take no warning."""
    install_pinned(session, "importer")
    # It writes its result into the folder in which it runs; there go the temporary files of ansible-lint as well.
    folder = session.create_tmp()
    settings = str(ROOT / "tests/gate/importer.cfg")
    env = {"GALAXY_IMPORTER_CONFIG": settings, "GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP": folder}
    with session.chdir(folder):
        log = run(session, "importer", "python", "-m", "galaxy_importer.main", str(archive.built()), env=env)
    if complaints := importer.complaints(log):
        session.error("\n".join(complaints))
    remark(f"galaxy-importer says nothing against {archive.built().name}")


@nox.session(requires=["ansible-test"])
def units(session: nox.Session) -> None:
    """Run unit tests through ansible-test, which shows that others can run them."""
    # In one process, because other sessions run at the same time.
    how = ["--num-workers", "1", "--venv", "--python", TARGET or OWN_PYTHON]
    # The sessions coverage and schedules run the others; `make matrix` has no such sessions.
    if not (CORE or REQUESTS or TARGET):
        folders = ("modules", "module_utils", "plugin_utils")
        how += [f"--exclude=tests/unit/plugins/{folder}/" for folder in folders]
    passed = passed_tests(collection_tests(session, "units", *how))
    # Without any test ansible-test is content.
    if not passed:
        session.error("no unit test ran")
    remark(", ".join(passed))


@nox.session(requires=["test"])
def secrets(session: nox.Session) -> None:
    """Run playbooks in which everything goes wrong, and look for the API key in all that they leave behind."""
    plain_tests(session, "tests/secrets")


@nox.session(requires=["test"])
def live(session: nox.Session) -> None:
    """Run what `make live` runs against the simulator, in a terminal and without one."""
    plain_tests(session, "tests/live")


@nox.session(requires=["linters", "awx-collection"], name="ansible-lint")
def ansible_lint(session: nox.Session) -> None:
    """Check the playbooks and the metadata of the collection by the rules for published collections."""
    lint(session, "ansible-lint", "--nocolor")


@nox.session(requires=["linters"])
def mypy(session: nox.Session) -> None:
    """Check the types of the plugins, and of what pyproject.toml names: the simulator, the demo, the gate itself."""
    digicert = "ansible_collections/community/digicert"
    imported_from_above = (f"{digicert}/plugins", f"{digicert}/tests/integration/targets/live")
    lint(session, "mypy", "--config-file", f"{digicert}/pyproject.toml", *imported_from_above, above=True)
    lint(session, "mypy")


def linter(name: str, description: str, *commands: str) -> None:
    """Make a session that runs commands of the environment of the linters."""

    def lint_all(session: nox.Session) -> None:
        for command in commands:
            lint(session, *shlex.split(command))

    lint_all.__doc__ = description
    nox.session(name=name, requires=["linters"])(lint_all)


linter(
    "community",
    "Run what antsibull-nox.toml names: yamllint, also of documentation in plugins; licences; action groups.",
    # Its sessions would make environments of their own, with whatever is the newest.
    "nox --no-venv --envdir .nox --session yamllint license-check extra-checks",
)
linter(
    "docs",
    "Check the documentation of the plugins and the docs folder.",
    "antsibull-docs lint-collection-docs --plugin-docs .",
)
linter("changelog", "Check the changelog and its fragments.", "antsibull-changelog lint")
linter("ruff", "Check Python code: mistakes, style, format.", "ruff check .", "ruff format --diff .")
linter("spelling", "Look for common misspellings.", "codespell")
linter(
    "workflows",
    "Check the workflows of GitHub for what an attacker would look for.",
    "zizmor --offline --pedantic --no-progress .github",
)


@nox.session(requires=["linters"], name="gate")
def gate_rules(session: nox.Session) -> None:
    """Try the rules of the gate itself: when there is a release, and what counts as a complaint."""
    plain_tests(session, "tests/gate", environment="linters", env={"PYTHONPATH": "tests"})


@nox.session(requires=["test"])
def build(session: nox.Session) -> None:
    """Build the collection and look at what is in it."""
    tree = copied_tree(session.name)
    files = listed_files(tree)
    archive.plant_leftovers(tree)
    built = archive.build(session, tree)
    if complaints := archive.complaints(built, files):
        session.error("\n".join(complaints))
    remark(f"{built.name}: {built.stat().st_size // 1024} KiB")


@nox.session(default=False, requires=["test"])
def quick(session: nox.Session) -> None:
    """Run the unit tests with plain pytest; takes pytest's arguments."""
    arguments = ("-n", "2", *(session.posargs or ["tests/unit"]))
    run(session, "test", "pytest", *arguments, quiet=False, env={"PYTHONPATH": str(linked_tree())})


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Pin every package that the lists in requirements/ lead to, at its newest version."""
    for wanted in sorted(ROOT.glob("requirements/*.in")):
        resolve = ("--universal", "--python-version", "3.10", "--upgrade", "--no-annotate", "--no-header")
        result = ("--output-file", str(wanted.with_suffix(".txt")))
        run(session, "nox", "uv", "pip", "compile", *resolve, *result, str(wanted))
