# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide on results and errors has every error code there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.community.digicert.plugins.module_utils._errors import ErrorCode
from ansible_collections.community.digicert.plugins.module_utils._order_change import OrderErrorCode

GUIDE = Path(__file__).resolve().parents[3] / "docs/docsite/rst/guide_results_and_errors.rst"


def test_the_guide_explains_every_error_code_and_no_other():
    explained = re.findall(r"^``(\w+)``\n  ", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    codes = ["invalid_option", *(code.value for code in (*ErrorCode, *OrderErrorCode))]
    assert sorted(explained) == sorted(codes)
