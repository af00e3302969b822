# Copyright (c) 2026, The community.digicert contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This module util is PRIVATE to the collection and may change at any time. Do not use it from elsewhere.

"""The error that a request ends with when it does not succeed, and what follows from it for other requests."""

from __future__ import annotations

import traceback
from enum import Enum
from pathlib import Path
from typing import Any


class ErrorCode(str, Enum):
    """Why a request failed, for playbooks to branch on. Documented in the guide on results and errors."""

    ACCESS_DENIED = "access_denied"
    MISSING_PERMISSION = "missing_permission"
    FORBIDDEN = "forbidden"
    BLOCKED = "blocked"
    ORDER_NOT_FOUND = "order_not_found"
    PATH_NOT_FOUND = "path_not_found"
    REJECTED = "rejected"
    RATE_LIMITED = "rate_limited"
    SERVICE_UNAVAILABLE = "service_unavailable"
    REDIRECTED = "redirected"
    UNEXPECTED_REPLY = "unexpected_reply"
    READING_TOO_OLD = "reading_too_old"
    NOT_REACHED = "not_reached"
    TLS_REFUSED = "tls_refused"
    TIMED_OUT = "timed_out"
    REPLY_LOST = "reply_lost"
    REPLY_TOO_LARGE = "reply_too_large"
    FROM_A_CACHE = "from_a_cache"
    INTERRUPTED = "interrupted"


# What fails one request for one of these reasons would fail every other request as well.
STOPS_AT_ONCE = frozenset(
    {
        ErrorCode.ACCESS_DENIED,
        ErrorCode.RATE_LIMITED,
        ErrorCode.NOT_REACHED,
        ErrorCode.TLS_REFUSED,
        ErrorCode.INTERRUPTED,
    }
)
# A refusal may concern one order (contract section 3), as long as any other order is let through.
MAY_CONCERN_ONE_ORDER = frozenset({ErrorCode.MISSING_PERMISSION, ErrorCode.FORBIDDEN})
# Whatever it was, the service did not say anything about the order.
NO_ANSWER = frozenset(
    {
        ErrorCode.BLOCKED,
        ErrorCode.PATH_NOT_FOUND,
        ErrorCode.SERVICE_UNAVAILABLE,
        ErrorCode.REDIRECTED,
        ErrorCode.UNEXPECTED_REPLY,
        ErrorCode.TIMED_OUT,
        ErrorCode.REPLY_LOST,
        ErrorCode.REPLY_TOO_LARGE,
        ErrorCode.FROM_A_CACHE,
    }
)
# If so many orders in a row fail for one of these two reasons, they have it in common.
FEW_IN_A_ROW = 5

# Transient reasons: a request that failed for one of them is worth a retry.
_PASSING = frozenset(
    {
        ErrorCode.RATE_LIMITED,  # the windows of contract section 3 drain
        ErrorCode.SERVICE_UNAVAILABLE,  # maintenance windows, or a gateway that lost the service for a moment
        ErrorCode.READING_TOO_OLD,
        ErrorCode.NOT_REACHED,
        ErrorCode.TIMED_OUT,
        ErrorCode.REPLY_LOST,
        ErrorCode.FROM_A_CACHE,
    }
)

# What taking a value apart raises where it has another shape than documented.
NOT_AS_DOCUMENTED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


class ServiceError(Exception):
    """A request that did not succeed.

    code: why, for a program. message: why, for a person, with what to do next.
    method, path: the request. http_status: None where there was no reply.
    service_code: the service's own error code, where it gave one.
    in_doubt: whether the request may have changed something all the same.
    retry_after: seconds that the service asked to wait, where it did.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        method: str | None = None,
        path: str | None = None,
        *,
        in_doubt: bool = False,
        http_status: int | None = None,
        service_code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.method = method
        self.path = path
        self.http_status = http_status
        self.service_code = service_code
        self.in_doubt = in_doubt
        self.retry_after = retry_after

    @property
    def passes(self) -> bool:
        """Whether the reason is transient."""
        return self.code in _PASSING

    def as_dict(self) -> dict[str, Any]:
        """Give the error as it stands in a result."""
        return {
            "code": self.code.value,
            "message": str(self),
            "http_status": self.http_status,
            "method": self.method,
            "path": self.path,
            "service_code": self.service_code,
        }

    def as_failure(self) -> dict[str, Any]:
        """Give the part of a result that reports a task that failed with this error."""
        return {"failed": True, "msg": str(self), "error": self.as_dict()}


class Stopped(Exception):
    """A request was not sent, because an earlier error fails every request from then on.

    by: that error.
    """

    def __init__(self, by: ServiceError) -> None:
        super().__init__(str(by))
        self.by = by


def place_of(defect: BaseException) -> str:
    """Name an exception that nobody foresaw by its type and place, not by its text: nobody knows what that holds."""
    # Without the lines of the program: reading them takes memory, and files that can be opened.
    *_callers, place = traceback.StackSummary.extract(
        traceback.walk_tb(defect.__traceback__), lookup_lines=False
    )
    return f"{type(defect).__name__} in {Path(place.filename).name}, line {place.lineno}"
