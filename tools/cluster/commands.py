"""Runs kubectl, helm and docker against one named cluster."""

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
SKAFFOLD_CONTEXT = "SKAFFOLD_KUBE_CONTEXT"


class ToolError(Exception):
    """A problem that the person at the terminal can solve; the text says how."""


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
        """The named context, else skaffold's or the current one if that is a cluster on this machine.

        skaffold tells its hooks where it deploys to. That may be no more than the current context, so it
        says which cluster is meant, and not that somebody has named it.

        Raises:
            ToolError: the context may be anybody's cluster, so it has to be named; or two are meant.
        """
        require("kubectl", "helm")
        skaffold = os.environ.get(SKAFFOLD_CONTEXT, "")
        if context and skaffold not in {"", context}:
            raise ToolError(f"CONTEXT is {context}, but {SKAFFOLD_CONTEXT} is {skaffold}: which is meant?")
        if context:
            return cls(context)
        if skaffold:
            return cls.on_this_machine(skaffold, "skaffold's", f"CONTEXT={skaffold} skaffold dev")
        current = run("kubectl", "config", "current-context").strip()
        return cls.on_this_machine(current, "The current", f"CONTEXT={current}")

    @classmethod
    def on_this_machine(cls, context: str, whose: str, remedy: str) -> "Target":
        """A context that nobody has named.

        Raises:
            ToolError: its cluster is not on this machine; with the remedy.
        """
        if not context.startswith(LOCAL_CONTEXTS):
            raise ToolError(
                f"{whose} context is {context}, not of this machine. To use it, name it: {remedy}"
            )
        return cls(context)

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """Run kubectl and return what it prints."""
        return run("kubectl", "--context", self.context, *arguments, text=text)

    def get(self, *arguments: str) -> Any:
        """Return the JSON that ``kubectl get`` prints."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def helm(self, *arguments: str) -> str:
        """Run helm and return what it prints."""
        return run("helm", "--kube-context", self.context, *arguments)


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the option that all tools have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--context", default="", help="of the kubeconfig")
    return parser


def main(work: Callable[[], None]) -> int:
    """Run a tool; print a ``ToolError`` as one line instead of a traceback."""
    try:
        work()
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
