"""kubectl, helm and docker, by the context that is meant."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LOCAL_CONTEXTS = ("kind-", "k3d-", "minikube", "docker-desktop", "rancher-desktop", "orbstack", "colima")


class ToolError(Exception):
    """Something that the person at the keyboard can mend; the text says how."""


def require(*programs: str) -> None:
    """Fail when a program is not on ``PATH``.

    Raises:
        ToolError: names all that are missing.
    """
    if missing := [program for program in programs if shutil.which(program) is None]:
        raise ToolError(f"not on PATH: {', '.join(missing)}. Install them, see docs/kubernetes.md.")


def run(*command: str, text: str | None = None) -> str:
    """Run a command and return what it prints.

    Raises:
        ToolError: the command failed; with what it said.
    """
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"{' '.join(command)}\n{(done.stderr or done.stdout).strip()}")
    return done.stdout


def show(*command: str, text: str | None = None) -> None:
    """Run a command and let its output through.

    Raises:
        ToolError: the command failed; it has said why itself.
    """
    done = subprocess.run(command, input=text, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"failed: {' '.join(command)}")


@dataclass(frozen=True)
class Target:
    """The cluster that a command is for.

    Attributes:
        context: Of the kubeconfig.
    """

    context: str

    @classmethod
    def choose(cls, context: str) -> "Target":
        """The named context, else the current one if that is a cluster on this machine.

        Raises:
            ToolError: the current context may be anybody's cluster, so it has to be named.
        """
        require("kubectl", "helm")
        if context:
            return cls(context)
        current = run("kubectl", "config", "current-context").strip()
        if not current.startswith(LOCAL_CONTEXTS):
            raise ToolError(f"The current context is {current}. To use it, name it: CONTEXT={current}")
        return cls(current)

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """Run kubectl and return what it prints."""
        return run("kubectl", "--context", self.context, *arguments, text=text)

    def get(self, *arguments: str) -> Any:
        """What ``kubectl get`` knows, as its JSON."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def helm(self, *arguments: str) -> str:
        """Run helm and return what it prints."""
        return run("helm", "--kube-context", self.context, *arguments)


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the option that all tools have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--context", default=os.environ.get("SKAFFOLD_KUBE_CONTEXT", ""), help="of the kubeconfig"
    )
    return parser


def main(work: Callable[[], None]) -> int:
    """Run a tool; what went wrong is said in a line, not in a traceback."""
    try:
        work()
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
