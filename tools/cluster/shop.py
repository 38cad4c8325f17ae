"""Installs the shop, charts/bunmart, or removes it: ``python -m tools.cluster.shop install``."""

import shlex
import sys

from tools.cluster.commands import Target, main, parser, show

CHART = "charts/bunmart"
PLACE = ("bunmart", "--namespace", "bunmart")


def examples(provider: str) -> list[str]:
    """The values files of a development cluster."""
    files = [f"{CHART}/examples/dev.yaml"]
    return [*files, f"{CHART}/examples/dev-istio.yaml"] if provider == "istio" else files


def work() -> None:
    """Read the command line."""
    options = parser(__doc__)
    options.add_argument("action", choices=("install", "uninstall"))
    options.add_argument("--provider", choices=("envoy", "istio"), default="envoy")
    options.add_argument("--tag", default="dev", help="of all images")
    options.add_argument("--values", default="", help="values files instead of the examples for development")
    options.add_argument("--helm-flags", default="", help="more words for helm")
    chosen = options.parse_args()
    target = Target.choose(chosen.context)
    helm = ("helm", "--kube-context", target.context)
    if chosen.action == "uninstall":
        show(*helm, "uninstall", *PLACE, "--ignore-not-found", "--wait", "--timeout", "5m")
        return
    files = chosen.values.split() or examples(chosen.provider)
    values = [word for file in files for word in ("--values", file)]
    show(
        *(*helm, "upgrade", "--install", PLACE[0], CHART, *PLACE[1:], *values),
        *("--set-string", f"global.image.tag={chosen.tag}", *shlex.split(chosen.helm_flags)),
        *("--wait", "--timeout", "12m"),
    )


if __name__ == "__main__":
    sys.exit(main(work))
