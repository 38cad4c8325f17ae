"""``python -m bunmart_chassis``: run the service that ``BUNMART_SERVICE`` names, as images do."""

import os
import runpy
import sys


def main() -> None:
    """Run ``bunmart_<name>`` as ``python -m bunmart_<name>`` would."""
    name = os.environ.get("BUNMART_SERVICE", "")
    if not name.isidentifier():
        sys.exit("BUNMART_SERVICE must name the service to run, for example BUNMART_SERVICE=order")
    runpy.run_module(f"bunmart_{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
