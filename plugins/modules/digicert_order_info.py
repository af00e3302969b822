#!/usr/bin/python
# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read CertCentral orders, by their IDs or by filters."""

from __future__ import annotations

DOCUMENTATION = r"""
module: digicert_order_info
short_description: Read DigiCert CertCentral orders
version_added: 1.0.0
author:
  - The community.digicert contributors (@ansible-collections)
description:
  - Reads orders in DigiCert CertCentral, by their IDs or by filters. It changes nothing.
  - An order has to meet all filters. The service filters, and because it has been seen to ignore filters, the module filters
    what it got again.
extends_documentation_fragment:
  - community.digicert.attributes
  - community.digicert.attributes.actiongroup_certcentral
  - community.digicert.attributes.info_module
  - community.digicert.connection
options:
  order_id:
    description:
      - The ID of the order, or a list of IDs, in plain digits. Cannot be combined with filters.
      - An ID that does not exist is not an error, see RV(not_found).
    type: list
    elements: raw
  all_orders:
    description:
      - Every order of the account. Required if neither O(order_id) nor a filter is set, so that an expression that came out
        empty never stands for the whole account.
      - O(sort) and O(limit) are not filters.
    type: bool
    default: false
    version_added: 1.1.0
  status:
    description:
      - Only orders in one of these statuses, such as V(pending) or V(waiting_pickup).
      - A status that this collection does not know is refused, see O(other_status).
      - V(needs_approval) finds the orders through their open requests, because the service does not document a filter for
        them. An order without one is not found.
    type: list
    elements: raw
  other_status:
    description:
      - Only orders in one of these statuses, or in one of O(status), for statuses that this collection does not know. They
        are taken as they are.
    type: list
    elements: raw
    version_added: 1.1.0
  common_name:
    description: Only orders for one of these common names.
    type: list
    elements: raw
  organization_id:
    description: Only orders of the organizations with these IDs.
    type: list
    elements: raw
  product_name_id:
    description: Only orders for one of these products, such as V(ssl_basic).
    type: list
    elements: raw
  container_id:
    description: Only orders in the containers with these IDs.
    type: list
    elements: raw
  is_renewed:
    description: Only orders that are marked renewed, or only orders that are not.
    type: bool
  created_before:
    description:
      - Only orders that were created before this moment.
      - ISO 8601, such as V(2026-10-25) or V(2026-10-25T12:00:00+02:00). A date means its midnight, and UTC is assumed where no
        time zone is given.
      - Or how far it is from now in C(hours), C(days) or C(weeks), such as V(-30 days) in the past or V(+2 weeks) in the future.
      - Without a sign it is an age. V(created_before=30 days) finds orders that are older than 30 days.
    type: str
  created_after:
    description: Only orders that were created after this moment. Written like O(created_before).
    type: str
  expires_before:
    description:
      - Only orders whose certificate is valid until a moment before this one.
      - Written like O(created_before), but with a sign. V(expires_before=+30 days) finds what expires within 30 days and what
        has expired, V(expires_before=-30 days) what expired more than 30 days ago. V(30 days) could mean either, and is refused.
    type: str
  expires_after:
    description: Only orders whose certificate is valid until a moment after this one. Written like O(expires_before).
    type: str
  user_id:
    description:
      - Only orders that were placed by the users with these IDs, for example of people who have left.
      - A list of orders does not say who placed them, so each order that comes into question is read individually. One that
        does not say so even then is in RV(left_out).
    type: list
    elements: raw
    version_added: 1.1.0
  email:
    description: Only orders that were placed by users with these e-mail addresses. It works like O(user_id).
    type: list
    elements: raw
    version_added: 1.1.0
  details:
    description:
      - Read each order individually. This returns all its fields and the RV(orders[].user) who placed it. For
        unfinished orders it also returns the validation and what the order waits for.
      - That takes one request for each order and another one for each that is not finished.
    type: bool
    default: false
    version_added: 1.1.0
  sort:
    description:
      - The field to sort by, such as V(date_created), or V(-date_created) for descending order.
      - The service sorts, and it alone knows which fields it accepts. What O(status=needs_approval) finds always comes last.
    type: str
  limit:
    description: The maximum number of orders to return. Without it all are returned.
    type: int
seealso:
  - module: community.digicert.digicert_order_status
  - module: community.digicert.digicert_request_info
  - name: Cancel orders and clean up
    description: How to find orders that nobody finished, and what they wait for.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_cancel.rst
"""

EXAMPLES = r"""
# The variable vaulted_key stands for a variable of yours, for example in a file that is encrypted with Ansible Vault.
- name: Find orders that nobody has finished for a month
  community.digicert.digicert_order_info:
    api_key: "{{ vaulted_key }}"
    status: [pending, waiting_pickup]
    created_before: 30 days
  register: stale

- name: Find what expires within 30 days and nobody marked as renewed
  community.digicert.digicert_order_info:
    api_key: "{{ vaulted_key }}"
    status: issued
    expires_before: +30 days
    is_renewed: false
  register: expiring

- name: Look at two orders
  community.digicert.digicert_order_info:
    api_key: "{{ vaulted_key }}"
    order_id: [123456789, 123456790]

- name: See what somebody who has left did not finish, and what each order waits for
  community.digicert.digicert_order_info:
    api_key: "{{ vaulted_key }}"
    status: [pending, waiting_pickup]
    email: casey.miller@example.com
    details: true
  register: left_behind

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.id }} {{ item.status }} waits for {{ item.waiting_for | default(['?'], true) | join(', ') }}"
  loop: "{{ left_behind.orders }}"
  loop_control:
    label: "{{ item.id }}"

# A whole play. On localhost the module runs with the Python of Ansible itself, which has to have requests.
- name: Cancel what an organization left behind
  hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - name: Find its orders
      community.digicert.digicert_order_info:
        status: [pending, waiting_pickup]
        organization_id: 501
      register: left_behind

    - name: Cancel them
      community.digicert.digicert_order_status:
        order_id: "{{ left_behind.orders | map(attribute='id') }}"
        note: The organization has moved on, see CHG0031339
"""

RETURN = r"""
orders:
  description:
    - The orders as the service describes them. Those that are found by filters have fewer keys than those that are read by ID.
    - The keys are the service's; these are only the most important ones.
  returned: if the service was asked
  type: list
  elements: dict
  contains:
    id:
      description: The order ID.
      returned: always
      type: int
      sample: 123456789
    status:
      description: The status.
      returned: always
      type: str
      sample: pending
    is_renewed:
      description: Whether the order is marked renewed.
      returned: if the service says
      type: bool
      sample: false
    date_created:
      description: When the order was created.
      returned: if the service says
      type: str
      sample: "2026-10-25T10:15:00+00:00"
    certificate:
      description: The certificate. Before it is issued it lacks most of its keys.
      returned: if the service says
      type: dict
      sample:
        common_name: shop.example.com
        dns_names: [shop.example.com, www.shop.example.com]
    organization:
      description: The organization.
      returned: if the service says
      type: dict
      sample:
        id: 501
        name: Example Bakery
    product:
      description: The product.
      returned: if the service says
      type: dict
      sample:
        name_id: ssl_basic
        name: Basic OV
        type: ssl_certificate
    container:
      description: The container.
      returned: if the service says
      type: dict
      sample:
        id: 301
        name: Shops
    user:
      description: Who placed the order.
      returned: if O(order_id), O(user_id), O(email) or O(details) had the order read individually, and the service says
      type: dict
      sample:
        id: 402
        first_name: Robin
        last_name: Weaver
        email: robin.weaver@example.com
    validation:
      description: What the validation of the order says; V(null) if the order is finished, or if that could not be read.
      returned: if O(details=true)
      type: dict
      version_added: 1.1.0
      sample:
        order_id: "123456789"
        order_status: pending
        dns_name_validations:
          - name_scope: shop.example.com
            status: pending
            method: dns-txt-token
    waiting_for:
      description:
        - What the order waits for, in short texts. Empty if it is finished, or if nothing is reported as left to do.
        - V(null) if the validation could not be read. A warning says why.
      returned: if O(details=true)
      type: list
      elements: str
      version_added: 1.1.0
      sample: [domain shop.example.com (dns-txt-token), organization Example Bakery, approval]
left_out:
  description:
    - Entries that the service listed without the data of an order, or without the data that the filters need. With
      O(details=true) also orders that were listed and cannot be read.
    - An entry without an ID as well if the service says that there are more orders than it listed.
    - There is a warning as well.
  returned: if the service was asked
  type: list
  elements: dict
  contains:
    order_id:
      description: The order ID; V(null) if there is none that can be used.
      returned: always
      type: int
      sample: 123456789
    reason:
      description: The reason why it was left out.
      returned: always
      type: str
      sample: its status is null
  sample: []
  version_added: 1.1.0
total:
  description: How many orders there are, including those beyond O(limit).
  returned: if the service was asked
  type: int
  sample: 1
not_found:
  description: The IDs in O(order_id) that do not exist, or not for this API key.
  returned: if the service was asked
  type: list
  elements: int
  sample: []
error:
  description: What is wrong with an option, or which request failed.
  returned: if the module failed
  type: dict
  contains:
    code:
      description:
        - V(invalid_option) if an option could not be used, even where Ansible itself refuses it; no request was sent then.
        - V(library_missing) if the Python library C(requests) is not installed; no request was sent then.
        - V(internal_error) if a defect in this collection ended the task.
        - Otherwise one of the codes that RV(community.digicert.digicert_order_status#module:orders[].error.code) describes.
      returned: always
      type: str
      sample: access_denied
    message:
      description: The reason and what to do, for people.
      returned: always
      type: str
      sample: "There is no API key: give it in api_key, or in the environment variable DIGICERT_API_KEY."
    http_status:
      description: The status of the reply; V(null) if there was no reply.
      returned: if a request failed
      type: int
      sample: 403
    method:
      description: The HTTP method of the failed request.
      returned: if a request failed
      type: str
      sample: GET
    path:
      description: The path of the failed request.
      returned: if a request failed
      type: str
      sample: /services/v2/order/certificate/123456789
    service_code:
      description: The service's own code for the error; V(null) if it gave none.
      returned: if a request failed
      type: str
      sample: access_denied|access_denied_invalid_key
"""

from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._criteria import (
    FIELDS,
    Criterion,
    OneOf,
)
from ansible_collections.community.digicert.plugins.module_utils._errors import ServiceError, Stopped
from ansible_collections.community.digicert.plugins.module_utils._filters import (
    moments,
    require_known,
    usable_limit,
    usable_values,
)
from ansible_collections.community.digicert.plugins.module_utils._module import Module, UnusableOption, run
from ansible_collections.community.digicert.plugins.module_utils._options import (
    connect,
    connection_options,
    refuse_nulls,
    usable_ids,
    usable_texts,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import KNOWN_STATUSES
from ansible_collections.community.digicert.plugins.module_utils._order_search import (
    find_orders,
    get_orders,
    look_at,
)

TEXTS = ("status", "other_status", "common_name", "product_name_id", "email")
IDS = ("organization_id", "container_id", "user_id")
MOMENTS = ("created_before", "created_after", "expires_before", "expires_after")
FILTERS = (*TEXTS, *IDS, "is_renewed", *MOMENTS)
ASK_FOR_OTHERS = "Use other_status for a status that this collection does not know yet."


def criteria_of(options: dict[str, Any]) -> list[Criterion]:
    """Give what the options ask of an order. Raises UnusableOption."""
    wanted = {
        name: usable_values(name, options[name], usable_ids if name in IDS else usable_texts, "order")
        for name in (*TEXTS, *IDS)
    }
    require_known("status", wanted["status"], KNOWN_STATUSES, ASK_FOR_OTHERS)
    wanted["status"] += wanted.pop("other_status")
    if options["is_renewed"] is not None:
        wanted["is_renewed"] = [str(options["is_renewed"]).lower()]
    criteria: list[Criterion] = [
        OneOf(FIELDS[name], tuple(values)) for name, values in wanted.items() if values
    ]
    return criteria + moments({name: FIELDS[name] for name in ("created", "expires")}, options)


def check_what_is_asked_for(options: dict[str, Any], criteria: list[Criterion]) -> None:
    """Raise UnusableOption where nothing says which orders are wanted, or two things do."""
    asked = bool(criteria) or options["order_id"] is not None
    if not asked and not options["all_orders"]:
        raise UnusableOption(
            "Nothing says which orders are wanted: give order_id, a filter, or all_orders=true for every order of the account."
        )
    if asked and options["all_orders"]:
        raise UnusableOption(
            "all_orders=true means every order of the account, and cannot be combined with order_id or a filter."
        )


def look(module: Module) -> dict[str, Any]:
    """Read the orders; give the result. Raises UnusableOption."""
    options = module.params
    refuse_nulls(module, but=("sort", "limit", "ca_path"))
    criteria = criteria_of(options)
    check_what_is_asked_for(options, criteria)
    limit = usable_limit(options["limit"])
    (sort,) = usable_texts("sort", [options["sort"]]) if options["sort"] is not None else (None,)
    order_ids = None if options["order_id"] is None else usable_ids("order_id", options["order_id"])
    service = connect(module)
    errors: list[ServiceError] = []
    not_found: list[int] = []
    try:
        if order_ids is not None:
            read = get_orders(service, order_ids, options["details"])
            found, errors, not_found = read.as_found(), list(read.errors.values()), read.not_found
        else:
            found = find_orders(service, criteria, sort, limit)
            if options["details"]:
                found, errors = look_at(service, found, criteria)
    except ServiceError as error:
        return error.as_failure()
    except Stopped as stopped:
        return stopped.by.as_failure()
    finally:
        for warning in service.warnings:
            module.warn(warning)
    found = found.made_fit(service.fit)
    for warning in found.warnings:
        module.warn(warning)
    failed = (service.stopped_by or errors[0]).as_failure() if errors else {}
    return {
        "orders": found.entries,
        "total": found.total,
        "not_found": not_found,
        "left_out": [{"order_id": one.id, "reason": one.reason} for one in found.left_out],
        "changed": False,
        **failed,
    }


def main() -> None:
    """Run the module."""
    module = Module(
        argument_spec={
            "order_id": {"type": "list", "elements": "raw"},
            "all_orders": {"type": "bool", "default": False},
            **{name: {"type": "list", "elements": "raw"} for name in (*TEXTS, *IDS)},
            "is_renewed": {"type": "bool"},
            **{name: {"type": "str"} for name in MOMENTS},
            "details": {"type": "bool", "default": False},
            "sort": {"type": "str"},
            "limit": {"type": "int"},
            **connection_options(),
        },
        mutually_exclusive=[("order_id", name) for name in (*FILTERS, "sort", "limit")],
        supports_check_mode=True,
    )
    run(module, look)


if __name__ == "__main__":
    main()
