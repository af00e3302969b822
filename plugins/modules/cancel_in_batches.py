#!/usr/bin/python
# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cancel_in_batches
short_description: Find DigiCert CertCentral orders, show a plan, cancel in batches, and write a report
version_added: 1.1.0
author:
  - The community.digicert contributors (@ansible-collections)
description:
  - What the playbooks C(community.digicert.cancel_orders) and C(community.digicert.cancel_stale_orders) do after they have
    checked their variables. It is made for these playbooks; in your own, use
    M(community.digicert.digicert_order_status), which takes a list of orders.
  - Finds the orders with M(community.digicert.digicert_order_info), unless O(request) names them, and shows what each waits
    for.
  - Cancels or rejects each order, or cancels its reissue, depending on its state. An order that is C(pending) or
    C(waiting_pickup) is canceled, one that is C(needs_approval) is rejected, and the reissue of one that is
    C(reissue_pending) is canceled.
  - Prints the plan, and calls M(community.digicert.digicert_order_status) for one batch of orders after the other, with a
    line of progress for each batch and a line for each order that failed.
  - Writes the report before the first batch, after each one and at the end. It shows what was done even if Ansible is
    killed.
  - An order that fails does not stop the next batch. If every request would fail, for example because the service refuses
    the key, the remaining orders are not attempted.
  - Does not fail because of orders. RV(as_wanted) and RV(verdict) report the outcome, and every order has one, whatever
    happens to the module.
extends_documentation_fragment:
  - community.digicert.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  request:
    description:
      - The result of M(community.digicert.check_variables).
      - The API key is no part of it. It is taken from the variable C(digicert_api_key), or from the environment variable
        E(DIGICERT_API_KEY).
    type: dict
    required: true
seealso:
  - module: community.digicert.check_variables
  - module: community.digicert.digicert_order_info
  - module: community.digicert.digicert_order_status
  - name: Cancel orders and clean up
    description: The playbooks in action.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_cancel.rst
  - name: Variables of the playbooks
    description: The variables of the playbooks.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_variables.rst
"""

EXAMPLES = r"""
- name: Cancel orders that were left behind
  hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    digicert_order_id: 123456789
    digicert_note: Not needed any more
  tasks:
    - name: Check what was given
      community.digicert.check_variables:
        playbook: cancel_orders
      register: digicert_request

    - name: Cancel the orders
      community.digicert.cancel_in_batches:
        request: "{{ digicert_request }}"
      register: digicert_run

    - name: Report how it ended
      ansible.builtin.assert:
        that: digicert_run.as_wanted
        fail_msg: "{{ digicert_run.verdict }}"
"""

RETURN = r"""
as_wanted:
  description: Whether every order is canceled, or in a preview would be, and the report is written.
  returned: always
  type: bool
  sample: true
verdict:
  description: How it ended, in a few sentences.
  returned: always
  type: str
  sample: 2 of 2 orders canceled.
statistics:
  description: The order IDs by what became of them, by the names under which the playbooks pass them to a workflow.
  returned: always
  type: dict
  contains:
    digicert_canceled_order_ids:
      description: Orders that were canceled by this run.
      returned: always
      type: list
      elements: int
      sample: [1001, 1004]
    digicert_rejected_order_ids:
      description: Orders that were rejected by this run.
      returned: if C(digicert_states) asks for that
      type: list
      elements: int
      sample: []
    digicert_reissue_canceled_order_ids:
      description: Orders that had their reissue canceled by this run.
      returned: if C(digicert_states) asks for that
      type: list
      elements: int
      sample: []
    digicert_failed_order_ids:
      description: Orders that were not changed.
      returned: always
      type: list
      elements: int
      sample: []
    digicert_unknown_order_ids:
      description: Orders that may or may not have been changed.
      returned: always
      type: list
      elements: int
      sample: []
    digicert_not_attempted_order_ids:
      description: Orders that were not written to, because the run stopped before.
      returned: always
      type: list
      elements: int
      sample: []
    digicert_previewed_order_ids:
      description: Orders that would be changed.
      returned: in a preview
      type: list
      elements: int
      sample: [1001, 1004]
"""
