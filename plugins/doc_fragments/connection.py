# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say how to reach CertCentral."""

from __future__ import annotations


class ModuleDocFragment:
    """The options behind `connection_options()` in `plugins/module_utils/_options.py`."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - The API key, sent in the header C(X-DC-DEVKEY) to O(api_url) and nowhere else. White space around it is removed.
      - Taken from the environment variable E(DIGICERT_API_KEY) if not set, and required in one of the two. The variable has to
        be in the environment of Ansible itself, or of the job; the keyword C(environment) of a task shows its values at high
        verbosity.
    type: str
  api_url:
    description:
      - The address of the service. An API key belongs either to the US service or to the EU service, which is
        V(https://certcentral.digicert.eu/services/v2).
      - Taken from the environment variable E(DIGICERT_API_URL) if not set.
      - Must begin with C(https). Plain C(http) is accepted for loopback addresses only.
      - If the URL has no path, C(/services/v2) is added.
    type: str
    default: https://www.digicert.com/services/v2
  validate_certs:
    description:
      - Whether the service's certificate is checked. Leave it on where a real API key is used.
    type: bool
    default: true
  ca_path:
    description:
      - A file with the certificates of the CAs to trust, or a folder of them, for example if a proxy opens TLS connections.
      - If not set, what E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) names is used, and otherwise the CAs that come with the
        Python library C(requests).
    type: path
  timeout:
    description:
      - How many seconds one request may take, from looking up the name of the service to the last byte of the reply.
    type: float
    default: 30.0
  retries:
    description:
      - How often a request that failed for a transient reason is retried. These are the rate limit (429), a service that is
        not available (5xx), and a connection that did not open, broke, or took too long.
      - The wait between tries grows from about a second to half a minute. If the service says how long to wait, that
        takes precedence, up to three minutes. If the rate limit is exceeded and the service does not say how long to
        wait, the task waits three minutes once, with a warning, before it gives up.
    type: int
    default: 3
  rate_limits:
    description:
      - The maximum number of requests in any period of the given number of seconds. Further requests wait. An empty
        list turns the limits off.
      - The default is what the service documents. Beyond that it refuses every request that is made with the API key, whoever
        makes it, until the window has drained.
      - Only the requests of one task are counted. Lower the numbers if other automation uses the same API key at the same
        time.
    type: list
    elements: dict
    default:
      - requests: 1000
        seconds: 180.0
      - requests: 100
        seconds: 5.0
    suboptions:
      requests:
        description: The number of requests.
        type: int
        required: true
      seconds:
        description: The length of the window in seconds.
        type: float
        required: true
requirements:
  - requests >= 2.25.1
seealso:
  - name: Installation
    description: How to install the collection and the Python library C(requests).
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_installation.rst
  - name: Authentication
    description: Where to put the API key, and the environment variables.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_authentication.rst
  - name: Results and errors
    description: Every outcome and every error code, and what to do about it.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_results_and_errors.rst
  - name: Recipes
    description: Whole plays.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_recipes.rst
  - name: Variables of the playbooks
    description: The playbooks that use the modules, and all their variables.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_variables.rst
  - name: Cancel orders from AWX or Automation Controller
    description: Job templates and a workflow with an approval.
    link: https://github.com/ansible-collections/community.digicert/blob/main/docs/docsite/rst/guide_awx.rst
notes:
  - Redirects are not followed, and C(~/.netrc) is not read. A proxy that is set in the environment is used for C(https).
"""
