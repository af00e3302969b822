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
    files: files that are there before, with their content.
    leaves: files that are there afterwards, and what they hold.
    output_of: where the example is nothing but an output, the command that says so.
    checkout: whether it is run in a checkout of the repository.
    run_in: another document in which the same commands are run, where running them twice would take too long.
    needs_no_key: whether it asks the service nothing.
    """

    begins: str
    changes: Mapping[int, str] = field(default_factory=dict)
    fails: bool = False
    says: tuple[str, ...] = ()
    saved_as: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    leaves: Mapping[str, str] = field(default_factory=dict)
    output_of: str = ""
    checkout: bool = False
    run_in: str = ""
    needs_no_key: bool = False


@dataclass(frozen=True)
class Replaced:
    """A part of examples that cannot be run here as it is written, what is run in its place, and the reason."""

    text: str
    by: str
    reason: str


# In `by` the names in braces are the addresses of the services that the tests start.
REPLACED = (
    Replaced(
        "https://certcentral.digicert.eu/services/v2",
        "{api_url}",
        "The real service must not be asked; the simulator stands for it.",
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
        "ansible-builder build --tag digicert-ee:latest",
        "ansible-builder create",
        "An image needs a container engine and a registry; this is all that comes before.",
    ),
    Replaced(
        "ansible-navigator run community.digicert.smoke --execution-environment-image digicert-ee:latest --mode stdout",
        "ansible-playbook community.digicert.smoke",
        "There is no image to run it in; the playbook is run without.",
    ),
)

# What is typed where a command reads without showing it.
TYPED = {"DIGICERT_API_KEY": "{api_key}", "CONTROLLER_OAUTH_TOKEN": "a-token-for-this-test"}

GUIDE_ON_AWX = "docs/docsite/rst/guide_awx.rst"
FIRST_LINE_OF_A_PLAY_THAT_CANCELS = "- name: Cancel orders that nobody finished"
A_PLAY_OF_THE_USER = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - community.digicert.digicert_order_info: {order_id: 1001}
      register: found
    - ansible.builtin.debug: {msg: "order 1001 is {{ found.orders[0].status }}"}
"""
EXPECTED: Mapping[str, tuple[Expected, ...]] = {
    "README.md": (
        Expected(
            "ansible-galaxy collection install . --force",
            checkout=True,
            needs_no_key=True,
            leaves={
                "~/.ansible/collections/ansible_collections/community/digicert/MANIFEST.json": '"name": "digicert"'
            },
        ),
        Expected(
            "ansible-playbook community.digicert.cancel_stale_orders --check \\",
            says=("1003", "1004", "1001", "3 of 3 orders would be canceled."),
        ),
        Expected(
            "ansible-playbook community.digicert.cancel_orders --check \\",
            says=("2 of 2 orders would be canceled.",),
        ),
        Expected("- name: Cancel an order that nobody finished", changes={1001: "canceled"}),
        Expected(
            FIRST_LINE_OF_A_PLAY_THAT_CANCELS,
            changes={1001: "canceled", 1004: "canceled"},
            saved_as="cancel.yml",
        ),
        Expected("$ ansible-playbook cancel.yml --check --diff"),
        Expected(
            "Order 1011 is issued, so nothing was written. An issued order cannot be canceled: revoke it instead.",
            output_of="ansible-playbook community.digicert.cancel_orders -e digicert_order_id=1011 -e digicert_note=why",
        ),
        Expected(
            "- name: Find what has been waiting for more than a month in two organizations, and cancel it",
            changes={1001: "canceled", 1003: "canceled"},
        ),
        Expected(
            "- name: Look after what has been waiting for an approver for too long",
            changes={1101: "rejected"},
            says=("1101, casey.miller@example.com: domain kiosk.example.com (dns-txt-token); approval",),
        ),
        Expected(
            "- name: Cancel orders, and tell which ones have to be revoked instead",
            changes={1002: "canceled"},
            says=("1011",),
        ),
        Expected("module_defaults:"),
        Expected("ansible-galaxy collection install awx.awx:24.6.1", run_in=GUIDE_ON_AWX),
    ),
    "docs/docsite/rst/guide_authentication.rst": (
        Expected(
            "$ read -rs DIGICERT_API_KEY && export DIGICERT_API_KEY",
            files={"site.yml": A_PLAY_OF_THE_USER},
            says=("order 1001 is pending",),
        ),
        Expected("- name: Work with orders"),
        Expected(
            '$ ansible localhost -m community.digicert.digicert_order_info -a "all_orders=true limit=1"',
            says=('"id": 1001',),
        ),
    ),
    # These follow each other: test_awx_guide.py runs them from the first to the last.
    GUIDE_ON_AWX: (
        Expected(
            "mkdir -p digicert/collections", leaves={"digicert/collections/requirements.yml": "type: git"}
        ),
        Expected(
            "$ ansible-galaxy collection install "
            "git+https://github.com/ansible-collections/community.digicert.git,1.1.0",
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
            leaves={"digicert/context/_build/requirements.yml": "type: git"},
            says=("The collection and the Python library requests are there",),
        ),
    ),
    "docs/docsite/rst/guide_cancel.rst": (
        Expected("$ ansible-playbook cancel.yml --check --diff"),
        Expected(
            FIRST_LINE_OF_A_PLAY_THAT_CANCELS,
            changes={1001: "canceled", 1004: "canceled"},
            saved_as="cancel.yml",
        ),
        Expected("- name: Cancel an order, and say why", changes={1001: "canceled"}),
        Expected(
            "- name: Cancel the orders in a file",
            changes={1001: "canceled", 1005: "canceled"},
            files={"order_ids.txt": "1001\n1005\n1014\n"},
        ),
        Expected(
            "$ ansible-playbook community.digicert.cancel_orders "
            "-e digicert_order_id=1001,1002,1004 -e digicert_note=CHG0031338",
            changes={1001: "canceled", 1002: "canceled", 1004: "canceled"},
        ),
        Expected(
            "- name: Find orders that are older than 90 days and still wait, at two of the organizations",
            changes={1003: "canceled"},
            says=("1003 pending since",),
        ),
        Expected(
            "- name: Look at what has been waiting for 40 days",
            says=(
                "1003 pending: contact",
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
            "$ ansible-playbook community.digicert.cancel_stale_orders -e @stale.yml",
            changes={1001: "canceled", 1004: "canceled"},
            leaves={"stale-orders.md": "# Cancellation of orders"},
        ),
        Expected(
            "$ ansible-playbook community.digicert.cancel_stale_orders --check -e @stale.yml "
            "-e digicert_states=pending,waiting_pickup,needs_approval",
        ),
        Expected(
            "$ ansible-playbook community.digicert.cancel_stale_orders -e @stale.yml -e digicert_maximum=1",
            fails=True,
            says=("2 orders were found, and digicert_maximum is 1, so nothing was canceled.",),
        ),
        Expected("- name: Cancel the reissue of an order", changes={1006: "issued"}),
        Expected(
            "- name: Do not ask to renew an order that was replaced",
            changes={1018: "not marked renewed", 1019: "marked renewed"},
        ),
        Expected("- name: Cancel orders at half the speed", changes={1001: "canceled", 1004: "canceled"}),
        Expected("- name: Look what became of an order", says=("Order 1001 is pending.",)),
        Expected(
            "- name: Cancel orders, and once more after five minutes where the outcome is not known",
            changes={1001: "canceled", 1004: "canceled"},
        ),
    ),
    "docs/docsite/rst/guide_rehearse.rst": (
        Expected(
            "$ make simulator > simulator.env",
            checkout=True,
            # It takes the one that it gets from its simulator.
            needs_no_key=True,
            says=("2 of 2 orders would be canceled.",),
        ),
        Expected(
            "$ cp tests/simulator/account.yml mine.yml",
            checkout=True,
            needs_no_key=True,
            says=("3 of 3 orders would be canceled.",),
        ),
        Expected("- name: Rehearse a lost reply", changes={1001: "canceled"}),
        Expected(
            "- name: Rehearse a rate limit", changes=dict.fromkeys(range(123456793, 123456853), "canceled")
        ),
    ),
    "docs/docsite/rst/guide_results_and_errors.rst": (
        Expected(
            "- name: Cancel orders, and go on where they were issued meanwhile", changes={1001: "canceled"}
        ),
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
