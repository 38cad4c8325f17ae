"""A kind cluster with a local registry: ``python -m tools.cluster.kind up --workers 2``.

The registry is a container of its own that outlives the cluster; ``localhost:5001/name:tag`` means the same
image on this machine and in a pod, see https://kind.sigs.k8s.io/docs/user/local-registry/.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from tools.cluster.commands import ToolError, main, require, run, show

CONFIG = Path("k8s/kind/cluster.yaml")
REGISTRY = "kind-registry"
REGISTRY_IMAGE = "registry:3"
PORT = 5001


def config(workers: int) -> str:
    """The cluster's configuration with so many worker nodes."""
    document: dict[str, Any] = yaml.safe_load(CONFIG.read_text())
    document["nodes"] += [{"role": "worker"}] * workers
    return yaml.safe_dump(document, sort_keys=False)


def start_registry() -> None:
    """Start the registry's container, or make it."""
    if run("docker", "ps", "-aq", "--filter", f"name=^{REGISTRY}$").strip():
        run("docker", "start", REGISTRY)
        return
    published = f"127.0.0.1:{PORT}:5000"
    options = ("-d", "--restart=always", "--network", "bridge", "-p", published, "--name", REGISTRY)
    show("docker", "run", *options, REGISTRY_IMAGE)


def connect_registry(cluster: str) -> None:
    """Tell the nodes and the cluster's tools where the registry is."""
    folder = f"/etc/containerd/certs.d/localhost:{PORT}"
    for node in run("kind", "get", "nodes", "--name", cluster).split():
        run("docker", "exec", node, "mkdir", "-p", folder)
        hosts = f'[host."http://{REGISTRY}:5000"]\n'
        run("docker", "exec", "-i", node, "cp", "/dev/stdin", f"{folder}/hosts.toml", text=hosts)
    networks = run("docker", "inspect", "-f", "{{json .NetworkSettings.Networks}}", REGISTRY)
    if '"kind"' not in networks:
        run("docker", "network", "connect", "kind", REGISTRY)
    hosting = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "local-registry-hosting", "namespace": "kube-public"},
        "data": {"localRegistryHosting.v1": yaml.safe_dump({"host": f"localhost:{PORT}"})},
    }
    run("kubectl", "--context", f"kind-{cluster}", "apply", "-f", "-", text=yaml.safe_dump(hosting))


def unlimit_network(cluster: str) -> None:
    """Take the CPU limit off kindnet, which judges the packets of all pods that a NetworkPolicy selects.

    With its 100m, and every pod of BunMart selected, connections time out under load
    (https://github.com/kubernetes-sigs/kind/issues/4222).
    """
    context = ("--context", f"kind-{cluster}", "--namespace", "kube-system")
    name = "daemonset/kindnet"
    if not run("kubectl", *context, "get", name, "--ignore-not-found", "-o", "name").strip():
        return
    container = {"name": "kindnet-cni", "resources": {"limits": None}}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    run("kubectl", *context, "patch", name, "-p", json.dumps(patch))
    run("kubectl", *context, "rollout", "status", name, "--timeout=3m")


def up(cluster: str, workers: int, image: str) -> None:
    """Make the cluster unless it is there.

    Raises:
        ToolError: kind, docker or kubectl are missing, or docker does not answer.
    """
    require("docker", "kind", "kubectl", "helm")
    run("docker", "version", "--format", "{{.Server.Version}}")
    start_registry()
    if cluster in run("kind", "get", "clusters").split():
        print(f"The kind cluster {cluster} is there; `make cluster-down` removes it.")
    else:
        chosen = ("--image", image) if image else ()
        show(
            "kind",
            "create",
            "cluster",
            "--name",
            cluster,
            "--config",
            "-",
            "--wait",
            "3m",
            *chosen,
            text=config(workers),
        )
    connect_registry(cluster)
    unlimit_network(cluster)


def route(cluster: str) -> None:
    """Let this machine reach the addresses of Services, through the kube-proxy of the node.

    Needs Linux, where the node's address is on a bridge of this machine, and ``sudo``.
    """
    node = f"{cluster}-control-plane"
    address = run("docker", "inspect", "-f", "{{.NetworkSettings.Networks.kind.IPAddress}}", node).strip()
    context = ("--context", f"kind-{cluster}", "--namespace", "kube-system")
    settings = run("kubectl", *context, "get", "configmap", "kubeadm-config", "-o", "jsonpath={.data.*}")
    services = yaml.safe_load(settings)["networking"]["serviceSubnet"]
    run("sudo", "ip", "route", "replace", services, "via", address)
    print(f"{services} goes through {node}")


def down(cluster: str) -> None:
    """Delete the cluster and all that is in it; the registry stays, it costs nothing and keeps the images."""
    require("docker", "kind")
    show("kind", "delete", "cluster", "--name", cluster)


def work() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("up", "down", "route"))
    parser.add_argument("--name", default="bunmart", help="of the cluster; its context is kind-<name>")
    parser.add_argument("--workers", type=int, default=0, help="worker nodes beside the control plane")
    parser.add_argument("--image", default="", help="node image; by default that of the kind release")
    options = parser.parse_args()
    if options.workers < 0:
        raise ToolError("--workers is 0 or more")
    if options.action == "up":
        up(options.name, options.workers, options.image)
    elif options.action == "down":
        down(options.name)
    else:
        route(options.name)


if __name__ == "__main__":
    sys.exit(main(work))
