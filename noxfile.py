# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of the gate; `make test` runs all that are on by default, some at the same time."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tests"))

from gate import importer, tarball
from gate.ansible_test import AnsibleTest, Versions, absent_pythons, harmful_warnings
from gate.awx import awx_collection
from gate.environments import CACHE, NOT_RUN, ROOT, UV, environment, remark, run, tool, with_tools
from gate.mutation import complaints, percent_noticed, read_mutants, read_survivors
from gate.site import know_ansible
from gate.soak import TESTS as SOAKED
from gate.soak import soak as play_schedules
from gate.tree import collections_folder, copied_tree, linked_tree

MUTANTS_NOTICED_WANTED = 90.0
# With 250, two defects made on purpose went unnoticed.
SCHEDULES = 700
TRUTH = [
    f"tests/unit/plugins/modules/{test}"
    for test, (variable, _few) in SOAKED.items()
    if variable == "SCHEDULES"
]
SOAK_SCHEDULES = 20_000
SOAK_SEED = 20_261_124

nox.options.default_venv_backend = "none"

# It is in the environment of the linters, not in that of nox itself.
if importlib.util.find_spec("antsibull_nox"):
    import antsibull_nox

    antsibull_nox.load_antsibull_nox_toml()


@nox.session
def sanity(session: nox.Session) -> None:
    """Run every sanity test of ansible-test; none may be skipped for want of a tool."""
    ansible_test = AnsibleTest(session, "sanity", Versions.read(session.posargs))
    if ignored := sorted(path.name for path in ansible_test.tree.glob("tests/sanity/ignore*")):
        session.error(f"nothing may be ignored, but there is {', '.join(ignored)}")
    unreachable = ansible_test.unreachable()
    for test, address in unreachable.items():
        remark(f"{NOT_RUN}: {test}, which needs {address}")
    skipped = [argument for test in unreachable for argument in ("--skip-test", test)]
    output = ansible_test("sanity", "--local", "--allow-disabled", *skipped)
    if absent := absent_pythons(output):
        remark(f"not on this machine, so compile and import were not tried: Python {', '.join(absent)}")
    if warnings := harmful_warnings(output):
        session.error("\n".join(["ansible-test left something out:", *warnings]))
    tests = set(re.findall(r'Running sanity test "([\w-]+)"', output))
    remark(f"{len(tests)} sanity tests of ansible-core {ansible_test.core_version()} passed")


@nox.session
def units(session: nox.Session) -> None:
    """Run the unit tests through ansible-test."""
    versions = Versions.read(session.posargs)
    where = ("--venv", "--python", versions.target_python)
    # In one process, because other sessions run at the same time.
    output = AnsibleTest(session, "units", versions)("units", "--num-workers", "0", *where)
    passed = passed_tests(output)
    # Without any test ansible-test is content.
    if not passed:
        session.error("no unit test ran")
    remark(", ".join(passed))


@nox.session
def integration(session: nox.Session) -> None:
    """Run the integration targets: playbooks against the simulator."""
    versions = Versions.read(session.posargs)
    output = AnsibleTest(session, "integration", versions)("integration", *versions.where)
    targets = re.findall(r"Running (\S+) integration test", output)
    if not targets:
        session.error("no integration target ran")
    remark(f"passed: {', '.join(targets)}")


@nox.session
def playbooks(session: nox.Session) -> None:
    """Run the playbooks of the collection with everything around them that could lead them astray."""
    env = {"ANSIBLE_COLLECTIONS_PATH": str(linked_tree())}
    plain_tests(session, "tests/playbooks", env=env, versions=Versions.read(session.posargs))


@nox.session
def secrets(session: nox.Session) -> None:
    """Run playbooks in which everything goes wrong, and look for the API key in all that they leave behind."""
    plain_tests(session, "tests/secrets")


@nox.session
def awx(session: nox.Session) -> None:
    """Configure an AWX in memory, and run jobs as AWX does."""
    plain_tests(session, "tests/awx", env={"ANSIBLE_COLLECTIONS_PATH": with_awx(session)})


@nox.session
def examples(session: nox.Session) -> None:
    """Run every example in the documentation as it is written, against the simulator."""
    folders = {"CHECKOUT": str(copied_tree("examples")), "ANSIBLE_COLLECTIONS_PATH": with_awx(session)}
    plain_tests(session, "tests/examples", env=folders)


@nox.session
def live(session: nox.Session) -> None:
    """Run what `make live` runs against the simulator, in a terminal and without one."""
    plain_tests(session, "tests/live")


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the unit tests, but for random schedules, without ansible-test, and see how much of plugins/ they cover."""
    output = plain_tests(session, "tests/unit/plugins", *(f"--ignore={test}" for test in TRUTH), "--cov")
    remark(re.findall(r"Total coverage: (.*)", output)[-1] + " of plugins/ is covered by the unit tests")


@nox.session
def schedules(session: nox.Session) -> None:
    """Play many random schedules of trouble, the same ones each time, and see whether every report is true."""
    plain_tests(session, *TRUTH, env={"SCHEDULES": str(SCHEDULES)})


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
def community(session: nox.Session) -> None:
    """Run what antsibull-nox.toml names: yamllint, also of documentation in plugins; licences; action groups."""
    # Its sessions would make environments of their own, with whatever is the newest.
    sessions = ("yamllint", "license-check", "extra-checks")
    lint(session, "nox", "--no-venv", "--session", *sessions)


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
    live = f"{digicert}/tests/integration/targets/live"
    lint(session, "mypy", *config, f"{digicert}/plugins", live, above=True)
    lint(session, "mypy", "tests/simulator", "tests/demo", "tests/gate", "noxfile.py", MYPYPATH="tests")


@nox.session
def spelling(session: nox.Session) -> None:
    """Look for common misspellings."""
    lint(session, "codespell")


@nox.session
def workflows(session: nox.Session) -> None:
    """Check the workflows of GitHub for what an attacker would look for."""
    lint(session, "zizmor", "--offline", "--pedantic", "--no-progress", ".github")


@nox.session(name="gate")
def gate_rules(session: nox.Session) -> None:
    """Try the rules of the gate itself: when there is a release, and what counts as a complaint."""
    plain_tests(session, "tests/gate", tools="lint", env={"PYTHONPATH": "tests"})


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


def plain_tests(
    session: nox.Session,
    *arguments: str,
    tools: str = "test",
    versions: Versions | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run pytest in the checkout, in one process because other sessions run at the same time; give what it says.

    tools: the environment that has what the tests import. versions: what to use in place of what is pinned there.
    """
    directory = environment(session, tools, (versions or Versions()).requirements)
    settings = {**with_tools(directory), "PYTHONPATH": str(linked_tree()), **(env or {})}
    output = run(session, tool(directory, "pytest"), "-p", "no:xdist", *arguments, env=settings)
    remark(passed_tests(output)[-1])
    return output


def passed_tests(output: str) -> list[str]:
    """Give what each run of pytest that ended in an output says of its tests, such as "3 passed"."""
    return re.findall(r"\d+ passed.*(?= in )", output)


def with_awx(session: nox.Session) -> str:
    """Give a path for collections on which this one and awx.awx are."""
    folders = (linked_tree(), awx_collection(tool(environment(session, "test"), "python")))
    return os.pathsep.join(map(str, folders))


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
        # mutmut passes its environment on to the tests.
        settings = {"SCHEDULES": str(SCHEDULES)}
        run(session, mutmut, "run", "--max-children", str(os.cpu_count()), env=settings)
        mutants = read_mutants(run(session, mutmut, "results", "--all", "true"))
    percent = percent_noticed(mutants)
    print(f"{percent:.1f} % of {len(mutants)} small changes to the code were noticed by the unit tests.")
    if unlisted := list(complaints(mutants, read_survivors(ROOT / "tests/mutation/survivors.txt"))):
        session.error("\n".join(["tests/mutation/survivors.txt is out of date:", *unlisted]))
    if percent < MUTANTS_NOTICED_WANTED:
        session.error(f"{MUTANTS_NOTICED_WANTED} % are wanted")


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Play thousands of random schedules of trouble and of odd bytes, and try inputs: SOAK_SCHEDULES, SOAK_SEED."""
    pytest = tool(environment(session, "test"), "pytest")
    schedules = int(os.environ.get("SOAK_SCHEDULES") or SOAK_SCHEDULES)
    if not play_schedules(pytest, linked_tree(), schedules, int(os.environ.get("SOAK_SEED") or SOAK_SEED)):
        session.error("a report was not true, or an input ended in no clear error, see above")


@nox.session(default=False)
def site(session: nox.Session) -> None:
    """Build the HTML pages of the collection; every warning of Sphinx is an error."""
    tools = environment(session, "docs")
    tree = copied_tree("site")
    env = {**with_tools(tools), "ANSIBLE_COLLECTIONS_PATH": str(collections_folder(tree))}
    folder = CACHE / "site"
    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "rst"
    source.mkdir(parents=True, mode=0o755)
    collection = "community.digicert"
    which = ("--use-current", "--squash-hierarchy", "--fail-on-error")
    names = ("--project", collection, "--title", collection, "--html-short-title", collection)
    antsibull_docs = partial(run, session, tool(tools, "antsibull-docs"), env=env)
    antsibull_docs("sphinx-init", *which, *names, "--dest-dir", str(folder), collection)
    know_ansible(folder)
    settings = ("--config-file", str(folder / "antsibull-docs.cfg"))
    antsibull_docs(*settings, "collection", *which, "--dest-dir", str(source), collection)
    html = folder / "html"
    sphinx = (tool(tools, "sphinx-build"), "--fail-on-warning", "--keep-going", "--nitpicky")
    run(session, *sphinx, "--conf-dir", str(folder), str(source), str(html), env=env)
    print(html / "index.html")


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
    for wanted in sorted(ROOT.glob("requirements/*.in")):
        resolve = ("--universal", "--python-version", "3.10", "--upgrade", "--no-annotate", "--no-header")
        result = ("--output-file", str(wanted.with_suffix(".txt")))
        run(session, UV, "pip", "compile", *resolve, *result, str(wanted))
