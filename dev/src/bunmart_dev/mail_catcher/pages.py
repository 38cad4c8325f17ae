"""The mail catcher's HTML; whatever came by mail is escaped or locked in a sandbox."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from bunmart_dev.mail_catcher.messages import Message, Summary

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'"
)
"""Also holds in the sandbox: no scripts, and no remote images that would tell somebody."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }}
body {{ margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
h1, td {{ overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #8884; padding: .4rem .8rem .4rem 0; text-align: left; }}
td {{ vertical-align: top; }}
td.time {{ font-variant-numeric: tabular-nums; white-space: nowrap; }}
pre {{ overflow-wrap: anywhere; white-space: pre-wrap; }}
iframe {{ background: #fff; border: 1px solid #8884; height: 40rem; width: 100%; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def list_page(messages: Sequence[Summary], to: str) -> str:
    """Show the messages, newest first."""
    rows = "".join(_row(message) for message in messages)
    search = (
        '<form role="search"><label>To <input type="search" name="to" '
        f'value="{escape(to)}"></label> <button>Filter</button></form>'
    )
    head = "<tr><th>Received (UTC)</th><th>Subject</th><th>From</th><th>To</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else "<p>No messages.</p>"
    return _PAGE.format(title="Caught mail", body=search + table)


def message_page(message: Message) -> str:
    """Show one message."""
    facts = "".join(
        f"<tr><th>{name}</th><td>{escape(value)}</td></tr>"
        for name, value in (
            ("Received", _time(message)),
            ("From", message.from_header or message.envelope_from),
            ("To", ", ".join(message.to)),
        )
        if value
    )
    if message.attachments:
        facts += f"<tr><th>Attachments</th><td>{_attachments(message)}</td></tr>"
    text = f"<h2>Text</h2><pre>{escape(message.text)}</pre>" if message.text is not None else ""
    html = (
        f'<h2>HTML</h2><iframe sandbox title="HTML part" srcdoc="{escape(message.html)}"></iframe>'
        if message.html is not None
        else ""
    )
    links = f'<p><a href="/">All messages</a> · <a href="/messages/{quote(message.id)}/raw">Source</a></p>'
    return _PAGE.format(title=_subject(message), body=f"{links}<table>{facts}</table>{text}{html}")


def _attachments(message: Message) -> str:
    folder = f"/messages/{quote(message.id)}/attachments"
    return "<br>".join(
        f'<a href="{folder}/{index}">{escape(file.filename or file.content_type)}</a> '
        f"({escape(file.content_type)}, {file.size_bytes} bytes)"
        for index, file in enumerate(message.attachments)
    )


def _row(message: Summary) -> str:
    return (
        f'<tr><td class="time">{_time(message)}</td>'
        f'<td><a href="/view/{quote(message.id)}">{_subject(message)}</a></td>'
        f"<td>{escape(message.from_header or message.envelope_from)}</td>"
        f"<td>{escape(', '.join(message.to))}</td></tr>"
    )


def _subject(message: Summary) -> str:
    return escape(message.subject or "(no subject)")


def _time(message: Summary) -> str:
    return message.received_at.strftime("%Y-%m-%d %H:%M:%S")
