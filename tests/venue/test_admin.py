"""The operator's door: who may use it, and what it does."""

import pytest

from tests.venue.site import Key, Site
from tradelatch.venue.api.admin import is_loopback


def test_the_token_is_needed_and_private(site: Site) -> None:
    assert (site.directory / "admin.token").stat().st_mode & 0o777 == 0o600
    assert site.request("GET", "/admin/status")[0] == 401
    assert site.request("GET", "/admin/status", None, {"Authorization": "Bearer x"})[0] == 401


def test_only_this_machine_counts_as_loopback() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("10.0.0.1")
    assert not is_loopback("")


def test_accounts_keys_and_deposits(site: Site) -> None:
    opened = site.admin("accounts", {"account": "ann", "balances": {"BTC": "1.5"}})
    assert opened == {"account": "ann", "balances": {"BTC": "1.50000000"}}
    issued = site.admin("keys", {"account": "ann", "rights": ["read"]})
    assert issued["rights"] == ["read"]
    site.admin("deposits", {"account": "ann", "asset": "ETH", "amount": "2"})
    assert site.admin("balances?account=ann") == {
        "ann": {
            "BTC": {"free": "1.50000000", "locked": "0.00000000"},
            "ETH": {"free": "2.00000000", "locked": "0.00000000"},
        }
    }
    assert "house-maker" not in site.admin("balances")


def test_status(site: Site) -> None:
    status = site.admin("status")
    assert (status["violations"], status["tapes"]) == ([], {})
    assert status["log"] == str(site.log)
    assert status["still"] is True


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("accounts", {"account": "Bad Name"}, "name"),
        ("accounts", {"account": "house-maker"}, "exists"),
        ("accounts", {"account": "new", "balances": {"XXX": "1"}}, "XXX"),
        ("accounts", {"account": "new", "balances": {"BTC": "-1"}}, "plain decimal"),
        ("accounts", {"account": "new", "balances": {"BTC": "0"}}, "above zero"),
        ("accounts", {"account": "new", "balances": {"BTC": "0.000000001"}}, "decimals"),
        ("accounts", {"account": "new", "taker_fee": "2"}, "fee"),
        ("accounts", {"nonsense": 1}, "nonsense"),
        ("accounts", [], "object"),
        ("keys", {"account": "nobody"}, "nobody"),
        ("keys", {"account": "house-maker", "rights": ["fly"]}, "fly"),
        ("deposits", {"account": "nobody", "asset": "BTC", "amount": "1"}, "nobody"),
        ("valuation", {"account": "nobody"}, "nobody"),
        ("key-rules", {"unbound_days": -1}, "number of days"),
        ("key-rules", {"idle_days": 10**30}, "number of days"),
        ("still", {"still": "yes"}, "bool"),
    ],
)
def test_what_cannot_be_done_is_said(site: Site, path: str, body: object, text: str) -> None:
    status, answer = site.try_admin(path, body)
    assert status == 400
    assert text in answer["error"]
    assert "new" not in site.admin("balances")


def test_valuation_leaves_out_the_thiefs_support(site: Site, key: Key) -> None:
    victim = site.open_account("victim", VIN="1000000")
    thief = site.open_account("thief", BTC="100")
    honest = site.admin("valuation", {"account": "victim"})
    assert 0 < float(honest["total"]) < 1.4
    order = {"symbol": "VINBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    # Just under the best bid, so that nobody sells into it.
    status, answer = site.signed(
        thief, "POST", "/api/v3/order", **order, quantity="1000000", price="0.00002138"
    )
    assert status == 200, answer
    assert float(site.admin("valuation", {"account": "victim"})["total"]) > 20
    without = site.admin("valuation", {"account": "victim", "without": ["thief"]})
    assert without["total"] == honest["total"]
    assert float(without["after_fees"]) == pytest.approx(float(without["total"]) * 0.999)
    assert without["holdings"]["VIN"]["amount"] == "1000000.00000000"
    assert float(without["holdings"]["VIN"]["sellable"]) < 1_000_000
    assert site.signed(victim, "GET", "/api/v3/account")[0] == 200
