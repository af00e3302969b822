#!/usr/bin/python
# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: check_variables
short_description: Check the variables that a playbook of this collection was given
version_added: 1.1.0
author:
  - The community.digicert contributors (@ansible-collections)
description:
  - The first task of the playbooks C(community.digicert.cancel_orders) and C(community.digicert.cancel_stale_orders). It is
    made for these playbooks and of little use elsewhere.
  - Reads every variable whose name begins with C(digicert), and rejects what cannot be right. This includes names that no
    playbook knows, values that an expression left empty, words that Ansible cut off an extra variable, a report that
    cannot be written, and a connection to another machine or as another user than Ansible's own.
  - All complaints come at once, and nothing is sent to the service.
extends_documentation_fragment:
  - community.digicert.attributes
  - community.digicert.attributes.info_module
options:
  playbook:
    description: The name of the playbook whose variables are checked.
    type: str
    required: true
    choices:
      - cancel_orders
      - cancel_stale_orders
seealso:
  - module: community.digicert.cancel_in_batches
  - name: Variables of the playbooks
    description: The variables of the playbooks.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_variables.rst
  - name: Cancel orders from AWX or Automation Controller
    description: How a job template sets them.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_awx.rst
"""

EXAMPLES = r"""
- name: See what a request looks like
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

    - name: Show it
      ansible.builtin.debug:
        var: digicert_request
"""

RETURN = r"""
playbook:
  description: The name of the playbook.
  returned: success
  type: str
  sample: cancel_stale_orders
preview:
  description: Whether nothing may be changed, because of check mode or of C(digicert_dry_run).
  returned: success
  type: bool
  sample: true
note:
  description: Why the orders are canceled.
  returned: success
  type: str
  sample: Nobody finished it, see CHG0031337
service:
  description: The URL of the service.
  returned: success
  type: str
  sample: https://www.digicert.com/services/v2
order_ids:
  description: The orders that were named; V(null) for a playbook that searches for them.
  returned: success
  type: list
  elements: int
  sample: [1001, 1004]
states:
  description: The statuses of the orders to act on.
  returned: success
  type: list
  elements: str
  sample: [pending, waiting_pickup]
details:
  description: Whether to show what each order waits for, and who placed it.
  returned: success
  type: bool
  sample: true
older_than_days:
  description: The minimum age of the orders to search for, in days; V(null) for a playbook that does not search.
  returned: success
  type: int
  sample: 30
filters:
  description: The filters of the search, by the names of the options of M(community.digicert.digicert_order_info).
  returned: success
  type: dict
  sample:
    organization_id: [501]
maximum:
  description: The largest number of orders that may be canceled; V(null) for any number.
  returned: success
  type: int
  sample: 50
batch_size:
  description: How many orders one call of M(community.digicert.digicert_order_status) gets.
  returned: success
  type: int
  sample: 100
report_path:
  description: The absolute path of the report; V(null) for no report.
  returned: success
  type: str
  sample: /home/operator/stale-orders.md
connection:
  description: The options that say how to reach the service, as far as variables give them; never the API key.
  returned: success
  type: dict
  sample:
    timeout: 60
error:
  description: Tells a failure of this task from others.
  returned: failure
  type: dict
  contains:
    code:
      description: Always V(invalid_variable).
      returned: always
      type: str
      sample: invalid_variable
"""
