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
  - Several filters have to be met together. The service filters, and because it has been seen to ignore filters, the module
    filters again what it got.
extends_documentation_fragment:
  - community.digicert.attributes
  - community.digicert.attributes.actiongroup_certcentral
  - community.digicert.attributes.info_module
  - community.digicert.connection
options:
  order_id:
    description:
      - The ID of the order, or a list of IDs, in plain digits. Cannot be combined with filters.
      - An ID that does not exist is no error, see RV(not_found).
    type: list
    elements: raw
  all_orders:
    description:
      - Every order of the account. Has to be set where neither O(order_id) nor a filter is, so that an expression that came
        out empty never stands for the whole account.
      - O(sort) and O(limit) are no filters.
    type: bool
    default: false
    version_added: 1.1.0
  status:
    description:
      - Only orders in one of these statuses, such as V(pending) or V(waiting_pickup).
      - A status that this collection does not know is refused, see O(other_status).
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
      - ISO 8601, such as V(2026-10-25) or V(2026-10-25T12:00:00+02:00). A date is its midnight, and UTC is assumed where no
        time zone is given.
      - Or how far it is from now in C(hours), C(days) or C(weeks), such as V(-30 days) in the past or V(+2 weeks) in the future.
      - Without a sign that is an age. V(created_before=30 days) finds orders that are older than 30 days.
    type: str
  created_after:
    description: Only orders that were created after this moment. Written like O(created_before).
    type: str
  expires_before:
    description:
      - Only orders whose certificate is valid till a moment before this one.
      - Written like O(created_before), but with a sign. V(expires_before=+30 days) finds what expires within 30 days and what
        has expired, V(expires_before=-30 days) what expired more than 30 days ago. V(30 days) could mean either, and is refused.
    type: str
  expires_after:
    description: Only orders whose certificate is valid till a moment after this one. Written like O(expires_before).
    type: str
  sort:
    description:
      - The field to sort by, such as V(date_created), or V(-date_created) for falling order.
      - The service sorts, and it alone knows which fields it takes.
    type: str
  limit:
    description: The number of orders to return at most. Without it all are returned.
    type: int
"""

EXAMPLES = r"""
- name: Find orders that nobody has finished for a month
  community.digicert.digicert_order_info:
    api_key: "{{ digicert_api_key }}"
    status: [pending, waiting_pickup]
    created_before: 30 days
  register: stale

- name: Find what expires within 30 days and nobody marked as renewed
  community.digicert.digicert_order_info:
    api_key: "{{ digicert_api_key }}"
    status: issued
    expires_before: +30 days
    is_renewed: false
  register: expiring

- name: Look at two orders
  community.digicert.digicert_order_info:
    api_key: "{{ digicert_api_key }}"
    order_id: [123456789, 123456790]

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
left_out:
  description:
    - What the service listed and does not describe as an order, or so that nobody can tell whether it meets the filters. There
      is a warning as well.
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
      description: What is odd about it.
      returned: always
      type: str
      sample: its status is null
  sample: []
  version_added: 1.1.0
total:
  description: How many orders there are, also beyond O(limit).
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
        - V(invalid_option) if an option could not be used, also where Ansible itself refuses it; no request was sent then.
        - V(library_missing) if the Python library C(requests) is missing; no request was sent then.
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

from datetime import datetime
from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._errors import ServiceError
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
    FIELDS,
    Between,
    Criterion,
    OneOf,
    find,
    get_orders,
    read_wanted_moment,
)

TEXTS = ("status", "other_status", "common_name", "product_name_id")
IDS = ("organization_id", "container_id")
MOMENTS = ("created_before", "created_after", "expires_before", "expires_after")
FILTERS = (*TEXTS, *IDS, "is_renewed", *MOMENTS)


def usable_moment(name: str, given: str | None) -> datetime | None:
    """Give the moment that an option names, if it names one. Raises UnusableOption."""
    bare_is_age = name.startswith("created")
    try:
        return None if given is None else read_wanted_moment(given, bare_is_age)
    except (ValueError, OverflowError):
        spans = "-30 days or +2 weeks from now" + (", or an age such as 30 days" if bare_is_age else "")
        raise UnusableOption(
            f"{name} takes a date such as 2026-10-25, a moment such as 2026-10-25T12:00:00Z, or {spans}, but it is {given!a}."
        ) from None


def usable_list(name: str, given: list[Any] | None) -> list[str]:
    """Give the values of a filter, none where it was not given. Raises UnusableOption."""
    if given == []:
        raise UnusableOption(
            f"{name} is an empty list, which no order can meet: leave it out to take every order."
        )
    values = [str(value) for value in (usable_ids if name in IDS else usable_texts)(name, given or [])]
    strange = [value for value in values if name == "status" and value.casefold() not in KNOWN_STATUSES]
    if strange:
        raise UnusableOption(
            f"status holds {', '.join(map(ascii, strange))}, and the known ones are {', '.join(sorted(KNOWN_STATUSES))}. "
            "Another one, which this collection does not know yet, can be asked for by other_status."
        )
    return values


def criteria_of(options: dict[str, Any]) -> list[Criterion]:
    """Give what the options ask of an order. Raises UnusableOption."""
    wanted = {name: usable_list(name, options[name]) for name in (*TEXTS, *IDS)}
    wanted["status"] += wanted.pop("other_status")
    if options["is_renewed"] is not None:
        wanted["is_renewed"] = [str(options["is_renewed"]).lower()]
    criteria: list[Criterion] = [
        OneOf(FIELDS[name], tuple(values)) for name, values in wanted.items() if values
    ]
    for name in ("created", "expires"):
        after, before = (
            usable_moment(f"{name}_{side}", options[f"{name}_{side}"]) for side in ("after", "before")
        )
        if after and before and after >= before:
            raise UnusableOption(f"No moment is after {name}_after and before {name}_before.")
        if after or before:
            criteria.append(Between(FIELDS[name], after, before))
    return criteria


def check_what_is_asked_for(options: dict[str, Any], criteria: list[Criterion]) -> None:
    """Raise UnusableOption where nobody said which orders are wanted, or said it in two ways."""
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
    if options["limit"] is not None and (isinstance(options["limit"], bool) or options["limit"] < 1):
        raise UnusableOption(f"limit must be at least 1, but it is {options['limit']}.")
    (sort,) = usable_texts("sort", [options["sort"]]) if options["sort"] is not None else (None,)
    order_ids = None if options["order_id"] is None else usable_ids("order_id", options["order_id"])
    service = connect(module)
    if order_ids is not None:
        read = get_orders(service, order_ids)
        failed = failure(service.stopped_by or read.errors[0]) if read.errors else {}
        return {
            "orders": read.orders,
            "total": len(read.orders),
            "not_found": read.not_found,
            "left_out": [],
            "changed": False,
            **failed,
        }
    try:
        found = find(service, criteria, sort, options["limit"])
    except ServiceError as error:
        return failure(error)
    for warning in [*found.warnings, *service.warnings]:
        module.warn(warning)
    return {
        "orders": found.orders,
        "total": found.total,
        "not_found": [],
        "left_out": [left_out._asdict() for left_out in found.left_out],
        "changed": False,
    }


def failure(error: ServiceError) -> dict[str, Any]:
    """Give the part of the result that tells of a failed request."""
    return {"failed": True, "msg": str(error), "error": error.as_dict()}


def main() -> None:
    """Run the module."""
    module = Module(
        argument_spec={
            "order_id": {"type": "list", "elements": "raw"},
            "all_orders": {"type": "bool", "default": False},
            **{name: {"type": "list", "elements": "raw"} for name in (*TEXTS, *IDS)},
            "is_renewed": {"type": "bool"},
            **{name: {"type": "str"} for name in MOMENTS},
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
