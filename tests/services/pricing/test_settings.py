"""The shop's currencies and tax rates, as the environment gives them."""

import json
from decimal import Decimal
from typing import Any

import pytest
from bunmart_pricing.domain import CurrencyTerms
from bunmart_pricing.settings import Settings
from pydantic import ValidationError


def test_a_shop_sells_in_euro_unless_it_says_otherwise() -> None:
    terms = Settings().terms

    assert dict(terms.currencies) == {"EUR": CurrencyTerms(Decimal("4.90"), Decimal("30.00"))}
    assert (terms.default_currency, terms.delivery_tax_rate) == ("EUR", Decimal(19))
    assert [terms.tax_rate(each) for each in ("food", "beverage", "candles")] == [7, 19, 19]


def test_a_shop_without_euro_prefers_its_first_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    currencies = {"USD": {"delivery_fee": "5.50"}, "JPY": {"delivery_fee": "600", "free_from": "4000"}}
    monkeypatch.setenv("BUNMART_SHOP_CURRENCIES", json.dumps(currencies))
    monkeypatch.setenv("BUNMART_TAX_RATES", '{"standard": "8.25"}')

    terms = Settings().terms

    assert (list(terms.currencies), terms.default_currency) == (["USD", "JPY"], "USD")
    assert [terms.delivery_fee(Decimal(4000), each) for each in terms.currencies] == [Decimal("5.50"), 0]
    assert terms.tax_rate("food") == Decimal("8.25")


@pytest.mark.parametrize(
    "wrong",
    [
        {"shop_currencies": {}},
        {"shop_currencies": {"KWD": {"delivery_fee": "1"}}},
        {"shop_currencies": {"UGX": {"delivery_fee": "1000"}}},
        {"shop_currencies": {"EUX": {"delivery_fee": "1"}}},
        {"shop_currencies": {"JPY": {"delivery_fee": "600.50"}}},
        {"shop_currencies": {"EUR": {"delivery_fee": "4.90", "free_from": "30.005"}}},
        {"shop_currencies": {"EUR": {"delivery_fee": "-1"}}},
        {"shop_currencies": {"EUR": {"fee": "1"}}},
        {"currency_code": "USD"},
        {"tax_rates": {"food": "7"}},
        {"tax_rates": {"standard": "100"}},
        {"tax_rates": {"standard": "9.975"}},
    ],
)
def test_a_shop_that_could_not_sell_does_not_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)
