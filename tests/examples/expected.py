# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each example is expected to do, and what in it has to be replaced here, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expected:
    """What an example does.

    begins: its first line, by which it is known.
    changes: the orders that it changes, and what each is then; nothing else may be written.
    fails: whether it is there to show a failure.
    says: what its output has to hold, besides what the example itself shows.
    saved_as: the name of the file under which the document says to save it, for the commands in that document.
    given: files that another document has the reader make, and what they hold.
    leaves: files that are there afterwards, and what they hold.
    notes: the notes of what it changes, where they matter.
    tells: what each message holds that it sends to the chat.
    run_in: another document in which the same commands are run, where running them twice would take too long.
    needs_no_key: whether it asks the service nothing.
    """

    begins: str
    changes: Mapping[int, str] = field(default_factory=dict)
    fails: bool = False
    says: tuple[str, ...] = ()
    saved_as: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    leaves: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    run_in: str = ""
    needs_no_key: bool = False


@dataclass(frozen=True)
class Replaced:
    """A part of examples that cannot be run here as it is written, what is run in its place, and the reason."""

    text: str
    by: str
    reason: str


THE_CLONE = "cd community.digicert\n"
# In `by` the names in braces are the addresses of the services that the tests start.
REPLACED = (
    Replaced(
        "https://certcentral.digicert.eu/services/v2",
        "{api_url}",
        "The real service must not be asked; the simulator stands for it.",
    ),
    Replaced(
        "https://www.digicert.com/services/v2",
        "{api_url}",
        "Likewise.",
    ),
    Replaced(
        "https://awx.example.com",
        "{awx_url}",
        "There is no AWX; one in memory stands for it.",
    ),
    Replaced(
        "ansible-galaxy collection install awx.awx:24.6.1",
        'ln -s "$AWX_AWX" ~/.ansible/collections/ansible_collections/awx\n'
        "ansible-galaxy collection list awx.awx | grep --fixed-strings 24.6.1",
        "Galaxy cannot be reached; what it would install is there already, for all the tests.",
    ),
    Replaced(
        THE_CLONE,
        f'{THE_CLONE.strip()} && ln -s "$TOOLS" .cache && touch .cache/*/demo/ready\n',
        "PyPI cannot be reached; what make would install is there already, for all the tests.",
    ),
    Replaced(
        "ansible-builder build --tag digicert-ee:latest",
        "ansible-builder create",
        "An image needs a container engine and a registry; this is all that comes before.",
    ),
    Replaced(
        "ansible-navigator run community.digicert.smoke --execution-environment-image digicert-ee:latest "
        "--pull-policy missing --mode stdout",
        "ansible-playbook community.digicert.smoke",
        "There is no image to run it in; the playbook is run without.",
    ),
)

# What is typed where a command reads without showing it. In braces: the key, and the address of what stands for a chat.
TYPED = {
    **dict.fromkeys(("DIGICERT_API_KEY", "KEY", "US_API_KEY", "EU_API_KEY"), "{api_key}"),
    "CONTROLLER_OAUTH_TOKEN": "a-token-for-this-test",
    "CHAT_WEBHOOK": "{chat_url}hooks/4711",
}

# Who follows these begins with nothing; who follows another guide has the collection, and is in a checkout.
FOR_NEWCOMERS = ("README.md", "docs/docsite/rst/guide_installation.rst")
GUIDE_ON_AWX = "docs/docsite/rst/guide_awx.rst"
START = Expected('eval "$(make simulator)"', needs_no_key=True)
LEAVE = Expected("make simulator-stop", needs_no_key=True, says=("was stopped",))
RESET = Expected("make simulator-reset", needs_no_key=True, says=("was reset",))
INSTALLED = {
    "~/.ansible/collections/ansible_collections/community/digicert/MANIFEST.json": '"name": "digicert"'
}
INSTALL_FROM_GIT = Expected(
    "ansible-galaxy collection install git+https://github.com/ansible-collections/community.digicert.git,1.3.4",
    needs_no_key=True,
    leaves=INSTALLED,
)
CLONE_AND_INSTALL = Expected(
    "git clone https://github.com/ansible-collections/community.digicert.git",
    needs_no_key=True,
    leaves=INSTALLED,
)
SMOKE = Expected(
    "ansible-playbook community.digicert.smoke",
    needs_no_key=True,
    says=("The collection and the Python library requests are present",),
)
SHOW_PYTHON = Expected(
    'ansible localhost -m ansible.builtin.debug -a "var=ansible_playbook_python"',
    needs_no_key=True,
    says=("ansible_playbook_python", "/python"),
)
TYPE_KEY = Expected("read -rs DIGICERT_API_KEY && export DIGICERT_API_KEY", needs_no_key=True)
EXPECTED: Mapping[str, tuple[Expected, ...]] = {
    "README.md": (
        INSTALL_FROM_GIT,
        CLONE_AND_INSTALL,
        SMOKE,
        SHOW_PYTHON,
        START,
        Expected(
            "ansible-playbook community.digicert.cancel_stale_orders --check \\",
            says=("1003 ", "1004 ", "1001 ", "3 of 3 orders would be canceled."),
        ),
        Expected(
            "$ ansible-playbook community.digicert.cancel_stale_orders -e digicert_older_than_days=30 "
            '-e \'{"digicert_note": "Nobody finished it, see CHG0031337"}\'',
            changes=dict.fromkeys((1001, 1003, 1004), "canceled"),
        ),
        Expected(
            "$ ansible-playbook community.digicert.cancel_orders -e digicert_order_id=1002,1011 "
            "-e digicert_note=CHG0031338",
            changes={1002: "canceled"},
            fails=True,
        ),
        RESET,
        Expected("- name: Cancel an order that nobody finished", changes={1002: "canceled"}),
        Expected("- name: Cancel orders that nobody finished", saved_as="cancel.yml"),
        Expected("$ ansible-playbook cancel.yml --check --diff"),
        Expected("$ ansible-playbook cancel.yml", changes={1001: "canceled", 1004: "canceled"}),
        Expected(
            "- name: Find what has been waiting for more than a month in two organizations, and cancel it",
            changes={1003: "canceled"},
        ),
        Expected(
            "- name: Look after what has been waiting for an approver for too long",
            changes={1101: "rejected"},
            says=("1101, casey.miller@example.com: domain kiosk.example.com (dns-txt-token); approval",),
        ),
        Expected(
            "- name: Cancel orders, and tell which ones have to be revoked instead",
            changes={1005: "canceled"},
            says=("1011",),
        ),
        Expected("module_defaults:"),
        LEAVE,
        Expected("ansible-galaxy collection install awx.awx:24.6.1", run_in=GUIDE_ON_AWX),
        Expected("read -rs CONTROLLER_OAUTH_TOKEN && export CONTROLLER_OAUTH_TOKEN", run_in=GUIDE_ON_AWX),
        Expected(TYPE_KEY.begins, run_in=GUIDE_ON_AWX),
        Expected(
            "ansible-playbook community.digicert.awx_configure "
            "-e digicert_awx_project_url=https://git.example.com/pki/digicert.git",
            run_in=GUIDE_ON_AWX,
        ),
    ),
    "docs/docsite/rst/guide_installation.rst": (
        INSTALL_FROM_GIT,
        Expected("collections:", saved_as="requirements.yml", needs_no_key=True),
        Expected(
            "ansible-galaxy collection install -r requirements.yml --force",
            needs_no_key=True,
            leaves=INSTALLED,
        ),
        Expected(
            "ansible-galaxy collection list community.digicert",
            needs_no_key=True,
            says=("community.digicert 1.",),
        ),
        Expected(SHOW_PYTHON.begins, needs_no_key=True, says=(*SHOW_PYTHON.says, *SMOKE.says)),
        TYPE_KEY,
        Expected("- name: Check that an order can be read"),
        CLONE_AND_INSTALL,
        Expected("ansible-galaxy collection build --force --output-path ~", needs_no_key=True),
        Expected(
            "ansible-galaxy collection install ~/community-digicert-*.tar.gz --force",
            needs_no_key=True,
            leaves=INSTALLED,
        ),
    ),
    "docs/docsite/rst/guide_authentication.rst": (
        TYPE_KEY,
        Expected("- name: Work with orders", given={"key.yml": "vaulted_key: {api_key}\n"}),
        Expected(
            '$ ansible localhost -m community.digicert.digicert_order_info -a "all_orders=true limit=1"',
            says=('"id": 1001',),
        ),
    ),
    # These follow each other: test_awx_guide.py runs them from the first to the last.
    GUIDE_ON_AWX: (
        Expected("mkdir -p digicert/collections", leaves={"collections/requirements.yml": "type: git"}),
        Expected(
            "$ ansible-galaxy collection install "
            "git+https://github.com/ansible-collections/community.digicert.git,1.3.4",
        ),
        Expected("read -rs CONTROLLER_OAUTH_TOKEN && export CONTROLLER_OAUTH_TOKEN"),
        TYPE_KEY,
        Expected(
            "$ ansible-playbook community.digicert.awx_configure "
            "-e digicert_awx_project_url=https://git.example.com/pki/digicert.git",
            says=("failed=0",),
        ),
        Expected(
            "$ ansible-playbook community.digicert.awx_configure "
            "-e digicert_awx_project_url=https://git.example.com/pki/digicert.git "
            "-e digicert_awx_organization=PKI -e 'digicert_awx_galaxy_credential=\"Ansible Galaxy\"'",
            says=("failed=0",),
        ),
        Expected(
            "cat > execution-environment.yml <<'END'",
            leaves={"context/_build/requirements.yml": "type: git"},
            says=("The collection and the Python library requests are present",),
        ),
    ),
    "docs/docsite/rst/guide_cancel.rst": (
        START,
        Expected("- name: Cancel orders that nobody finished", saved_as="cancel.yml"),
        Expected("$ ansible-playbook cancel.yml --check --diff"),
        Expected("- name: Cancel an order, and say why", changes={1002: "canceled"}),
        Expected("1001", saved_as="order_ids.txt"),
        Expected("- name: Cancel the orders in a file", changes={1001: "canceled", 1005: "canceled"}),
        Expected(
            "$ ansible-playbook community.digicert.cancel_orders "
            "-e digicert_order_id=1003,1004,1014 -e digicert_note=CHG0031338",
            changes={1003: "canceled", 1004: "canceled"},
        ),
        RESET,
        Expected(
            "- name: Find orders that are older than 90 days and still wait, at two of the organizations",
            changes={1003: "canceled"},
            says=("1003 pending since",),
        ),
        Expected(
            "- name: Look at what has been waiting for 40 days",
            says=(
                "1001 pending: domain shop.example.com (dns-txt-token)",
                "1004 waiting_pickup: pickup",
                "1101 needs_approval: domain kiosk.example.com (dns-txt-token); approval",
            ),
        ),
        Expected(
            "- name: Find the requests that have waited for an approver for 45 days",
            changes={1101: "rejected"},
        ),
        Expected("digicert_older_than_days: 30", saved_as="stale.yml"),
        Expected(
            "$ ansible-playbook community.digicert.cancel_stale_orders --check -e @stale.yml",
            leaves={"stale-orders.md": "Preview of a cancellation: nothing was changed"},
        ),
        Expected(
            "$ ansible-playbook community.digicert.cancel_stale_orders -e @stale.yml -e digicert_maximum=1",
            fails=True,
        ),
        Expected(
            "$ ansible-playbook community.digicert.cancel_stale_orders -e @stale.yml",
            changes={1001: "canceled", 1004: "canceled"},
            leaves={"stale-orders.md": "# Cancellation of orders"},
        ),
        # It resets the account.
        Expected("$ make simulator-reset", needs_no_key=True),
        Expected("- name: Cancel the reissue of an order", changes={1006: "issued"}),
        Expected(
            "- name: Do not ask to renew an order that was replaced",
            changes={1018: "not marked renewed", 1019: "marked renewed"},
        ),
        Expected("- name: Cancel orders at half the speed", changes={1001: "canceled", 1004: "canceled"}),
        Expected("- name: Look at an order", says=("Order 1001 is canceled.",)),
        Expected(
            "- name: Cancel orders, and once more after five minutes if an outcome is not known",
            changes={1002: "canceled", 1005: "canceled"},
        ),
        LEAVE,
    ),
    "docs/docsite/rst/guide_recipes.rst": (
        START,
        Expected(
            "- name: Cancel what Casey Miller ordered and did not finish",
            changes={1003: "canceled", 1004: "canceled"},
        ),
        Expected("order,reason", saved_as="orders.csv"),
        Expected(
            "- name: Cancel each order for its own reason",
            changes={1001: "canceled", 1002: "canceled"},
            notes=("Requested twice, see CHG0031337", "Shop was closed"),
        ),
        Expected(
            "- name: Reject what has waited for an approver for 45 days",
            changes={1101: "rejected"},
            fails=True,
            says=("1104",),
        ),
        RESET,
        Expected("read -rs CHAT_WEBHOOK && export CHAT_WEBHOOK", needs_no_key=True),
        Expected(
            "- name: Cancel orders, and tell the chat",
            changes={1002: "canceled"},
            fails=True,
            tells=("Order 1011 is issued, so nothing was written.",),
        ),
        Expected(
            "- name: Warn about unfinished orders",
            tells=(
                "Order 1003 for ",
                "Order 1004 for bikes.example.com, placed by casey.miller@example.com, waits for pickup.",
                "Order 1001 for shop.example.com, placed by robin.weaver@example.com, waits for domain shop.example.com (",
            ),
        ),
        Expected(
            "- name: Cancel the orders that are older than 50 days",
            changes={1003: "canceled", 1004: "canceled"},
            notes=("Nobody finished it within 50 days",) * 2,
        ),
        Expected(
            "(umask 077 && python3 -c 'import secrets; print(secrets.token_urlsafe(32))' > ~/.vault-password)",
            needs_no_key=True,
            leaves={"~/.vault-password": ""},
        ),
        Expected(
            'read -rs KEY && printf %s "$KEY" | ansible-vault encrypt_string --stdin-name vaulted_key > key.yml',
            needs_no_key=True,
            leaves={"key.yml": "$ANSIBLE_VAULT;"},
        ),
        Expected("unset KEY", needs_no_key=True),
        Expected("- name: Look at an order, with the key from Vault", saved_as="vaulted.yml"),
        Expected("$ env -u DIGICERT_API_KEY ansible-playbook vaulted.yml"),
        # These say nothing by themselves: the command below uses them.
        Expected("certcentral:", saved_as="accounts.yml", needs_no_key=True),
        Expected(
            "- name: Cancel in each account what nobody finished", saved_as="clean_up.yml", needs_no_key=True
        ),
        RESET,
        Expected("read -rs US_API_KEY && export US_API_KEY", needs_no_key=True),
        Expected("read -rs EU_API_KEY && export EU_API_KEY", needs_no_key=True),
        Expected(
            "$ ansible-playbook -i accounts.yml clean_up.yml",
            changes=dict.fromkeys((1001, 1003, 1004), "canceled"),
        ),
        LEAVE,
    ),
    # It takes the key that it gets from its simulator.
    "docs/docsite/rst/guide_rehearse.rst": (
        Expected("$ make simulator > ~/simulator.env", needs_no_key=True),
        Expected("$ cp tests/simulator/account.yml ~/mine.yml", needs_no_key=True),
        Expected("- name: Rehearse a lost reply", changes={1001: "canceled"}),
        Expected("- name: Rehearse a rate limit", changes=dict.fromkeys(range(1110, 1170), "canceled")),
        LEAVE,
    ),
    "docs/docsite/rst/guide_results_and_errors.rst": (
        START,
        Expected(
            "- name: Cancel orders, and continue if they were issued meanwhile", changes={1001: "canceled"}
        ),
        LEAVE,
    ),
    "plugins/modules/cancel_in_batches.py": (
        Expected("- name: Cancel orders that were left behind", changes={123456789: "canceled"}),
    ),
    "plugins/modules/check_variables.py": (
        # It looks at the variables only, and at whether there is a key at all.
        Expected("- name: See what a request looks like", says=('"preview": false',), needs_no_key=True),
    ),
    "plugins/modules/digicert_order_info.py": (
        Expected(
            "- name: Find orders that nobody has finished for a month",
            changes={1001: "canceled", 1002: "canceled"},
            says=(
                "1003 pending waits for contact",
                "1004 waiting_pickup waits for pickup",
            ),
        ),
    ),
    "plugins/modules/digicert_request_info.py": (
        Expected(
            "- name: Find what nobody has approved for a month, for a name that is not needed any more",
            changes={1101: "rejected"},
            says=("order 1101, kiosk.example.com",),
        ),
    ),
    "plugins/modules/digicert_order_status.py": (
        Expected(
            "- name: Cancel an order that nobody finished",
            changes={
                123456788: "rejected",
                123456789: "canceled",
                123456791: "issued",
                123456792: "marked renewed",
            },
            fails=True,
            says=("failed: Order 123456790 is issued, so nothing was written.",),
        ),
    ),
}
