"""The emulator's HTML."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from bunmart_dev.stripe_emulator.cards import CARDS
from bunmart_dev.stripe_emulator.intents import CONFIRMABLE
from bunmart_dev.stripe_emulator.objects import PaymentIntent

_ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split()  # noqa: SIM905 - a table
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }}
body {{ margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #8884; padding: .4rem .8rem .4rem 0; text-align: left; }}
td {{ vertical-align: top; }}
td.amount {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
code {{ font-size: .85em; overflow-wrap: anywhere; }}
form {{ margin: 0; white-space: nowrap; }}
.notice {{ border-left: .3rem solid #c33; padding: .3rem .8rem; }}
.quiet {{ opacity: .7; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def intents_page(page: Iterable[PaymentIntent], notice: str) -> str:
    """Show the intents, newest first, with a Pay button where one can be paid."""
    rows = "".join(_row(intent) for intent in page)
    head = "<tr><th>Created (UTC)</th><th>Payment intent</th><th>Amount</th><th>Status</th><th></th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else "<p>No payment yet.</p>"
    warning = f'<p class="notice" role="alert">{escape(notice)}</p>' if notice else ""
    return _PAGE.format(title="Stripe emulator", body=warning + table)


def authentication_page(intent: PaymentIntent) -> str:
    """Show the bank's challenge."""
    if intent.status != "requires_action":
        body = f"<p>This payment needs no authentication: it is {escape(intent.status)}.</p>"
    else:
        body = (
            f"<p>The bank asks whether you pay <strong>{escape(_money(intent))}</strong>.</p>"
            '<form method="post">'
            '<button name="outcome" value="pass">Confirm</button> '
            '<button name="outcome" value="fail">Refuse</button>'
            "</form>"
        )
    return _PAGE.format(title="3D Secure", body=body)


def _row(intent: PaymentIntent) -> str:
    created = datetime.fromtimestamp(intent.created, UTC).strftime("%Y-%m-%d %H:%M:%S")
    metadata = ", ".join(f"{key}: {value}" for key, value in intent.metadata.items())
    failure = (intent.last_payment_error or {}).get("message", "")
    return (
        f"<tr><td>{created}</td>"
        f'<td><code>{escape(intent.id)}</code><br><span class="quiet">{escape(metadata)}</span></td>'
        f'<td class="amount">{escape(_money(intent))}</td>'
        f'<td>{escape(intent.status)}<br><span class="quiet">{escape(failure)}</span></td>'
        f"<td>{_action(intent)}</td></tr>"
    )


def _action(intent: PaymentIntent) -> str:
    if intent.status == "requires_action":
        return f'<a href="/_emulator/authenticate/{escape(intent.id)}">Authenticate</a>'
    if intent.status not in CONFIRMABLE:
        return ""
    options = "".join(f"<option>{card.payment_method}</option>" for card in CARDS)
    return (
        f'<form method="post" action="/_emulator/intents/{escape(intent.id)}/pay">'
        f'<select name="payment_method" aria-label="Test card">{options}</select> <button>Pay</button></form>'
    )


def _money(intent: PaymentIntent) -> str:
    currency = intent.currency.upper()
    if intent.currency in _ZERO_DECIMAL:
        return f"{intent.amount} {currency}"
    return f"{intent.amount // 100}.{intent.amount % 100:02} {currency}"
