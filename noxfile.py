# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of the gate; `make test` runs all that are on by default, some at the same time."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tests"))

from gate import importer, tarball
from gate.ansible_test import AnsibleTest, Versions, absent_pythons, harmful_warnings
from gate.awx import awx_collection
from gate.coverage import Report
from gate.environments import ROOT, environment, remark, run, tool, with_tools
from gate.mutation import complaints, percent_noticed, read_mutants, read_survivors
from gate.soak import soak as play_schedules
from gate.tree import collections_folder, copied_tree, linked_tree

COVERAGE_WANTED = 95.0
MUTANTS_NOTICED_WANTED = 90.0
SOAK_SCHEDULES = 20_000
SOAK_SEED = 20_261_124

nox.options.default_venv_backend = "none"


@nox.session
def sanity(session: nox.Session) -> None:
    """Run every sanity test of ansible-test; none may be skipped for want of a tool."""
    ansible_test = AnsibleTest(session, "sanity", Versions.read(session.posargs))
    if ignored := sorted(path.name for path in ansible_test.tree.glob("tests/sanity/ignore*")):
        session.error(f"nothing may be ignored, but there is {', '.join(ignored)}")
    output = ansible_test("sanity", "--local", "--allow-disabled")
    if absent := absent_pythons(output):
        remark(f"not on this machine, so compile and import were not tried: Python {', '.join(absent)}")
    if warnings := harmful_warnings(output):
        session.error("\n".join(["ansible-test left something out:", *warnings]))
    tests = set(re.findall(r'Running sanity test "([\w-]+)"', output))
    remark(f"{len(tests)} sanity tests of ansible-core {ansible_test.core_version()} passed")


@nox.session
def units(session: nox.Session) -> None:
    """Run the unit tests through ansible-test, with coverage."""
    versions = Versions.read(session.posargs)
    ansible_test = AnsibleTest(session, "coverage", versions)
    output = ansible_test("units", "--venv", "--python", versions.target_python, *counted(versions))
    passed = re.findall(r"\d+ passed.*(?= in )", output)
    # Without any test ansible-test is content.
    if not passed:
        session.error("no unit test ran")
    remark(", ".join(passed))


@nox.session
def integration(session: nox.Session) -> None:
    """Run the integration targets: playbooks against the simulator, with coverage."""
    versions = Versions.read(session.posargs)
    output = AnsibleTest(session, "coverage", versions)("integration", *versions.where, *counted(versions))
    targets = re.findall(r"Running (\S+) integration test", output)
    if not targets:
        session.error("no integration target ran")
    remark(f"passed: {', '.join(targets)}")


@nox.session
def secrets(session: nox.Session) -> None:
    """Run playbooks in which everything goes wrong, and look for the API key in all that they leave behind."""
    tools = environment(session, "test")
    env = {**with_tools(tools), "PYTHONPATH": str(linked_tree())}
    # The plugins of other tests would only take their time.
    output = run(session, tool(tools, "pytest"), "-p", "no:xdist", "tests/secrets", env=env)
    remark(re.findall(r"\d+ passed.*(?= in )", output)[-1])


@nox.session
def awx(session: nox.Session) -> None:
    """Configure an AWX in memory, and run jobs as AWX does."""
    tools = environment(session, "test")
    folders = (linked_tree(), awx_collection(tool(tools, "python")))
    env = {
        **with_tools(tools),
        "PYTHONPATH": str(linked_tree()),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(map(str, folders)),
    }
    output = run(session, tool(tools, "pytest"), "-n", "2", "tests/awx", env=env)
    remark(re.findall(r"\d+ passed.*(?= in )", output)[-1])


@nox.session
def coverage(session: nox.Session) -> None:
    """Add up the coverage of the units and integration sessions."""
    ansible_test = AnsibleTest(session, "coverage")
    arguments = ("--venv", "--requirements")
    ansible_test("coverage", "xml", *arguments)
    report = Report(ansible_test.tree / "tests/output/reports/coverage.xml")
    percent = report.percent_covered("plugins")
    remark(f"{percent:.2f} % of plugins/ is covered")
    # No test imports a file that holds nothing but documentation; any other would be missing from the percentage.
    code = [path for path in ansible_test.tree.glob("plugins/**/*.py") if path.parent.name != "doc_fragments"]
    if unseen := report.unseen(str(path.relative_to(ansible_test.tree)) for path in code):
        session.error(f"no test runs any of {', '.join(unseen)}")
    if percent < COVERAGE_WANTED:
        print(ansible_test("coverage", "report", *arguments, "--show-missing", "--include", "*/plugins/*"))
        session.error(f"{COVERAGE_WANTED} % are wanted")


@nox.session(name="ansible-lint")
def ansible_lint(session: nox.Session) -> None:
    """Check the playbooks and the metadata of the collection by the rules for published collections."""
    # The linter asks every module for its options, also those that only awx_configure needs.
    awx_modules = str(awx_collection(tool(environment(session, "lint"), "python")))
    lint(session, "ansible-lint", "--nocolor", beside=awx_modules)


@nox.session
def docs(session: nox.Session) -> None:
    """Check the documentation of the plugins and the docs folder."""
    lint(session, "antsibull-docs", "lint-collection-docs", "--plugin-docs", ".")


@nox.session
def changelog(session: nox.Session) -> None:
    """Check the changelog and its fragments."""
    lint(session, "antsibull-changelog", "lint")


@nox.session
def yamllint(session: nox.Session) -> None:
    """Check the form of all YAML files."""
    lint(session, "yamllint", "--strict", ".")


@nox.session
def ruff(session: nox.Session) -> None:
    """Check Python code: mistakes, style, format."""
    lint(session, "ruff", "check", ".")
    lint(session, "ruff", "format", "--diff", ".")


@nox.session
def mypy(session: nox.Session) -> None:
    """Check the types of the plugins, the simulator, the demo and the gate itself."""
    digicert = "ansible_collections/community/digicert"
    config = ("--config-file", f"{digicert}/pyproject.toml")
    lint(session, "mypy", *config, f"{digicert}/plugins", above=True)
    lint(session, "mypy", "tests/simulator", "tests/demo", "tests/gate", "noxfile.py", MYPYPATH="tests")


@nox.session
def spelling(session: nox.Session) -> None:
    """Look for common misspellings."""
    lint(session, "codespell")


@nox.session
def licences(session: nox.Session) -> None:
    """Check that every file says who holds the copyright and under which licence."""
    lint(session, "reuse", "lint", "--lines")


@nox.session(name="gate")
def gate_rules(session: nox.Session) -> None:
    """Try the rules of the gate itself: when there is a release, and what counts as a complaint."""
    tools = environment(session, "lint")
    output = run(session, tool(tools, "pytest"), "tests/gate", env={"PYTHONPATH": "tests"})
    remark(re.findall(r"\d+ passed.*(?= in )", output)[-1])


@nox.session
def build(session: nox.Session) -> None:
    """Build the collection and look at what is in it."""
    tools = environment(session, "test")
    tree = copied_tree("build")
    tarball.plant_leftovers(tree)
    with tempfile.TemporaryDirectory() as folder:
        built = tarball.build(tree, Path(folder), tools)
        if complaints := tarball.complaints(built):
            session.error("\n".join([f"{built.name}:", *complaints]))
        remark(f"{built.name}: {built.stat().st_size // 1024} KiB")


@nox.session(name="importer")
def galaxy_importer(session: nox.Session) -> None:
    """Look at the built collection as Ansible Galaxy does when it is published, and take no warning."""
    tools = environment(session, "importer")
    with tempfile.TemporaryDirectory() as folder:
        built = tarball.build(copied_tree("importer"), Path(folder), tools)
        if complaints := importer.complaints(built, tools):
            session.error("\n".join(complaints))
        remark(f"galaxy-importer says nothing against {built.name}")


def counted(versions: Versions) -> tuple[str, ...]:
    """Give the option that counts the coverage, where it is wanted."""
    return ("--coverage",) if versions.usual else ()


def lint(
    session: nox.Session, name: str, *arguments: str, above: bool = False, beside: str = "", **env: str
) -> None:
    """Run a linter in a copy of the collection that lies where Ansible's tools look for it.

    With `above` it runs in the folder that holds `ansible_collections`. `beside` is another folder with collections.
    `env` are environment variables.
    """
    tools = environment(session, "lint")
    tree = copied_tree("lint")
    collections = collections_folder(tree)
    path = os.pathsep.join(filter(None, [str(collections), beside]))
    settings = {**with_tools(tools), "ANSIBLE_COLLECTIONS_PATH": path, **env}
    with session.chdir(collections if above else tree):
        run(session, tool(tools, name), *arguments, env=settings)


@nox.session(default=False)
def quick(session: nox.Session) -> None:
    """Run the unit tests with plain pytest; takes pytest's arguments."""
    tools = environment(session, "test")
    env = {**with_tools(tools), "PYTHONPATH": str(linked_tree())}
    arguments = ("-n", "2", *(session.posargs or ["tests/unit"]))
    session.run(tool(tools, "pytest"), *arguments, env=env, external=True, log=False)


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Change the code in many small ways and see how many of them the unit tests notice; takes a quarter of an hour."""
    mutmut = tool(environment(session, "mutation"), "mutmut")
    folder = collections_folder(copied_tree("mutation"))
    shutil.rmtree(folder / "mutants", ignore_errors=True)
    shutil.copy2(ROOT / "tests/mutation/setup.cfg", folder)
    with session.chdir(folder):
        run(session, mutmut, "run", "--max-children", str(os.cpu_count()))
        mutants = read_mutants(run(session, mutmut, "results", "--all", "true"))
    percent = percent_noticed(mutants)
    print(f"{percent:.1f} % of {len(mutants)} small changes to the code were noticed by the unit tests.")
    if unlisted := list(complaints(mutants, read_survivors(ROOT / "tests/mutation/survivors.txt"))):
        session.error("\n".join(["tests/mutation/survivors.txt is out of date:", *unlisted]))
    if percent < MUTANTS_NOTICED_WANTED:
        session.error(f"{MUTANTS_NOTICED_WANTED} % are wanted")


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Play thousands of random schedules of trouble; SOAK_SCHEDULES and SOAK_SEED say how many and which."""
    pytest = tool(environment(session, "test"), "pytest")
    schedules = int(os.environ.get("SOAK_SCHEDULES") or SOAK_SCHEDULES)
    if not play_schedules(pytest, linked_tree(), schedules, int(os.environ.get("SOAK_SEED") or SOAK_SEED)):
        session.error("a report was not true, see above")


@nox.session(default=False)
def release(session: nox.Session) -> None:
    """Make a release: `nox -s release -- 1.2.3`, and with --rehearsal all of it but the commit and the tag."""
    run_gate(session, "release", "gate.release")


@nox.session(default=False)
def picture(session: nox.Session) -> None:
    """Make the picture of the demo that the README shows."""
    run_gate(session, "picture", "gate.picture")


def run_gate(session: nox.Session, purpose: str, module: str) -> None:
    """Run a part of the gate in an environment that has the libraries it needs."""
    tools = environment(session, purpose)
    env = {**with_tools(tools), "PYTHONPATH": "tests"}
    session.run(tool(tools, "python"), "-m", module, *session.posargs, env=env, external=True, log=False)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Pin every package that the lists in requirements/ lead to, at its newest version."""
    tools = environment(session, "lock")
    for wanted in sorted(ROOT.glob("requirements/*.in")):
        resolve = ("--universal", "--python-version", "3.10", "--upgrade", "--no-annotate", "--no-header")
        result = ("--output-file", str(wanted.with_suffix(".txt")))
        run(session, tool(tools, "uv"), "pip", "compile", *resolve, *result, str(wanted))
