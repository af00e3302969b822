# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules' attributes mean."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes that every module of the collection documents."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Whether the module can report in C(check_mode) what it would change, without changing it.
  diff_mode:
    description: Whether the module shows in diff mode what it changed, or in C(check_mode) would change.
  idempotent:
    description: Whether a second run with the same options changes nothing, as long as nobody else changes anything.
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: [This module changes nothing.]
  diff_mode:
    support: N/A
    details: [This module changes nothing.]
  idempotent:
    support: full
    details: [This module changes nothing.]
"""

    ACTIONGROUP_CERTCENTRAL = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/community.digicert.certcentral) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - community.digicert.certcentral
"""
