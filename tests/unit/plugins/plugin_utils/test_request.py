# Copyright (c) 2026, The community.digicert contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks' variables may hold, and the request that they add up to."""

from __future__ import annotations

import pytest
from ansible_collections.community.digicert.plugins.module_utils._certcentral import EU_URL, US_URL
from ansible_collections.community.digicert.plugins.module_utils._order_rules import WantedStatus
from ansible_collections.community.digicert.plugins.plugin_utils._request import (
    FILTERS,
    HANDED_ON,
    PLAYBOOKS,
    VARIABLES,
    Complaints,
    Given,
    Request,
    read_request,
    strangers,
    without_effect,
)
from hypothesis import given
from hypothesis import strategies as st

THE_KEY = "a-key-of-some-length"
KEY = {"DIGICERT_API_KEY": THE_KEY}
NAMED = {"digicert_order_id": "1001", "digicert_note": "x"}
STALE = {"digicert_older_than_days": 30, "digicert_note": "x"}
ENOUGH = {"cancel_orders": NAMED, "cancel_stale_orders": STALE}

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


def read(
    playbook="cancel_stale_orders", computed=(), answered=(), environment=None, check_mode=False, **variables
):
    """Read variables on top of the required ones."""
    values = {**ENOUGH[playbook], **variables}
    found = {name: Given(value, name in computed, name in answered) for name, value in values.items()}
    return read_request(playbook, found, KEY if environment is None else environment, check_mode)


def complaint(playbook="cancel_stale_orders", **variables):
    """Give the one complaint about variables."""
    with pytest.raises(Complaints) as caught:
        read(playbook, **variables)
    (only,) = caught.value.complaints
    return only


def test_what_is_not_given_has_the_documented_defaults():
    assert read() == Request(
        playbook="cancel_stale_orders",
        preview=False,
        note="x",
        service=US_URL,
        batch_size=100,
        states=["pending", "waiting_pickup"],
        details=True,
        older_than_days=30,
        maximum=50,
        connection={"api_url": US_URL},
    )
    assert read("cancel_orders") == Request(
        playbook="cancel_orders",
        preview=False,
        note="x",
        service=US_URL,
        batch_size=100,
        order_ids=[1001],
        connection={"api_url": US_URL},
    )


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_all_that_is_missing_is_told_at_once(playbook):
    with pytest.raises(Complaints) as caught:
        read_request(playbook, {}, {}, False)
    orders = {
        "cancel_orders": (
            "digicert_order_id is absent: give the IDs of the orders to cancel, for example "
            "-e digicert_order_id=1001,1004."
        ),
        "cancel_stale_orders": (
            "digicert_older_than_days is absent: give the minimum age of the orders in days, for example "
            "-e digicert_older_than_days=30."
        ),
    }
    no_key = (
        "There is no API key for CertCentral: set the environment variable DIGICERT_API_KEY, for example with "
        "'read -rs DIGICERT_API_KEY && export DIGICERT_API_KEY', or the variable digicert_api_key, or have a "
        "credential of AWX do it."
    )
    no_note = (
        "digicert_note is absent: say why the orders are canceled, for example -e digicert_note=CHG0031337."
    )
    assert caught.value.complaints == [no_key, orders[playbook], no_note]
    assert str(caught.value).endswith(" Nothing was changed.")


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_question_that_was_left_out_is_as_if_nothing_was_given(playbook):
    optional = [
        name for name, variable in VARIABLES.items() if not variable.required and name != "digicert_dry_run"
    ]
    assert read(playbook, answered=optional, **dict.fromkeys(optional, "")) == read(playbook)
    required = [
        name for name, variable in VARIABLES.items() if variable.required and playbook in variable.playbooks
    ]
    with pytest.raises(Complaints) as caught:
        read(playbook, answered=required, **dict.fromkeys(required, ""))
    assert [text.split(":")[0] for text in caught.value.complaints] == [
        f"{name} is absent" for name in required
    ]


def test_whether_it_is_a_dry_run_cannot_be_left_out():
    told = complaint(digicert_dry_run="", answered=("digicert_dry_run",))
    assert told == "digicert_dry_run takes true or false, but it is empty."


@pytest.mark.parametrize(("empty", "answered"), [("", False), (" ", True), ("\u00a0", True), ("\n", True)])
@pytest.mark.parametrize("name", VARIABLES)
def test_empty_text_that_is_no_answer_is_refused(name, empty, answered):
    what = "cannot be used" if name == "digicert_api_key" else "is empty"
    told = complaint(VARIABLES[name].playbooks[0], answered=(name,) if answered else (), **{name: empty})
    assert told == f"{name} takes {VARIABLES[name].takes}, but it {what}."


@pytest.mark.parametrize(
    "nothing", ["", " ", "None", "null", "undefined", "[]", "{}", "__omit_place_holder__1a2b"]
)
@pytest.mark.parametrize("name", VARIABLES)
def test_what_an_expression_left_empty_is_refused(name, nothing):
    playbook = VARIABLES[name].playbooks[0]
    what = "cannot be used" if name == "digicert_api_key" else f"comes out as {nothing!r} of an expression"
    told = complaint(playbook, **{name: nothing, "computed": (name,)})
    assert told == f"{name} takes {VARIABLES[name].takes}, but it {what}."


@pytest.mark.parametrize("name", VARIABLES)
def test_null_is_refused(name):
    what = "cannot be used" if name == "digicert_api_key" else "is null"
    told = complaint(VARIABLES[name].playbooks[0], **{name: None})
    assert told == f"{name} takes {VARIABLES[name].takes}, but it {what}."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1001, [1001]),
        ("1001", [1001]),
        ("1001,1004", [1001, 1004]),
        (" 1001, 1002\n1004\t1001 ,\n", [1001, 1002, 1004]),
        ([1001, "1004", "1002,1003", 1001], [1001, 1004, 1002, 1003]),
        ((1001, 1004), [1001, 1004]),
        ([], []),
    ],
)
def test_order_ids_are_taken_as_a_list_or_as_text(value, expected):
    assert read("cancel_orders", digicert_order_id=value).order_ids == expected


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("1e3", "holds: 1e3"),
        ("10_01 1004", "holds: 10_01"),
        ("01753", "holds: 01753"),
        ("1.23457E+08", "holds: 1.23457E+08"),
        ("-2 0 +1 \u0661", "holds: -2 0 +1 \u0661"),
        ("1" * 19, f"holds: {'1' * 19}"),
        (1.5, "is 1.5"),
        (True, "is True"),
        ([1001, True], "holds True"),
        ([1001, None], "holds None"),
        ([1001, ""], "holds an empty item"),
        ([[1001]], "holds [1001]"),
        ({"id": 1001}, "is {'id': 1001}"),
        (",", "holds an empty item"),
        ("123\u202f456", r"holds '123\u202f456'"),
        ("123\u00a0456", r"holds '123\xa0456'"),
        ("\ufeff1001", r"holds '\ufeff1001'"),
    ],
)
def test_what_is_not_plainly_an_order_id_is_refused(value, what):
    expected = (
        f"digicert_order_id takes whole numbers without leading zeros, such as 1001,1004, but it {what}."
    )
    assert complaint("cancel_orders", digicert_order_id=value) == expected


@pytest.mark.parametrize("name", ["order_id", "organization_id", "container_id", "user_id"])
@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1,234", "1,234"),
        (" 1,234\n", "1,234"),
        (["123,456,789"], "123,456,789"),
        ("123,456,789\n123,456,790", "123,456,789"),
        ("7, 123,456", "123,456"),
        ("123,456, 1001", "123,456,"),
        ("123,456,789,\r\n123,456,790,", "123,456,789,"),
        (",123,456", ",123,456"),
        (" 123 456 ", "123 456"),
        (["1 234 567"], "1 234 567"),
    ],
)
def test_what_may_be_one_number_with_separators_is_refused(name, value, number):
    playbook = "cancel_orders" if name == "order_id" else "cancel_stale_orders"
    assert complaint(playbook, **{f"digicert_{name}": value}).endswith(
        f" but it holds '{number}', one number with separators or several: write a blank behind each comma."
    )


def test_ids_with_a_blank_behind_each_comma_are_several():
    assert read("cancel_orders", digicert_order_id="123, 456").order_ids == [123, 456]
    assert read(digicert_organization_id="123, 456").filters == {"organization_id": [123, 456]}
    assert read(digicert_organization_id=[123, 456]).filters == {"organization_id": [123, 456]}


def test_numbers_of_an_inventory_in_ini_format_may_be_one_order_id():
    assert "one number with separators" in complaint("cancel_orders", digicert_order_id=[1, 234, 567, 1001])
    assert complaint("cancel_orders", digicert_order_id=[123, 456]) == (
        "digicert_order_id takes whole numbers without leading zeros, such as 1001,1004, but it is [123, 456], one number with "
        "separators or several: give text with a blank behind each comma."
    )


def test_other_white_space_around_an_id_is_none_of_it():
    assert read("cancel_orders", digicert_order_id="123456\u00a0\n234567").order_ids == [123456, 234567]


def test_a_preview_that_has_an_order_twice_is_refused():
    told = complaint("cancel_orders", digicert_previewed_states={"1001": "pending", 1001: "reissue_pending"})
    assert "'1001': 'pending'" in told
    assert told.endswith("which has an order twice.")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("organization_id", "501, 503", [501, 503]),
        ("container_id", 301, [301]),
        ("common_name", "shop.example.com\n*.example.com", ["shop.example.com", "*.example.com"]),
        ("common_name", ["shop.example.com"], ["shop.example.com"]),
        ("product_name_id", "ssl_basic", ["ssl_basic"]),
        ("user_id", "601", [601]),
        ("email", "jane@example.com, joe@example.com", ["jane@example.com", "joe@example.com"]),
    ],
)
def test_a_filter_is_taken_as_a_list_or_as_text(name, value, expected):
    assert read(**{f"digicert_{name}": value}).filters == {name: expected}


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("organization_id", "501, Bakery", "takes whole numbers such as 4501,4502, but it holds: Bakery."),
        ("organization_id", [], "takes whole numbers such as 4501,4502, but it holds nothing."),
        ("container_id", "x", "takes whole numbers such as 4301,4302, but it holds: x."),
        (
            "common_name",
            "shop.example.com https://x.example.com None",
            "takes host names such as shop.example.com or *.example.com, but it holds: https://x.example.com None.",
        ),
        (
            "product_name_id",
            ["Basic-OV", "null"],
            "takes names such as ssl_basic, but it holds: Basic-OV null.",
        ),
    ],
)
def test_what_cannot_be_a_filter_is_refused(name, value, what):
    assert complaint(**{f"digicert_{name}": value}) == f"digicert_{name} {what}"


@pytest.mark.parametrize("name", ["DIGICERT_DRY_RUN", "DIGICERT_ORGANIZATION_ID"])
def test_a_variable_of_the_environment_that_has_no_effect_is_refused(name):
    assert complaint(environment={**KEY, name: "x"}) == (
        f"The environment variable {name} has no effect: give {name.lower()} as a variable of Ansible."
    )


@pytest.mark.parametrize(
    "value",
    [[1001], {"x": "pending"}, {"1001": "issued"}, {1001: None}, {1001: ["pending"]}, {1001: {"a": 1}}],
)
def test_states_of_a_preview_are_by_the_ids_of_orders(value):
    told = complaint("cancel_orders", digicert_previewed_states=value)
    takes = VARIABLES["digicert_previewed_states"].takes
    assert told == f"digicert_previewed_states takes {takes}, but it is {value}."


def test_the_report_goes_where_it_was_asked_for(tmp_path):
    path = str(tmp_path / "report.md")
    assert read(digicert_report_path=path).report_path == path


def test_a_report_that_cannot_be_written_is_refused_with_the_reason():
    assert complaint(digicert_report_path="report.txt") == (
        f"digicert_report_path takes {VARIABLES['digicert_report_path'].takes}, but it is 'report.txt'."
    )


def test_text_that_somebody_typed_is_no_expression_that_came_out_empty():
    assert read(digicert_note="none").note == "none"


class TestStates:
    def test_are_some_of_those_that_nobody_finished(self):
        assert read(digicert_states="needs_approval, pending").states == ["needs_approval", "pending"]
        told = complaint(digicert_states=["pending", "issued", "revoked"])
        assert told == (
            "digicert_states takes statuses out of pending, waiting_pickup, needs_approval, reissue_pending, but it holds: "
            "issued revoked."
        )

    def test_are_brought_to_their_ends_in_the_order_of_the_table(self):
        request = read(digicert_states="reissue_pending,needs_approval,waiting_pickup")
        assert [end.value for end in request.ends] == ["canceled", "rejected", "reissue_canceled"]

    def test_that_orders_had_in_a_preview_are_taken_by_their_ids(self):
        request = read(
            "cancel_orders", digicert_previewed_states={"1001": "pending", "1002": "reissue_pending"}
        )
        assert request.previewed == {1001: "pending", 1002: "reissue_pending"}

    def test_in_which_orders_are_changed_are_those_of_the_preview(self):
        request = read(
            "cancel_orders",
            digicert_states="pending,waiting_pickup,needs_approval",
            digicert_previewed_states={"1001": "pending", "1002": "needs_approval"},
        )
        assert request.states_of([1001], WantedStatus.CANCELED) == ["pending"]
        assert request.states_of([1002], WantedStatus.REJECTED) == ["needs_approval"]
        assert request.states_of([1003], WantedStatus.CANCELED) == ["pending", "waiting_pickup"]

    def test_are_what_is_searched_for(self):
        request = read(digicert_states="needs_approval", digicert_container_id=301)
        assert request.search == {
            "status": ["needs_approval"],
            "created_before": "-30 days",
            "container_id": [301],
        }

    def test_of_named_orders_are_asked_for_unless_they_are_those_that_can_be_canceled(self):
        assert read("cancel_orders").search is None
        assert read("cancel_orders", digicert_states="waiting_pickup,pending").search is None
        assert read("cancel_orders", digicert_states="pending").search == {"order_id": [1001]}
        assert read("cancel_orders", digicert_previewed_states={"1001": "pending"}).search == {
            "order_id": [1001]
        }
        assert (
            read("cancel_orders", digicert_order_id=[], digicert_states="pending,needs_approval").search
            is None
        )


@pytest.mark.parametrize("value", [True, "true", "Yes", " on", "1", 1])
def test_a_dry_run_is_a_preview(value):
    assert read(digicert_dry_run=value).preview is True


@pytest.mark.parametrize("value", [False, "false", "No", "off ", "0", 0])
def test_nothing_takes_check_mode_away(value):
    assert read(digicert_dry_run=value).preview is False
    assert read(digicert_dry_run=value, check_mode=True).preview is True


@pytest.mark.parametrize("name", ["digicert_dry_run", "digicert_allow_more", "digicert_validate_certs"])
@pytest.mark.parametrize("value", ["maybe", 2, [True], 1.0])
def test_what_is_neither_true_nor_false_is_refused(name, value):
    shown = repr(value) if isinstance(value, str) else value
    assert complaint(**{name: value}) == f"{name} takes true or false, but it is {shown}."


@pytest.mark.parametrize(
    ("name", "least", "most", "what"),
    [
        ("digicert_older_than_days", 1, 99999, "a whole number of days from 1 to 99999, such as 30"),
        ("digicert_maximum", 0, 999999, "a whole number of orders from 0 to 999999, such as 50"),
        ("digicert_batch_size", 1, 9999, "a whole number of orders from 1 to 9999, such as 100"),
    ],
)
def test_a_number_has_bounds(name, least, most, what):
    part = name.removeprefix("digicert_")
    for value in (least, most, f" {most} "):
        assert getattr(read(**{name: value}), part) == int(value)
    for value in (least - 1, most + 1, "many", 30.5, "030", True, "1e2", [1]):
        shown = repr(value) if isinstance(value, str) else value
        assert complaint(**{name: value}) == f"{name} takes {what}, but it is {shown}."


def test_more_than_the_maximum_is_allowed_on_request():
    assert read(digicert_allow_more=True, digicert_maximum=1).maximum is None
    assert read(digicert_allow_more="no", digicert_maximum=1).maximum == 1


@pytest.mark.parametrize("note", ["two words; and more", 31337, " as it is\n"])
def test_the_note_is_taken_as_it_is(note):
    assert read(digicert_note=note).note == str(note)


@pytest.mark.parametrize("note", [["x"], {"x": 1}, True])
def test_a_note_is_text(note):
    assert complaint(digicert_note=note) == f"digicert_note takes text, but it is {note}."


def test_a_value_of_100_characters_is_shown_as_it_is():
    shown = repr("x" * 98)
    takes = VARIABLES["digicert_dry_run"].takes
    assert complaint(digicert_dry_run="x" * 98) == f"digicert_dry_run takes {takes}, but it is {shown}."
    assert complaint(digicert_dry_run="x" * 99).endswith(f"but it is {shown[:-1]}x....")


def test_a_long_value_is_cut_in_a_complaint():
    told = complaint(digicert_note="half a \udcff character")
    assert told == "digicert_note takes text, but it holds characters that are not UTF-8."
    told = complaint(digicert_note=["x" * 500])
    assert told == f"digicert_note takes text, but it is ['{'x' * 98}...."


def test_the_connection_is_handed_on_without_the_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.pem").touch()
    given_ = {
        "api_url": EU_URL,
        "ca_path": "ca.pem",
        "validate_certs": "no",
        "timeout": "60",
        "retries": "5",
        "rate_limits": [{"requests": "1", "seconds": 2}],
    }
    request = read(
        environment={}, digicert_api_key=THE_KEY, **{f"digicert_{k}": v for k, v in given_.items()}
    )
    assert request.connection == {
        "api_url": EU_URL,
        "ca_path": str(tmp_path / "ca.pem"),
        "validate_certs": False,
        "timeout": 60.0,
        "retries": 5,
        "rate_limits": [{"requests": 1, "seconds": 2.0}],
    }
    assert request.service == EU_URL
    assert THE_KEY not in str(request.as_result())


def test_whether_the_key_is_that_of_the_variable_is_known():
    assert read(environment=KEY, digicert_api_key=f"other-{THE_KEY}").own_key
    assert not read(environment=KEY).own_key


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout", float("nan")),
        ("timeout", float("inf")),
        ("timeout", 0),
        ("timeout", "soon"),
        ("timeout", True),
        ("timeout", 86400.5),
        ("timeout", 10**400),
        ("retries", -1),
        ("retries", 1.5),
        ("rate_limits", {"requests": 1, "seconds": 1}),
        ("rate_limits", []),
        ("rate_limits", 5),
        ("rate_limits", [{"requests": 1}]),
    ],
)
def test_a_connection_that_cannot_be_used_is_refused(name, value):
    name = f"digicert_{name}"
    shown = repr(value) if isinstance(value, str) else str(value)
    shown = shown if len(shown) <= 100 else f"{shown[:100]}..."
    assert complaint(**{name: value}) == f"{name} takes {VARIABLES[name].takes}, but it is {shown}."


@pytest.mark.parametrize("seconds", [0.5, 86400])
def test_less_than_a_second_and_a_whole_day_are_timeouts(seconds):
    assert read(digicert_timeout=seconds).connection["timeout"] == seconds


@pytest.mark.parametrize("requests", [0, 100000])
def test_a_window_that_cannot_be_used_is_refused(requests):
    told = complaint(digicert_rate_limits=[{"requests": requests, "seconds": 1}])
    assert (
        told == f"digicert_rate_limits takes {VARIABLES['digicert_rate_limits'].takes}, but it is {requests}."
    )


def test_certificates_that_cannot_be_read_are_refused():
    told = complaint(digicert_ca_path="/nowhere/ca.pem")
    assert told == (
        "digicert_ca_path takes the path of a file or a folder, but it is '/nowhere/ca.pem', which is absent or cannot be read."
    )


@pytest.mark.parametrize("key", ["short", "a-key-of-some-length\u20ac", "a-key-of\nsome-length-or-other"])
def test_a_key_that_cannot_be_used_is_refused_and_not_shown(key):
    told = complaint(digicert_api_key=key)
    assert told.startswith("digicert_api_key h")
    assert key not in told
    of_environment = complaint(environment={"DIGICERT_API_KEY": key})
    assert of_environment == told.replace("digicert_api_key", "DIGICERT_API_KEY")


def test_the_service_is_that_of_the_variable_then_of_the_environment_then_the_us_one():
    environment = {**KEY, "DIGICERT_API_URL": f" {EU_URL}/ "}
    assert read(environment=environment).service == EU_URL
    assert read(environment=environment, digicert_api_url="https://x.example.com").service == (
        "https://x.example.com/services/v2"
    )
    assert read().service == US_URL


def test_a_service_that_the_key_must_not_be_sent_to_is_refused():
    assert complaint(digicert_api_url="http://x.example.com").startswith("api_url must begin with https://")


def test_a_request_comes_back_from_the_result_that_holds_it():
    request = read(digicert_organization_id=501, check_mode=True)
    assert Request.of_result({**request.as_result(), "changed": False, "failed": False}) == request


@given(value=ANYTHING, computed=st.booleans(), answered=st.booleans(), name=st.sampled_from(list(VARIABLES)))
def test_any_value_is_taken_or_complained_of_and_no_filter_gets_lost(value, computed, answered, name):
    playbook = VARIABLES[name].playbooks[-1]
    whence = {"computed": (name,) if computed else (), "answered": (name,) if answered else ()}
    try:
        request = read(playbook, **whence, **{name: value})
    except Complaints as complaints:
        told = str(complaints)
    else:
        told = ""
    assert told.isprintable()
    if not told and name.removeprefix("digicert_") in FILTERS:
        left_out = value == "" and answered and not computed
        assert bool(request.filters) is not left_out


class TestStrangers:
    def test_known_names_and_those_of_other_people_are_no_strangers(self):
        names = [*VARIABLES, *HANDED_ON, "digicert_awx_organization", "inventory_hostname", "notes_of_mine"]
        assert strangers("cancel_orders", names, names) == []
        assert strangers("cancel_orders", [], ["notes"]) == []

    @pytest.mark.parametrize(
        ("name", "advice"),
        [
            ("digicert_organisation_id", "did you mean digicert_organization_id?"),
            ("digicert_dryrun", "did you mean digicert_dry_run?"),
            ("DigiCert_Note", "did you mean digicert_note?"),
            ("digicert_product_name", "did you mean digicert_product_name_id?"),
            ("digicertificates_note", "did you mean digicert_note?"),
            ("digicert_check_mode", "did you mean --check, or digicert_dry_run?"),
            ("digicert_check_later", "remove it, or give it a name that does not begin with digicert."),
            ("digicert", "remove it, or give it a name that does not begin with digicert."),
            ("digicert-xyzzy", "remove it, or give it a name that does not begin with digicert."),
        ],
    )
    def test_a_name_that_begins_so_is_one_wherever_it_comes_from(self, name, advice):
        assert strangers("cancel_stale_orders", [name], []) == [
            f"{name} is not a variable of this playbook: {advice}"
        ]

    def test_a_name_that_is_nearly_known_is_one_wherever_it_comes_from(self):
        assert strangers("cancel_orders", ["digcert_dry_run"], []) == [
            "digcert_dry_run is not a variable of this playbook: did you mean digicert_dry_run?"
        ]

    @pytest.mark.parametrize(
        ("name", "advice"),
        [
            ("dry_run", "digicert_dry_run"),
            ("dryrun", "digicert_dry_run"),
            ("organisation_id", "digicert_organization_id"),
            ("older_than_days", "digicert_older_than_days"),
            ("check_mode", "--check, or digicert_dry_run"),
            ("ansible_check_mode", "--check, or digicert_dry_run"),
            ("Check-Mode", "--check, or digicert_dry_run"),
            ("dry-run", "digicert_dry_run"),
            ("DRY_RUN", "digicert_dry_run"),
            ("dryRun", "digicert_dry_run"),
            ("check", "--check, or digicert_dry_run"),
            ("organization", "digicert_organization_id"),
        ],
    )
    def test_so_is_an_extra_variable_without_the_prefix_unless_somebody_made_use_of_it(self, name, advice):
        assert strangers("cancel_stale_orders", [name], []) == []
        assert strangers("cancel_stale_orders", [name], [name]) == [
            f"{name} is not a variable of this playbook: did you mean {advice}?"
        ]
        assert strangers("cancel_stale_orders", [name, *VARIABLES], [name]) == []

    def test_how_to_reach_a_service_is_everybody_s_name(self):
        assert strangers("cancel_stale_orders", [], ["timeout", "retries", "api_key", "validate_certs"]) == []

    def test_names_are_told_in_order(self):
        told = strangers("cancel_orders", ["digicert_b", "digicert_a"], ["digicert_c"])
        assert [text.split()[0] for text in told] == ["digicert_a", "digicert_b", "digicert_c"]


def test_variables_of_another_playbook_have_no_effect():
    assert without_effect("cancel_orders", [*VARIABLES, "x"]) == [
        "digicert_allow_more",
        "digicert_common_name",
        "digicert_container_id",
        "digicert_details",
        "digicert_email",
        "digicert_maximum",
        "digicert_older_than_days",
        "digicert_organization_id",
        "digicert_product_name_id",
        "digicert_user_id",
    ]
    assert without_effect("cancel_stale_orders", VARIABLES) == [
        "digicert_order_id",
        "digicert_previewed_states",
    ]
