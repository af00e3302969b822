#!/usr/bin/python
# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find CertCentral requests: what an approver has to decide on."""

from __future__ import annotations

DOCUMENTATION = r"""
module: digicert_request_info
short_description: Find DigiCert CertCentral requests that wait for an approver
version_added: 1.1.0
author:
  - The community.digicert contributors (@ansible-collections)
description:
  - Finds requests in DigiCert CertCentral that an approver has to decide on or has decided on. It changes nothing.
  - A request has to meet all filters. The service filters, and because it has been seen to ignore filters, the module filters
    what it got again.
  - Each value of O(status), O(type), O(common_name) and O(container_id) is asked for separately, in every combination.
extends_documentation_fragment:
  - community.digicert.attributes
  - community.digicert.attributes.actiongroup_certcentral
  - community.digicert.attributes.info_module
  - community.digicert.connection
options:
  status:
    description:
      - Only requests in one of these statuses, which are V(submitted), V(pending), V(approved) and V(rejected).
      - The first two are open. DigiCert does not say how they differ.
    type: list
    elements: raw
    default: [submitted, pending]
  type:
    description: Only requests of these types, which are V(new_request), V(reissue), V(duplicate) and V(revoke).
    type: list
    elements: raw
  common_name:
    description: Only requests about orders for one of these common names.
    type: list
    elements: raw
  container_id:
    description: Only requests about orders in the containers with these IDs.
    type: list
    elements: raw
  created_before:
    description:
      - Only requests that were made before this moment. The service has no filter for that; the module filters.
      - ISO 8601, such as V(2026-10-25) or V(2026-10-25T12:00:00+02:00). A date means its midnight, and UTC is assumed where no
        time zone is given.
      - Or how far it is from now in C(hours), C(days) or C(weeks), such as V(-30 days) in the past or V(+2 weeks) in the future.
      - Without a sign it is an age. V(created_before=30 days) finds requests that are older than 30 days.
    type: str
  created_after:
    description: Only requests that were made after this moment. Written like O(created_before).
    type: str
  limit:
    description: The maximum number of requests to return. Without it all are returned.
    type: int
seealso:
  - name: List requests
    description: The endpoint in DigiCert's documentation.
    link: https://dev.digicert.com/en/certcentral-apis/services-api/requests/list-requests.html
  - module: community.digicert.digicert_order_info
  - module: community.digicert.digicert_order_status
    description: Rejects an order that nobody has approved.
  - name: Cancel orders and clean up
    description: How to reject what nobody approved.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_cancel.rst
"""

EXAMPLES = r"""
# The variable vaulted_key stands for a variable of yours, for example in a file that is encrypted with Ansible Vault.
- name: Find what nobody has approved for a month, for a name that is not needed any more
  community.digicert.digicert_request_info:
    api_key: "{{ vaulted_key }}"
    type: new_request
    common_name: kiosk.example.com
    created_before: 30 days
  register: unapproved

- name: Show it
  ansible.builtin.debug:
    msg: "request {{ item.id }} of {{ item.date }}: order {{ item.order.id }}, {{ item.order.certificate.common_name }}"
  loop: "{{ unapproved.requests }}"
  loop_control:
    label: "{{ item.id }}"

# An order that has been approved meanwhile is left alone, and the task fails and says so.
- name: Reject it
  community.digicert.digicert_order_status:
    api_key: "{{ vaulted_key }}"
    order_id: "{{ unapproved.requests | map(attribute='order.id') | unique }}"
    status: rejected
    note: Nobody needs it any more, see CHG0031340
"""

RETURN = r"""
requests:
  description:
    - The requests as the service describes them.
    - The keys are the service's; these are only the most important ones.
  returned: if the service was asked
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the request.
      returned: always
      type: int
      sample: 987654
    type:
      description: The kind of change that needs a decision.
      returned: always
      type: str
      sample: new_request
    status:
      description: The status.
      returned: always
      type: str
      sample: pending
    date:
      description: When the request was made.
      returned: if the service says
      type: str
      sample: "2026-10-25T10:15:00+00:00"
    requester:
      description: Who made it.
      returned: if the service says
      type: dict
      sample:
        id: 402
        first_name: Robin
        last_name: Weaver
        email: robin.weaver@example.com
    order:
      description: The order that it is about. Parts of it may be absent.
      returned: if the service says
      type: dict
      sample:
        id: 123456788
        certificate:
          common_name: shop.example.com
        organization:
          id: 501
          name: Example Bakery
        container:
          id: 301
          name: Shops
        product:
          name_id: ssl_basic
          name: Basic OV
          type: ssl_certificate
total:
  description: How many requests there are, including those beyond O(limit).
  returned: if the service was asked
  type: int
  sample: 1
left_out:
  description:
    - What was listed but is not used, because nobody can tell whether it is wanted.
    - An entry without an ID as well if the service says that there are more requests than it listed.
    - There is a warning as well.
  returned: if the service was asked
  type: list
  elements: dict
  contains:
    request_id:
      description: The ID of the request; V(null) if it has none that can be used.
      returned: always
      type: int
      sample: 987655
    reason:
      description: The reason why it was left out.
      returned: always
      type: str
      sample: its ID, type or status is not clear
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
      sample: /services/v2/request
    service_code:
      description: The service's own code for the error; V(null) if it gave none.
      returned: if a request failed
      type: str
      sample: access_denied|access_denied_invalid_key
"""

from typing import Any

from ansible_collections.community.digicert.plugins.module_utils._criteria import (
    REQUEST_FIELDS,
    Criterion,
    OneOf,
)
from ansible_collections.community.digicert.plugins.module_utils._errors import ServiceError, Stopped
from ansible_collections.community.digicert.plugins.module_utils._filters import (
    Reader,
    moments,
    require_known,
    usable_limit,
    usable_values,
)
from ansible_collections.community.digicert.plugins.module_utils._module import Module, run
from ansible_collections.community.digicert.plugins.module_utils._options import (
    connect,
    connection_options,
    refuse_nulls,
    usable_ids,
    usable_texts,
)
from ansible_collections.community.digicert.plugins.module_utils._order_rules import (
    KNOWN_REQUEST_STATUSES,
    REQUEST_TYPES,
)
from ansible_collections.community.digicert.plugins.module_utils._order_search import find_requests

LISTS: dict[str, Reader] = {
    "status": usable_texts,
    "type": usable_texts,
    "common_name": usable_texts,
    "container_id": usable_ids,
}
KNOWN = {"status": KNOWN_REQUEST_STATUSES, "type": REQUEST_TYPES}


def criteria_of(options: dict[str, Any]) -> list[Criterion]:
    """Give what the options ask of a request. Raises UnusableOption."""
    wanted = {name: usable_values(name, options[name], read, "request") for name, read in LISTS.items()}
    for name, known in KNOWN.items():
        require_known(name, wanted[name], known)
    criteria: list[Criterion] = [
        OneOf(REQUEST_FIELDS[name], tuple(values)) for name, values in wanted.items() if values
    ]
    return criteria + moments({"created": REQUEST_FIELDS["created"]}, options)


def look(module: Module) -> dict[str, Any]:
    """Find the requests; give the result. Raises UnusableOption."""
    refuse_nulls(module, but=("limit", "ca_path"))
    criteria = criteria_of(module.params)
    limit = usable_limit(module.params["limit"])
    service = connect(module)
    try:
        found = find_requests(service, criteria, limit)
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
    return {
        "requests": found.entries,
        "total": found.total,
        "left_out": [{"request_id": one.id, "reason": one.reason} for one in found.left_out],
        "changed": False,
    }


def main() -> None:
    """Run the module."""
    module = Module(
        argument_spec={
            "status": {"type": "list", "elements": "raw", "default": ["submitted", "pending"]},
            **{name: {"type": "list", "elements": "raw"} for name in LISTS if name != "status"},
            "created_before": {"type": "str"},
            "created_after": {"type": "str"},
            "limit": {"type": "int"},
            **connection_options(),
        },
        supports_check_mode=True,
    )
    run(module, look)


if __name__ == "__main__":
    main()
