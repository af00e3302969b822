#!/usr/bin/python
# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cancel CertCentral orders, cancel reissues, reject what nobody approved, and mark orders as renewed or not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: digicert_order_status
short_description: Cancel or reject DigiCert CertCentral orders, or change their renewal mark
version_added: 1.0.0
author:
  - The community.digicert contributors (@ansible-collections)
description:
  - Brings orders in DigiCert CertCentral to a status, most often V(canceled), through the endpoint I(Update order status).
  - An order that nobody has approved cannot be canceled. It is rejected, through the endpoint I(Update request status).
    This module never approves anything.
  - Each order is read just before it is written to, and written to only if it is in a state from which the wanted status can
    be reached. In every other state the module says which state that is and what to do instead, and writes nothing.
  - If the outcome of a change is uncertain because the reply was lost or the service failed, the module does not
    simply send it again. It reads the order again and decides by its status. If that is not conclusive, the outcome
    is V(unknown).
  - A cancellation cannot be undone, and CertCentral does not refund it automatically. If an order was paid from the account
    balance, ask DigiCert Support.
  - If the job is interrupted by a signal, or the Ansible process ends, the module starts no further order.
extends_documentation_fragment:
  - community.digicert.attributes
  - community.digicert.attributes.actiongroup_certcentral
  - community.digicert.connection
attributes:
  check_mode:
    support: full
    details:
      - Orders are read and judged as in a real run, and nothing is written.
      - What only a write can show is not predicted, for example that the API key may not change orders.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  order_id:
    description:
      - The ID of the order, or a list of IDs, in plain digits. Any other form of a number, such as V(1e3) or
        V(1.23457E+08), is refused.
      - An ID that is given twice is handled and reported once. An empty list is not an error; there is nothing to do then.
    type: list
    elements: raw
    required: true
  status:
    description:
      - What is wanted.
      - V(canceled) cancels an order that is C(pending) or C(waiting_pickup).
      - V(reissue_canceled) cancels the reissue of an order that is C(reissue_pending); the order is C(issued) again after it.
      - V(rejected) rejects the C(new_request) of an order that is C(needs_approval). An order without exactly one
        open C(new_request) is refused. DigiCert does not say what status an order has after that. After rejecting the
        first order, the module reads it again. If its status is C(rejected), the module assumes the same for the
        others. Otherwise it reads each of them. The user of the key has to be one who may decide on the request.
      - V(renewed) marks an order that is C(issued) or C(expired) as renewed. The service accepts that only for orders that
        were migrated to CertCentral and whose certificate has expired or expires within 90 days.
      - V(not_renewed) removes that mark.
    type: str
    default: canceled
    choices:
      - canceled
      - reissue_canceled
      - rejected
      - renewed
      - not_renewed
  only_status:
    description:
      - Change only orders that are in one of these statuses when they are read just before the change.
      - Other orders that are not as wanted already are left alone and reported as failed.
      - If it is absent, every order is changed whose status O(status) allows that.
    type: list
    elements: raw
    version_added: 1.2.0
  note:
    description:
      - Why the order is changed. It is sent with the change and must not be blank.
      - Required if O(status=canceled), O(status=reissue_canceled) or O(status=rejected).
    type: str
notes:
  - An outage ends the task soon. After five orders in a row without a usable answer, the remaining orders are not attempted.
    Only the first of the five is retried, see O(retries).
  - A write that may have had an effect is not retried before the order has been read again.
seealso:
  - name: Update order status
    description: The endpoint in DigiCert's documentation.
    link: https://dev.digicert.com/en/certcentral-apis/services-api/orders/update-order-status.html
  - name: Update request status
    description: The endpoint through which an order is rejected.
    link: https://dev.digicert.com/en/certcentral-apis/services-api/requests/update-request-status.html
  - module: community.digicert.digicert_order_info
  - module: community.digicert.digicert_request_info
  - name: Cancel orders and clean up
    description: What can be canceled, how to preview it, and the playbooks that do it for many orders.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_cancel.rst
"""

EXAMPLES = r"""
# The variable vaulted_key stands for a variable of yours, for example in a file that is encrypted with Ansible Vault.
- name: Cancel an order that nobody finished
  community.digicert.digicert_order_status:
    api_key: "{{ vaulted_key }}"
    order_id: 123456789
    note: Requested twice, see CHG0031337

- name: Cancel an order unless somebody has finished its validation by now
  community.digicert.digicert_order_status:
    api_key: "{{ vaulted_key }}"
    order_id: 123456789
    only_status: pending
    note: Requested twice, see CHG0031337

- name: Cancel a reissue, which returns the order to issued
  community.digicert.digicert_order_status:
    api_key: "{{ vaulted_key }}"
    api_url: https://certcentral.digicert.eu/services/v2
    order_id: 123456791
    status: reissue_canceled
    note: The new key was not needed

- name: Reject an order that nobody has approved
  community.digicert.digicert_order_status:
    api_key: "{{ vaulted_key }}"
    order_id: 123456788
    status: rejected
    note: Nobody needs it any more, see CHG0031340

- name: Keep an old order out of the list of orders that are to be renewed
  community.digicert.digicert_order_status:
    api_key: "{{ vaulted_key }}"
    order_id: 123456792
    status: renewed

# A whole play. On localhost the module runs with the Python of Ansible itself, which has to have requests.
- name: Cancel several orders
  hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  module_defaults:
    group/community.digicert.certcentral:
      api_key: "{{ lookup('ansible.builtin.env', 'DIGICERT_API_KEY') }}"
  tasks:
    - name: Cancel what the project left behind
      block:
        - name: Cancel
          community.digicert.digicert_order_status:
            order_id:
              - 123456789
              - 123456790
            note: Project ended, see CHG0031338
          register: cancellation
      always:
        - name: Show which orders were not canceled, and why
          ansible.builtin.debug:
            msg: "{{ item.outcome }}: {{ item.error.message }}"
          loop: "{{ cancellation.orders | default([]) | selectattr('error', 'defined') }}"
          loop_control:
            label: "order {{ item.order_id }}"
"""

RETURN = r"""
msg:
  description:
    - What happened, in a sentence or two.
    - If orders failed, it names them and says why and what to do.
  returned: always
  type: str
  sample: Order 123456789 changed from pending to canceled.
changed_order_ids:
  description: The orders that were changed, or in check mode would be.
  returned: if every option could be used
  type: list
  elements: int
  sample: [123456789]
unchanged_order_ids:
  description: The orders that were already as wanted.
  returned: if every option could be used
  type: list
  elements: int
  sample: []
failed_order_ids:
  description: The orders that were not changed although they are not as wanted.
  returned: if every option could be used
  type: list
  elements: int
  sample: []
unknown_order_ids:
  description: The orders that may or may not have been changed.
  returned: if every option could be used
  type: list
  elements: int
  sample: []
not_attempted_order_ids:
  description: The orders that were not attempted because of an error that applies to all of them.
  returned: if every option could be used
  type: list
  elements: int
  sample: []
orders:
  description:
    - What became of each order, in the order of the input.
    - Returned even if the task failed because of one of them.
  returned: if every option could be used
  type: list
  elements: dict
  contains:
    order_id:
      description: The ID of the order.
      returned: always
      type: int
      sample: 123456789
    outcome:
      description:
        - What became of the order.
        - "V(changed): it was changed, or in check mode would be."
        - "V(unchanged): it was already as wanted."
        - "V(failed): it was not changed, and RV(orders[].error) says why."
        - "V(unknown): it may or may not have been changed."
        - "V(not_attempted): it was not changed, because of an error that applies to all orders, see RV(error)."
      returned: always
      type: str
      sample: changed
    changed:
      description:
        - Whether the order was changed, or in check mode would be.
        - V(null) if that cannot be known, because RV(orders[].outcome=unknown).
      returned: always
      type: bool
      sample: true
    previous_status:
      description: The status that the order had when the module first read it; V(null) if it could not be read.
      returned: always
      type: str
      sample: pending
    status:
      description:
        - The status in the last reply about the order; in check mode, the status that it would have. If the service
          confirmed a change, the status that results from it.
        - V(null) if no reply told it, or none since a write that may have had an effect, or that the service refused
          because the order is not as it was.
      returned: always
      type: str
      sample: canceled
    is_renewed:
      description: Whether the order is marked renewed; V(null) if the service did not say.
      returned: always
      type: bool
      sample: false
    common_name:
      description: The common name of the certificate; V(null) if no reply contained it.
      returned: always
      type: str
      sample: shop.example.com
    organization:
      description: The name of the organization; V(null) if no reply contained it.
      returned: always
      type: str
      sample: Example Bakery
    error:
      description: Why the order is not as wanted. For an order that was not attempted, the error that stopped the task.
      returned: if RV(orders[].outcome) is neither V(changed) nor V(unchanged)
      type: dict
      contains:
        code:
          description:
            - The reason, for a C(rescue) to branch on.
            - "V(status_not_allowed): the order is in a state from which the wanted status cannot be reached."
            - "V(status_unknown): the order is in a state that this collection does not know."
            - "V(renewal_unknown): the service did not say whether the order is marked renewed."
            - "V(no_single_request): the order needs approval and has no open C(new_request), or it is not clear which one is
              meant."
            - "V(outcome_unknown): the order may or may not have been changed. Running again is safe."
            - "V(internal_error): a defect in this collection ended the work on the order. RV(orders[].outcome) says whether
              anything may have been written."
            - "V(access_denied): the service refused the API key."
            - "V(missing_permission), V(forbidden): the API key may not do this, or its user may not do it to this order."
            - "V(blocked): a firewall or a proxy blocked the request."
            - "V(order_not_found), V(path_not_found): there is no such order for this API key, or no such path."
            - "V(rejected): the service did not accept the request."
            - "V(rate_limited), V(service_unavailable): the service did not accept the request at the moment."
            - "V(not_reached), V(tls_refused), V(timed_out), V(reply_lost): there was no connection, the service's certificate was
              not accepted, or the reply did not come in time or not completely."
            - "V(reading_too_old): too much time passed after the order was read, so the change was not sent."
            - "V(interrupted): the run was interrupted before this order was started."
            - "V(redirected), V(unexpected_reply), V(reply_too_large), V(from_a_cache): what answered does not behave like
              CertCentral."
          returned: always
          type: str
          sample: status_not_allowed
        message:
          description: The reason and what to do, for people.
          returned: always
          type: str
          sample: "Order 123456789 is issued, so nothing was written. An issued order cannot be canceled: revoke it instead."
        http_status:
          description: The status of the reply to the failed request; V(null) if there was no reply or no request failed.
          returned: always
          type: int
          sample: 403
        service_code:
          description: The service's own code for the error; V(null) if it gave none.
          returned: always
          type: str
          sample: access_denied|access_denied_invalid_key
        method:
          description: The HTTP method of the failed request; V(null) if no request failed.
          returned: always
          type: str
          sample: PUT
        path:
          description: The path of the failed request; V(null) if no request failed.
          returned: always
          type: str
          sample: /services/v2/order/certificate/123456789/status
error:
  description:
    - What is wrong with an option, even where Ansible itself refuses it, or that the Python library C(requests) is not installed;
      no request was sent then. Or which error kept all further orders from being attempted.
    - In the second case it has the same keys as RV(orders[].error).
    - Or that a defect in this collection ended the task. RV(orders) is absent then, and running again is safe.
  returned: if an option could not be used, if orders were not attempted, or after a defect
  type: dict
  contains:
    code:
      description: V(invalid_option), V(library_missing), V(internal_error) after a defect, or one of the codes of
        RV(orders[].error.code).
      returned: always
      type: str
      sample: invalid_option
    message:
      description: The reason and what to do, for people.
      returned: always
      type: str
      sample: "There is no API key: give it in api_key, or in the environment variable DIGICERT_API_KEY."
diff:
  description: The states before and after, a line for each order that could be read.
  returned: if every option could be used
  type: dict
  contains:
    before:
      description: The states before.
      returned: always
      type: str
      sample: "order 123456789: pending\n"
    after:
      description: The states after, in check mode those that would be.
      returned: always
      type: str
      sample: "order 123456789: canceled\n"
"""

from functools import partial
from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._filters import (
    require_known,
    usable_values,
)
from ansible_collections.community.digicert.plugins.module_utils._interruption import Interruption
from ansible_collections.community.digicert.plugins.module_utils._module import Module, run
from ansible_collections.community.digicert.plugins.module_utils._options import (
    connect,
    connection_options,
    refuse_nulls,
    usable_ids,
    usable_note,
    usable_texts,
)
from ansible_collections.community.digicert.plugins.module_utils._order_change import StatusChange
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    KNOWN_STATUSES,
    RULES,
    WantedStatus,
)
from ansible_collections.community.digicert.plugins.module_utils._report import report


def change_status(interruption: Interruption, module: Module) -> dict[str, Any]:
    """Bring the orders to the wanted status; give the result. Raises UnusableOption."""
    refuse_nulls(module, but=("note", "ca_path"))
    wanted = WantedStatus(module.params["status"])
    order_ids = usable_ids("order_id", module.params["order_id"])
    only = usable_values("only_status", module.params["only_status"], usable_texts, "order")
    require_known("only_status", only, KNOWN_STATUSES)
    note = usable_note(module.params["note"], required=RULES[wanted].needs_note)
    service = connect(module, interruption.reason)
    only_status = frozenset(map(str.casefold, only)) or None
    outcomes = StatusChange(service, wanted, note, module.check_mode, only_status).bring(order_ids)
    interruption.is_over()
    for warning in service.warnings:
        module.warn(warning)
    return report(outcomes, RULES[wanted], module.check_mode, service.stopped_by)


def main() -> None:
    """Run the module."""
    module = Module(
        argument_spec={
            "order_id": {"type": "list", "elements": "raw", "required": True},
            "status": {
                "type": "str",
                "default": "canceled",
                "choices": [wanted.value for wanted in WantedStatus],
            },
            "only_status": {"type": "list", "elements": "raw"},
            "note": {"type": "str"},
            **connection_options(),
        },
        required_if=[("status", wanted.value, ["note"]) for wanted, rule in RULES.items() if rule.needs_note],
        supports_check_mode=True,
    )
    # Until the result is printed, because it would be lost with a module that ended before.
    with Interruption() as interruption:
        run(module, partial(change_status, interruption))


if __name__ == "__main__":
    main()
