"""Installs what a platform would provide: Postgres, the Stripe emulator, the mail catcher and the secrets.

A release of its own, so that neither Ctrl-C in skaffold nor an uninstall of the shop takes its data. Run by
``make cluster-development``, which builds the images first; may be repeated.
"""

import shlex
import sys

from tools.cluster.commands import Target, main, parser
from tools.cluster.images import load

NAMESPACE = "bunmart-dev"
CHART = "charts/development"
# Image and where charts/development has its tag. The shop's release has the others by their plain tag.
PARTS = {
    "postgres": "postgres.image.tag",
    "stripe-emulator": "stripeEmulator.image.tag",
    "mail-catcher": "mailCatcher.image.tag",
    "dev-tools": "secrets.image.tag",
    "mesh-tools": "",
    "envoy": "",
}
INGRESS = {"envoy": "edge.bunmart.svc", "istio": "bunmart-istio.bunmart.svc"}
"""The ingress of each provider. The emulator sends its webhooks there, as Stripe would."""


def settings(tags: dict[str, str], tag: str) -> list[str]:
    """Return Helm's settings that pin each image by its content, so that an upgrade replaces changed ones."""
    pins = [(value, tags[f"bunmart/{part}:{tag}"]) for part, value in PARTS.items() if value]
    return [word for value, pin in pins for word in ("--set-string", f"{value}={pin}")]


def work() -> None:
    """Read the command line."""
    options = parser(__doc__)
    options.add_argument("--tag", default="dev", help="of the images that are built")
    options.add_argument("--provider", choices=sorted(INGRESS), default="envoy", help="of the shop's mesh")
    options.add_argument("--helm-flags", default="", help="more words for helm, such as --values FILE")
    chosen = options.parse_args()
    target = Target.choose(chosen.context)
    tags = load(target, [f"bunmart/{part}:{chosen.tag}" for part in PARTS])
    print("development: Postgres, Stripe emulator, mail catcher, secrets ...", flush=True)
    target.helm(
        *("upgrade", "--install", "development", CHART, "--namespace", NAMESPACE),
        *settings(tags, chosen.tag),
        *("--set-string", f"stripeEmulator.webhookUrl=http://{INGRESS[chosen.provider]}/webhooks/stripe"),
        *shlex.split(chosen.helm_flags),
        # Flags of an earlier time hold until others are given: skaffold's hook gives none.
        "--reset-then-reuse-values",
        # The shop starts when the Job has written its Secrets.
        *("--wait", "--wait-for-jobs", "--timeout", "8m"),
    )
    print(f"development: ready in {NAMESPACE}")


if __name__ == "__main__":
    sys.exit(main(work))
