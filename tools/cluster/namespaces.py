"""Makes the namespaces of ``k8s/namespaces`` and labels them for a provider; may be repeated."""

import sys
from pathlib import Path

from tools.cluster.commands import Target, main, parser

FOLDER = Path("k8s/namespaces")


def files(provider: str, *, cni: bool) -> list[Path]:
    """The manifests for a provider."""
    own = "istio-init" if provider == "istio" and not cni else provider
    return [FOLDER / "common.yaml", FOLDER / f"{own}.yaml"]


def work() -> None:
    """Read the command line."""
    options = parser(__doc__)
    options.add_argument("--provider", choices=("envoy", "istio"), default="envoy")
    options.add_argument("--istio-cni", choices=("true", "false"), default="true")
    chosen = options.parse_args()
    target = Target.choose(chosen.context)
    words = [
        word for path in files(chosen.provider, cni=chosen.istio_cni == "true") for word in ("-f", str(path))
    ]
    # Server side: labels of the other provider's file are removed, and labels that others have set stay.
    apply = ("apply", "--server-side", "--field-manager=bunmart", "--force-conflicts")
    print(target.kubectl(*apply, *words), end="")


if __name__ == "__main__":
    sys.exit(main(work))
