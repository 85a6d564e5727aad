"""Who may call: what callers of one version show, and whether the other one takes it."""

import pytest

from compat.intent.model import Then
from compat.intent.problem import IntentError
from compat.model.interface import Interface
from tests.compat.plan.making import NEW, OLD, Bridge, Message
from tests.compat.plan.whole import crossed, put

PUT = "PUT /volumes"
SCHEMES = """
  basic: {type: http, scheme: Basic}
  bearer: {type: http, scheme: bearer, bearerFormat: JWT}
  key: {type: apiKey, in: header, name: X-Key}
  query: {type: apiKey, in: query, name: key}
  oauth:
    type: oauth2
    flows:
      clientCredentials: {tokenUrl: /t, scopes: {read: r, write: w}}
  flows:
    type: oauth2
    flows:
      clientCredentials: {tokenUrl: /t, scopes: {read: r, write: w}}
      authorizationCode: {tokenUrl: /t, authorizationUrl: /a, scopes: {read: r, write: w}}
  open: {type: openIdConnect, openIdConnectUrl: https://issuer}
  other: {type: openIdConnect, openIdConnectUrl: https://another}
"""
SCHEMES_OF_20 = """
  basic: {type: basic}
  key: {type: apiKey, in: header, name: x-key}
  oauth: {type: oauth2, flow: application, tokenUrl: /t, scopes: {read: r, write: w}}
"""


def secured(
    security: str, schemes: str = SCHEMES, dialect: str = "3.1", more: str = ""
) -> Interface:
    holder = "securityDefinitions:" if dialect == "2.0" else "components:\n securitySchemes:"
    return put(f"{{security: {security}{more}}}", f"{holder}{schemes}", dialect)


def between(old: str, new: str) -> Bridge:
    return crossed(secured(old), secured(new))


def verdicts(made: Bridge) -> tuple[str, str]:
    (found,) = made.found.values()
    return found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[]", "[{key: []}]", ("needs-intent", "none")),
        ("[{key: []}]", "[{basic: []}]", ("needs-intent", "needs-intent")),
        ("[{key: []}]", "[{key: []}, {basic: []}]", ("none", "needs-intent")),
        ("[{key: []}]", "[{key: [], basic: []}]", ("needs-intent", "none")),
        ("[{key: []}]", "[{key: []}, {}]", ("none", "needs-intent")),
        ("[{oauth: [read]}]", "[{oauth: [read, write]}]", ("needs-intent", "none")),
        ("[{oauth: [read]}]", "[{flows: [read]}]", ("none", "needs-intent")),
        ("[{open: []}]", "[{other: []}]", ("needs-intent", "needs-intent")),
        ("[{oauth: []}]", "[{bearer: []}]", ("needs-intent", "needs-intent")),
    ],
)
def test_whoever_cannot_show_what_is_asked_needs_a_word(
    old: str, new: str, expected: tuple[str, str]
) -> None:
    assert verdicts(between(old, new)) == expected
    assert verdicts(between(new, old)) == expected[::-1]


def flow(addresses: str, name: str = "authorizationCode") -> Interface:
    scheme = f"{{type: oauth2, flows: {{{name}: {{scopes: {{}}, {addresses}}}}}}}"
    return secured("[{oauth: []}]", f"\n  oauth: {scheme}")


@pytest.mark.parametrize("address", ["authorizationUrl", "tokenUrl", "refreshUrl"])
def test_a_client_that_knows_an_address_of_oauth_needs_another(address: str) -> None:
    one, other = flow(f"{address}: /one"), flow(f"{address}: /other")
    made = crossed(one, other)
    assert verdicts(made) == ("needs-intent", "needs-intent")
    (found,) = made.plan.differences
    for side in ("one", "other"):
        assert f"authorizationCode {address} /{side}" in found.message
    assert crossed(one, one).is_silent


def test_an_address_more_is_no_matter_to_those_who_do_not_know_it() -> None:
    one, more = flow("tokenUrl: /t"), flow("tokenUrl: /t, refreshUrl: /r")
    assert verdicts(crossed(one, more)) == ("none", "needs-intent")


def test_the_addresses_of_2_0_are_those_of_its_one_flow() -> None:
    old = secured("[{oauth: []}]", SCHEMES_OF_20, "2.0")
    assert crossed(old, flow("tokenUrl: /t", "clientCredentials")).is_silent
    assert crossed(old, flow("tokenUrl: /u", "clientCredentials")).gaps


@pytest.mark.parametrize("security", ["[{basic: []}]", "[{key: []}]", "[{oauth: [read]}]"])
def test_the_dialect_makes_no_difference(security: str) -> None:
    assert crossed(secured(security, SCHEMES_OF_20, "2.0"), secured(security)).is_silent


def test_names_of_schemes_and_the_order_of_alternatives_make_no_difference() -> None:
    renamed = SCHEMES.replace("  basic:", "  login:").replace("JWT", "opaque")
    old = secured("[{basic: []}, {bearer: []}]")
    assert crossed(old, secured("[{bearer: []}, {login: []}]", renamed)).is_silent


def test_an_empty_list_is_no_demand_and_overrides_that_of_the_whole_spec() -> None:
    root = f"{{security: [{{key: []}}], components: {{securitySchemes: {{{_flow(SCHEMES)}}}}}}}"
    assert crossed(put("{}", root), secured("[{key: []}]")).is_silent
    assert crossed(put("{security: []}", root), put("{}")).is_silent


def _flow(schemes: str) -> str:
    return "key: {type: apiKey, in: header, name: X-Key}" if "X-Key" in schemes else ""


def test_a_call_passes_for_the_server_says_what_is_missing() -> None:
    made = between("[]", "[{key: []}]")
    assert made.sends(OLD, PUT, Message()) == Message()
    (found,) = made.plan.differences
    assert "401 or 403" in found.judgements[OLD].treatment


def test_a_person_may_say_that_credentials_do() -> None:
    made = crossed(secured("[]"), secured("[{key: []}]"), security_changed=None)
    assert verdicts(made) == ("lossy", "none")
    with pytest.raises(IntentError, match="credentials pass as they are"):
        crossed(secured("[]"), secured("[{key: []}]"), security_changed=Then.DROP)


def test_a_key_is_moved_to_where_it_is_looked_for() -> None:
    made = between("[{query: []}]", "[{key: []}]")
    assert made.found == {
        "security-key-moved security apiKey query key to apiKey header x-key": (
            "lossless",
            "lossless",
        )
    }
    query, header = Message(query=(("key", "s"),)), Message(headers=(("x-key", "s"),))
    assert made.sends(OLD, PUT, query) == header
    assert made.sends(NEW, PUT, header) == query


def test_a_key_that_is_a_parameter_of_every_request_is_shown() -> None:
    parameter = ", parameters: [{name: X-KEY, in: header, required: true, schema: {type: string}}]"
    made = crossed(secured("[]", more=parameter), secured("[{key: []}]", more=parameter))
    assert verdicts(made) == ("none", "none")
