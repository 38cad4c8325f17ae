"""Writes the state of a cluster to ``.local/cluster-logs``: pods, events and logs."""

import sys
from pathlib import Path

from tools.cluster.commands import Target, ToolError, main, parser

FOLDER = Path(".local/cluster-logs")
NAMESPACES = ("bunmart", "bunmart-dev", "istio-system", "kube-system")


def said(target: Target, *arguments: str) -> str:
    """Return the output of kubectl, or its error, so that one missing log does not hide the others."""
    try:
        return target.kubectl(*arguments)
    except ToolError as error:
        return f"{error}\n"


def describe(target: Target, namespace: str) -> None:
    """Return the state of a namespace."""
    place = ("--namespace", namespace)
    write(f"{namespace}/objects.txt", said(target, *place, "get", "all", "-o", "wide"))
    write(f"{namespace}/events.txt", said(target, *place, "get", "events", "--sort-by=.lastTimestamp"))
    write(f"{namespace}/pods.txt", said(target, *place, "describe", "pods"))


def logs(target: Target, namespace: str) -> None:
    """Return the logs of each container, and of the run before it where there was one."""
    for pod in target.get("pods", "--namespace", namespace)["items"]:
        name = pod["metadata"]["name"]
        status = pod["status"]
        for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
            which = ("--namespace", namespace, "logs", name, "--container", container["name"], "--tail=5000")
            write(f"{namespace}/{name}.{container['name']}.log", said(target, *which))
            if container.get("restartCount", 0):
                write(
                    f"{namespace}/{name}.{container['name']}.before.log", said(target, *which, "--previous")
                )


def write(name: str, text: str) -> None:
    """Write a file below the folder."""
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def work() -> None:
    """Read the command line."""
    target = Target.choose(parser(__doc__).parse_args().context)
    write("nodes.txt", said(target, "describe", "nodes"))
    present = {namespace["metadata"]["name"] for namespace in target.get("namespaces")["items"]}
    for namespace in NAMESPACES:
        if namespace in present:
            describe(target, namespace)
            logs(target, namespace)
    print(f"written to {FOLDER}")


if __name__ == "__main__":
    sys.exit(main(work))
