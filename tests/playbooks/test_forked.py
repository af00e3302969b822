# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A forked run is one of the program itself, but for what it costs."""

from __future__ import annotations

import subprocess

import pytest
from conftest import canceled

PLAY = {
    "hosts": "localhost",
    "gather_facts": False,
    "connection": "local",
    "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
}
ORDERS = {"digicert_order_id": [1001, 1011, 1014], "digicert_note": "Not needed"}


@pytest.mark.parametrize("arguments", [("--check",), ("--check", "--nowhere"), ("--check", "-i", "nowhere")])
def test_it_shows_hands_on_and_ends_as_the_program_does(play, arguments):
    forked, program = (
        play("cancel_orders", variables=ORDERS, arguments=arguments, forked=forked)
        for forked in (True, False)
    )
    assert forked == program


def test_it_has_an_environment_and_a_folder_of_its_own(play, account, tmp_path):
    play("cancel_orders", variables=ORDERS, environment={"DIGICERT_API_KEY": "a-key-that-no-account-has"})
    assert canceled(account) == set()
    (tmp_path / "form.yml").write_text("digicert_order_id: 1001\ndigicert_note: x\n")
    play("cancel_orders", arguments=["-e", "@form.yml"])
    assert canceled(account) == {1001}


def test_it_reads_the_settings_of_ansible_that_are_its_own(play):
    assert (
        "\x1b["
        in play("smoke", environment={"ANSIBLE_FORCE_COLOR": "true", "ANSIBLE_NOCOLOR": "false"}).shown
    )


def test_it_has_the_collections_that_it_is_told_of_and_their_modules(play, tmp_path):
    look = {**PLAY, "tasks": [{"some.where.look": None}]}
    for name in ("first", "second"):
        modules = tmp_path / name / "ansible_collections/some/where/plugins/modules"
        modules.mkdir(parents=True)
        (modules / "look.py").write_text(
            "from ansible.module_utils.basic import AnsibleModule\n"
            f"AnsibleModule({{}}).exit_json(msg='this is the {name} one')\n"
        )
        shown = play(
            plays=[look], arguments=["-v"], environment={"ANSIBLE_COLLECTIONS_PATH": str(tmp_path / name)}
        ).shown
        assert f"this is the {name} one" in shown


def test_it_reads_the_passwords_of_the_vault_that_it_is_told_of(play, tmp_path):
    (tmp_path / "password").write_text("of the vault\n")
    (tmp_path / "key").write_text("key: in the vault\n")
    encrypt = ("ansible-vault", "encrypt", "--vault-password-file", "password", "key")
    subprocess.run(encrypt, cwd=tmp_path, check=True, capture_output=True)
    debug = {"ansible.builtin.debug": {"var": "key"}}
    show = {**PLAY, "vars_files": ["key"], "tasks": [debug]}
    told = {"ANSIBLE_VAULT_PASSWORD_FILE": str(tmp_path / "password")}
    assert '"key": "in the vault"' in play(plays=[show], environment=told).shown


MODULE = """\
import atexit, json, os, signal, sys

from ansible.module_utils import basic
from ansible.module_utils.basic import AnsibleModule

seen = {
    "arguments": sys.argv[1:],
    # But for what a shell adds.
    "environment": {name: value for name, value in os.environ.items() if name not in ("OLDPWD", "PWD", "SHLVL", "_")},
    "files": sorted(os.listdir("/proc/self/fd")),
    "folder": os.getcwd(),
    "input": sys.stdin.read(),
    "name": __name__,
    "path": [path for path in sys.path if "_payload_" not in path],
    "signals": {number: str(signal.getsignal(number)) for number in signal.valid_signals()},
}
had = "requests" in sys.modules
module = AnsibleModule({"ending": {}, "parent": {"type": "int"}})
atexit.register(lambda: print("at exit", file=sys.stderr))
if module.params["ending"]:
    exec(module.params["ending"])
module.exit_json(seen=seen, had_requests=had, ansible=basic.__file__)
"""


@pytest.fixture
def play_module(play, tmp_path):
    """Give a function that runs a module and gives its result."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library/look.py").write_text(MODULE)

    def run(ending="", forked=True):
        tasks = [
            {"look": {"ending": ending}, "register": "looked", "ignore_errors": True},
            {"ansible.builtin.set_stats": {"data": {"looked": "{{ looked }}"}}},
        ]
        return play(plays=[{**PLAY, "tasks": tasks}], forked=forked).stats["looked"]

    return run


def test_its_modules_have_all_around_them_that_those_of_the_program_have(play_module):
    forked, program = (play_module(forked=forked) for forked in (True, False))
    assert forked["seen"] == program["seen"]
    assert (forked["had_requests"], program["had_requests"]) == (True, False)


def test_its_modules_bring_their_part_of_ansible_with_them(play_module):
    assert play_module()["ansible"].endswith("_payload.zip/ansible/module_utils/basic.py")


@pytest.mark.parametrize(
    "ending", ["sys.exit(3)", "1 / 0", "os.kill(os.getpid(), signal.SIGKILL)", "os.close(1); print('x')"]
)
def test_its_modules_end_as_those_of_the_program_do(play_module, ending):
    ends = [play_module(ending, forked) for forked in (True, False)]
    assert ends[0]["failed"]
    forked, program = ({name: end.get(name) for name in ("msg", "rc", "module_stdout")} for end in ends)
    assert forked == program
    assert ("at exit" in str(ends[0])) is ("at exit" in str(ends[1]))


TYPED = """\
echo localhost > hosts
ansible-playbook -i /dev/stdin plays.yml < hosts | cat
ansible-playbook nowhere.yml
echo $?
"""


@pytest.mark.parametrize(("settings", "forked"), [({}, "true"), ({"ANSIBLE_TIMEOUT": "11"}, "false")])
def test_a_shell_finds_it_by_its_name_and_the_program_with_other_settings(
    ansible_playbook, play_module, tmp_path, settings, forked
):
    play_module()
    environment = {**ansible_playbook.environment, **ansible_playbook.variables, "HOME": str(tmp_path)}
    shown = subprocess.run(
        ["/bin/bash", "-c", TYPED],
        cwd=tmp_path,
        env={**environment, **settings},
        check=True,
        capture_output=True,
        text=True,
    )
    assert f'"had_requests": {forked}' in shown.stdout
    assert "the playbook: nowhere.yml could not be found" in shown.stderr
    assert shown.stdout.endswith("\n1\n")
