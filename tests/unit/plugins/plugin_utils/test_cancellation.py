# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every order of a run is accounted for, whatever its modules told or did not tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.community.digicert.plugins.module_utils._order_change import Outcome
from ansible_collections.community.digicert.plugins.module_utils._order_rules import WantedStatus
from ansible_collections.community.digicert.plugins.plugin_utils._cancellation import (
    Ended,
    FoundOrder,
    begin,
)
from ansible_collections.community.digicert.plugins.plugin_utils._request import Request
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
NAMED = Request("cancel_orders", False, "x", "https://x.example.com", 2, order_ids=[1, 2, 3, 4, 5])
SEARCH = Request("cancel_stale_orders", False, "x", "https://x.example.com", 2, older_than_days=30, maximum=3)
CHANGED = {"outcome": "changed", "status": "canceled"}
UNCHANGED = {"outcome": "unchanged", "status": "canceled"}
FAILED = {
    "outcome": "failed",
    "status": "issued",
    "error": {"code": "status_not_allowed", "message": "It is issued."},
}
UNKNOWN = {
    "outcome": "unknown",
    "status": None,
    "error": {"code": "outcome_unknown", "message": "It was lost."},
}
NOT_ATTEMPTED = {"outcome": "not_attempted", "error": {"code": "rate_limited", "message": "x"}}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 6)
    | st.sampled_from(["", "orders", "not_attempted", "changed", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["orders", "order_id", "outcome", "status", "error", "code", "message", "msg"]),
            inner,
        )
    ),
    max_leaves=12,
)


def handed_out(run, *results):
    """Hand out the batches of a run; give what was called and told."""
    called, told, left = [], [], iter(results)

    def call(order_ids, end, several):
        called.append((order_ids, end.value, several))
        return next(left)

    run.hand_out(call, lambda *batch: told.append(batch), lambda: None)
    return called, told


def result_for(*orders, **more):
    """Give the result of a module for orders, each its ID and what became of it."""
    return {"orders": [{"order_id": order_id, **outcome} for order_id, outcome in orders], **more}


class TestBatches:
    def test_each_order_is_handed_out_once_in_batches_of_the_size_that_was_asked_for(self):
        run = begin(NAMED, None, NOW)
        called, told = handed_out(
            run,
            result_for((1, CHANGED), (2, UNCHANGED)),
            result_for((3, FAILED), (4, UNKNOWN)),
            result_for((5, NOT_ATTEMPTED), error={"code": "rate_limited", "message": "Over the limit."}),
        )
        assert called == [([1, 2], "canceled", True), ([3, 4], "canceled", True), ([5], "canceled", True)]
        assert run.ended == {
            1: Ended(Outcome.CHANGED),
            2: Ended(Outcome.UNCHANGED),
            3: Ended(Outcome.FAILED, "It is issued."),
            4: Ended(Outcome.UNKNOWN, "It was lost."),
            5: Ended(Outcome.NOT_ATTEMPTED, "Over the limit."),
        }
        assert [(number, batches, list(ended)) for number, batches, ended in told] == [
            (1, 3, [1, 2]),
            (2, 3, [3, 4]),
            (3, 3, [5]),
        ]
        assert not run.as_wanted

    def test_a_batch_has_only_orders_that_were_in_the_same_state_in_the_preview(self):
        previewed = {1: "pending", 2: "waiting_pickup", 3: "pending", 4: "waiting_pickup"}
        request = replace(NAMED, order_ids=[1, 2, 3, 4], previewed=previewed, batch_size=9)
        search = {"orders": [{"id": number, "status": status} for number, status in previewed.items()]}
        called, _told = handed_out(
            begin(request, search, NOW), result_for((1, CHANGED), (3, CHANGED)), result_for()
        )
        assert [order_ids for order_ids, _end, _several in called] == [[1, 3], [2, 4]]

    def test_a_single_batch_is_told_so(self):
        run = begin(replace(NAMED, batch_size=5), None, NOW)
        called, _told = handed_out(run, result_for(*((number, CHANGED) for number in range(1, 6))))
        assert called == [([1, 2, 3, 4, 5], "canceled", False)]
        assert run.as_wanted

    @pytest.mark.parametrize(
        ("result", "first", "stop"),
        [
            # The module stopped by itself.
            (
                result_for(
                    (1, FAILED), (2, NOT_ATTEMPTED), error={"code": "access_denied", "message": "Refused."}
                ),
                [Ended(Outcome.FAILED, "It is issued."), Ended(Outcome.NOT_ATTEMPTED, "Refused.")],
                "Refused.",
            ),
            # With a bad option it has sent nothing.
            (
                {"error": {"code": "invalid_option", "message": "api_key is empty."}, "msg": "x"},
                [Ended(Outcome.NOT_ATTEMPTED, "api_key is empty.")] * 2,
                "api_key is empty.",
            ),
            # After anything else it may have.
            (
                {"error": {"code": "internal_error", "message": "A defect."}, "msg": "x"},
                [Ended(Outcome.UNKNOWN, "A defect.")] * 2,
                "A defect.",
            ),
            ({"msg": "MODULE FAILURE"}, [Ended(Outcome.UNKNOWN, "MODULE FAILURE")] * 2, "MODULE FAILURE"),
            (
                {},
                [Ended(Outcome.UNKNOWN, "The module ended without a result.")] * 2,
                "The module ended without a result.",
            ),
            (
                {"orders": 1, "error": "x", "msg": ""},
                [Ended(Outcome.UNKNOWN, "The module ended without a result.")] * 2,
                "The module ended without a result.",
            ),
            # Something about some orders, and about one that nobody asked for.
            (
                result_for((1, CHANGED), (9, CHANGED), msg="Broken off."),
                [Ended(Outcome.CHANGED), Ended(Outcome.UNKNOWN, "Broken off.")],
                "Broken off.",
            ),
        ],
    )
    def test_no_further_batch_is_handed_out_after_one_that_stopped(self, result, first, stop):
        run = begin(NAMED, None, NOW)
        called, _told = handed_out(run, result)
        assert len(called) == 1
        assert [run.of(number) for number in (1, 2)] == first
        assert [run.of(number) for number in (3, 4, 5)] == [Ended(Outcome.NOT_ATTEMPTED, stop)] * 3
        assert run.stop == stop
        assert not run.as_wanted

    def test_none_is_handed_out_once_there_is_a_reason(self):
        run, reasons, called = begin(NAMED, None, NOW), iter([None, "Ansible was ended."]), []

        def call(order_ids, _end, _several):
            called.append(order_ids)
            return result_for((1, CHANGED), (2, CHANGED))

        run.hand_out(call, lambda *batch: None, lambda: next(reasons))
        assert called == [[1, 2]]
        assert [run.of(number) for number in (3, 4, 5)] == [
            Ended(Outcome.NOT_ATTEMPTED, "Ansible was ended.")
        ] * 3

    @pytest.mark.parametrize("rc", [126, 127])
    def test_a_module_that_the_shell_did_not_start_changed_nothing(self, rc):
        run = begin(NAMED, None, NOW)
        handed_out(
            run, {"msg": "MODULE FAILURE", "module_stdout": "", "module_stderr": "not found", "rc": rc}
        )
        assert run.ids(Outcome.NOT_ATTEMPTED) == [1, 2, 3, 4, 5]
        assert run.stop == "MODULE FAILURE It printed: not found"

    @pytest.mark.parametrize("odd", [{"rc": 1}, {"rc": 127, "module_stdout": "x"}])
    def test_a_module_that_ended_otherwise_may_have_changed_something(self, odd):
        run = begin(NAMED, None, NOW)
        handed_out(run, {"msg": "MODULE FAILURE", **odd})
        assert run.ids(Outcome.UNKNOWN) == [1, 2]

    def test_in_a_preview_nothing_may_or_may_not_have_happened(self):
        run = begin(replace(NAMED, preview=True), None, NOW)
        handed_out(run, {"msg": "MODULE FAILURE"})
        assert run.ids(Outcome.NOT_ATTEMPTED) == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("outcome", ["done", "", None, 1, ["changed"]])
    def test_a_word_that_is_no_outcome_leaves_the_order_unknown(self, outcome):
        run = begin(replace(NAMED, order_ids=[1]), None, NOW)
        handed_out(run, result_for((1, {"outcome": outcome, "status": "canceled"})))
        assert run.ids(Outcome.UNKNOWN) == [1]

    @pytest.mark.parametrize("error", [{}, {"message": None}, None])
    def test_a_failure_without_a_message_has_no_reason(self, error):
        run = begin(replace(NAMED, order_ids=[1]), None, NOW)
        handed_out(run, result_for((1, {"outcome": "failed", "error": error})))
        assert run.ended == {1: Ended(Outcome.FAILED)}

    def test_in_a_preview_an_order_reads_as_before_and_that_is_no_remark(self):
        run = begin(replace(NAMED, order_ids=[1], preview=True), None, NOW)
        handed_out(run, result_for((1, {"outcome": "changed", "status": "pending"})))
        assert run.ended == {1: Ended(Outcome.CHANGED)}


@given(st.lists(JSON | st.dictionaries(st.text(), JSON), min_size=3, max_size=3), st.booleans())
def test_every_order_is_accounted_for_once_whatever_modules_give(results, preview):
    run = begin(replace(NAMED, preview=preview), None, NOW)
    handed_out(run, *(result if isinstance(result, dict) else {"orders": result} for result in results))
    assert sorted(number for result in Outcome for number in run.ids(result)) == [1, 2, 3, 4, 5]
    assert run.as_wanted is (len(run.ids(Outcome.CHANGED, Outcome.UNCHANGED)) == 5 and not run.stop)
    told = run.statistics
    told.pop("digicert_previewed_states", None)
    assert set(told.pop("digicert_previewed_order_ids", [])) == set(
        run.ids(Outcome.CHANGED) if preview else []
    )
    assert told["digicert_canceled_order_ids"] == ([] if preview else run.ids(Outcome.CHANGED))
    assert told["digicert_failed_order_ids"] == run.ids(Outcome.FAILED)
    assert told["digicert_unknown_order_ids"] == run.ids(Outcome.UNKNOWN)
    assert told["digicert_not_attempted_order_ids"] == run.ids(Outcome.NOT_ATTEMPTED)


class TestStates:
    ALL = ("pending", "waiting_pickup", "needs_approval", "reissue_pending")

    def request(self, request=SEARCH, **more):
        return replace(request, states=list(self.ALL), maximum=None, **more)

    def test_each_is_brought_to_its_own_end_in_batches_of_its_own(self):
        listed = [
            {"id": number, "status": status} for number, status in enumerate((*self.ALL, *self.ALL), start=1)
        ]
        run = begin(self.request(), {"orders": listed}, NOW)
        called, _told = handed_out(
            run,
            *(result_for(*((number, CHANGED) for number in ids)) for ids in ((1, 2), (5, 6), (3, 7), (4, 8))),
        )
        assert called == [
            ([1, 2], "canceled", True),
            ([5, 6], "canceled", True),
            ([3, 7], "rejected", True),
            ([4, 8], "reissue_canceled", True),
        ]
        assert run.as_wanted
        assert run.statistics == {
            "digicert_canceled_order_ids": [1, 2, 5, 6],
            "digicert_rejected_order_ids": [3, 7],
            "digicert_reissue_canceled_order_ids": [4, 8],
            "digicert_failed_order_ids": [],
            "digicert_unknown_order_ids": [],
            "digicert_not_attempted_order_ids": [],
        }

    def test_of_a_preview_are_handed_on_together(self):
        listed = [{"id": number, "status": status} for number, status in enumerate(self.ALL, start=1)]
        run = begin(self.request(preview=True), {"orders": listed}, NOW)
        handed_out(run, *(result_for(*((number, CHANGED) for number in ids)) for ids in ((1, 2), (3,), (4,))))
        assert run.statistics["digicert_previewed_order_ids"] == [1, 2, 3, 4]
        assert run.statistics["digicert_rejected_order_ids"] == []
        assert run.statistics["digicert_previewed_states"] == {
            str(number): status for number, status in enumerate(self.ALL, start=1)
        }

    def test_of_orders_that_were_named_are_those_that_they_read(self):
        request = self.request(NAMED)
        assert request.search == {"order_id": [1, 2, 3, 4, 5]}
        described = [
            {"id": 2, "status": "needs_approval"},
            {"id": 1, "status": "pending", "date_created": NOW.isoformat()},
            {"id": 3, "status": "rejected"},
            {"id": 4, "status": "issued"},
        ]
        run = begin(request, {"orders": described, "not_found": [5]}, NOW)
        assert [(order.order_id, order.wanted.value) for order in run.orders] == [
            (1, "canceled"),
            (2, "rejected"),
            (3, "rejected"),
            (4, "reissue_canceled"),
            (5, "canceled"),
        ]
        assert run.ended == {
            5: Ended(
                Outcome.FAILED, "Order 5 does not exist, or not for this API key, so nothing was written."
            )
        }

    def test_decide_what_an_order_that_is_absent_was_to_be_brought_to(self):
        request = replace(NAMED, order_ids=[1], states=["needs_approval"])
        run = begin(request, {"orders": [], "not_found": [1]}, NOW)
        assert run.ids(Outcome.FAILED, end=WantedStatus.REJECTED) == [1]

    @pytest.mark.parametrize(
        ("states", "previewed", "status", "why"),
        [
            (["pending"], {}, "waiting_pickup", "is waiting_pickup, and digicert_states is pending"),
            (
                ["pending", "needs_approval"],
                {},
                "issued",
                "is issued, and digicert_states is pending, needs_approval",
            ),
            (
                list(ALL),
                {1: "pending"},
                "reissue_pending",
                "was pending in the preview and is reissue_pending now",
            ),
            (
                list(ALL),
                {1: "pending"},
                "waiting_pickup",
                "was pending in the preview and is waiting_pickup now",
            ),
            (list(ALL), {1: "pending"}, "rejected", "was pending in the preview and is rejected now"),
        ],
    )
    def test_that_were_not_asked_for_are_not_handed_out(self, states, previewed, status, why):
        request = replace(NAMED, order_ids=[1], states=states, previewed=previewed)
        run = begin(request, {"orders": [{"id": 1, "status": status}], "not_found": []}, NOW)
        assert handed_out(run) == ([], [])
        assert run.ended == {1: Ended(Outcome.FAILED, f"Order 1 {why}, so nothing was written.")}
        assert run.ids(Outcome.FAILED, end=WantedStatus.CANCELED) == [1]
        assert not run.as_wanted

    @pytest.mark.parametrize(
        ("previewed", "end"),
        [
            ("pending", "canceled"),
            ("waiting_pickup", "canceled"),
            ("needs_approval", "rejected"),
            ("reissue_pending", "issued"),
        ],
    )
    def test_that_are_what_was_previewed_or_its_end_are_fine(self, previewed, end):
        request = replace(NAMED, order_ids=[1], states=list(self.ALL), previewed={1: previewed})
        for status in (previewed, end):
            assert begin(request, {"orders": [{"id": 1, "status": status}]}, NOW).ended == {}

    def test_of_an_order_that_cannot_be_read_keep_no_other_from_being_changed(self):
        run = begin(
            self.request(NAMED),
            {
                "orders": [{"id": 1, "status": "pending"}],
                "not_found": [2, 3, 4],
                "failed": True,
                "msg": "503.",
            },
            NOW,
        )
        assert run.ended[5] == Ended(
            Outcome.FAILED, "Order 5 could not be read, so nothing was written. 503."
        )
        called, _told = handed_out(run, result_for((1, CHANGED)))
        assert called == [([1], "canceled", False)]

    @pytest.mark.parametrize("odd", ["1, 2", None, {"1": 1}, 7])
    def test_of_an_order_of_which_nothing_is_told_keep_it_from_being_changed(self, odd):
        search = {
            "orders": [{"id": 1, "status": "pending", "date_created": "2026-11-24T12:00:00Z"}],
            "not_found": odd,
        }
        run = begin(self.request(NAMED), search, NOW)
        assert run.ids(Outcome.FAILED) == [2, 3, 4, 5]
        assert run.orders[0].age == timedelta(days=1)

    def test_of_orders_of_which_none_can_be_read_end_it_and_all_are_told(self):
        run = begin(self.request(NAMED), {"failed": True, "msg": "Refused."}, NOW)
        assert handed_out(run) == ([], [])
        assert run.ids(Outcome.NOT_ATTEMPTED) == [1, 2, 3, 4, 5]
        assert run.stop == "No order could be read, so nothing was written. Refused."

    def test_that_an_order_reads_in_place_of_the_expected_one_is_told(self):
        run = begin(self.request(), {"orders": [{"id": 1, "status": "needs_approval"}]}, NOW)
        handed_out(run, result_for((1, {"outcome": "changed", "status": "needs_approval"})))
        assert run.ended == {1: Ended(Outcome.CHANGED, "Order 1 reads needs_approval now.")}

    def test_only_one_that_is_rejected_is_an_end_as_well(self):
        run = begin(replace(SEARCH, states=["needs_approval"]), {"orders": [{"id": 1, "status": "x"}]}, NOW)
        assert run.ends == [WantedStatus.REJECTED]


class TestDetails:
    def test_are_what_an_order_waits_for_and_who_placed_it(self):
        user = {"first_name": "Jane", "last_name": "Doe", "email": "jane@example.com"}
        waiting_for = ["domain shop.example.com (dns-txt-token)", "approval"]
        details = [
            {"id": 1, "status": "pending", "waiting_for": waiting_for, "user": user},
            {"id": 2, "status": "pending", "waiting_for": [], "user": {"email": "jane@example.com"}},
            {"id": 3, "status": "pending"},
            {"id": 4, "status": "pending", "user": {"first_name": "Jane"}},
        ]
        run = begin(replace(SEARCH, maximum=4), {"orders": details}, NOW)
        assert [(order.waits_for, order.placed_by) for order in run.orders] == [
            (", ".join(waiting_for), "Jane Doe <jane@example.com>"),
            ("", "jane@example.com"),
            (None, None),
            (None, "Jane"),
        ]


class TestSearch:
    def test_what_it_found_is_taken_the_oldest_first_and_once(self):
        listed = [
            {"id": 3, "date_created": "2026-11-24T13:00:00Z", "status": "pending"},
            {"id": "1", "date_created": "2026-01-01T00:00:00+00:00"},
            {"id": 2, "date_created": 20260101},
            {"id": 3, "date_created": "2026-11-24T11:00:00Z", "status": "pending", "organization": []},
        ]
        run = begin(replace(SEARCH, older_than_days=1), {"orders": listed}, NOW)
        assert run.orders == [
            FoundOrder(1, None, "2026-01-01T00:00:00+00:00", timedelta(days=328, hours=12)),
            FoundOrder(3, "pending", "2026-11-24T11:00:00Z", timedelta(days=1, hours=1)),
            FoundOrder(2, None, "20260101"),
        ]
        assert run.left_out == []

    def test_an_order_that_is_younger_by_the_clock_of_ansible_is_left_out(self):
        # 30 days before NOW, but for an hour, in which clocks may differ.
        created = ["2026-10-26T13:00:00Z", "2026-10-26T13:00:01Z"]
        listed = [{"id": number, "date_created": moment} for number, moment in enumerate(created, start=1)]
        run = begin(SEARCH, {"orders": listed}, NOW)
        assert [order.order_id for order in run.orders] == [1]
        assert run.left_out == [
            (
                f"Order 2 was created on {created[1]}, which is not more than 30 days ago, and was left out. Check the clock of "
                "this machine."
            )
        ]
        assert not run.as_wanted

    def test_names_are_taken_where_they_are(self):
        described = {
            "id": 1,
            "status": "pending",
            "certificate": {"common_name": "shop.example.com"},
            "organization": {"name": "Example Bakery"},
            "product": {"name_id": "ssl_basic"},
        }
        (order,) = begin(SEARCH, {"orders": [described]}, NOW).orders
        assert order == FoundOrder(
            1, "pending", None, None, "shop.example.com", "Example Bakery", "ssl_basic"
        )

    @pytest.mark.parametrize(
        "odd", [{"id": "01753"}, {"id": 1.0}, {"status": "pending"}, "1001", None, {"id": None}]
    )
    def test_an_entry_without_a_usable_id_is_left_out_and_told(self, odd):
        run = begin(SEARCH, {"orders": [odd, {"id": 1}]}, NOW)
        assert [order.order_id for order in run.orders] == [1]
        assert run.left_out == [f"An entry of the list has no usable order ID and was left out: {odd}"]
        handed_out(run, result_for((1, CHANGED)))
        assert not run.as_wanted

    def test_of_an_entry_without_a_usable_id_200_characters_are_told(self):
        run = begin(SEARCH, {"orders": ["x" * 199 + "yz"]}, NOW)
        assert run.left_out == [f"An entry of the list has no usable order ID and was left out: {'x' * 199}y"]

    def test_what_the_module_left_out_is_told(self):
        left_out = [
            {"order_id": 7, "reason": "its status is null"},
            {"order_id": None, "reason": "its ID is null"},
        ]
        run = begin(SEARCH, {"orders": [], "left_out": left_out}, NOW)
        assert run.left_out == [
            "Order 7 was left out of the list: its status is null.",
            "Order without an ID was left out of the list: its ID is null.",
        ]
        assert not run.as_wanted

    @pytest.mark.parametrize(
        ("search", "why"),
        [
            ({"error": {"code": "access_denied"}, "msg": "Refused.", "orders": [{"id": 1}]}, "Refused."),
            ({"msg": "MODULE FAILURE", "failed": True}, "MODULE FAILURE"),
            ({"unreachable": True, "msg": "No such folder."}, "No such folder."),
            ({"orders": "1001"}, "The module ended without a result."),
        ],
    )
    def test_nothing_is_canceled_if_it_failed(self, search, why):
        run = begin(SEARCH, search, NOW)
        assert handed_out(run) == ([], [])
        assert run.stop == f"The search for orders failed, so nothing was canceled. {why}"
        assert run.searched is False
        assert not run.as_wanted

    def test_nothing_is_canceled_if_it_found_more_than_the_maximum(self):
        listed = [{"id": number} for number in range(1, 5)]
        search = {"orders": listed, "left_out": [{"order_id": 7, "reason": "it is odd"}]}
        run = begin(SEARCH, search, NOW)
        assert run.left_out == ["Order 7 was left out of the list: it is odd."]
        assert handed_out(run) == ([], [])
        assert run.ids(Outcome.NOT_ATTEMPTED) == [1, 2, 3, 4]
        assert run.stop == "4 orders were found, and digicert_maximum is 3, so nothing was canceled."
        assert run.advice == (
            "If all of them are to be canceled, set digicert_maximum=4; in AWX, answer 4 to 'Refuse if more orders than this "
            "are found'. If not, narrow the search with digicert_older_than_days or a filter: digicert_organization_id, "
            "digicert_container_id, digicert_common_name, digicert_product_name_id, digicert_user_id, digicert_email."
        )
        assert not run.as_wanted

    @pytest.mark.parametrize(("found", "maximum"), [(3, 3), (4, None), (0, 0)])
    def test_up_to_the_maximum_all_are_canceled(self, found, maximum):
        listed = [{"id": number} for number in range(1, found + 1)]
        run = begin(replace(SEARCH, maximum=maximum, batch_size=9), {"orders": listed}, NOW)
        handed_out(run, result_for(*((number, CHANGED) for number in range(1, found + 1))))
        assert run.as_wanted
        assert len(run.ids(Outcome.CHANGED)) == found


@given(JSON)
def test_whatever_the_module_gives_is_taken_or_told(search):
    run = begin(SEARCH, {"orders": search}, NOW)
    if isinstance(search, list):
        assert len(run.left_out) + len(run.orders) <= len(search)
        assert bool(run.left_out or run.orders) is bool(search)
    else:
        assert run.stop
