"""Images of the local Docker engine in the nodes of a kind cluster."""

import hashlib
import json

from tools.cluster.commands import Target, require, run

KIND = "kind-"


def content_tag(image: str) -> str:
    """A tag that changes with what the image runs, ``dev-3f2a91c07be4``.

    Not its id: that changes with the labels, which name the commit, and Postgres need not restart for those.
    """
    (image_json,) = json.loads(run("docker", "image", "inspect", image))
    runs = {key: value for key, value in image_json["Config"].items() if key not in {"Labels", "Image"}}
    content = json.dumps([image_json["RootFS"]["Layers"], runs], sort_keys=True)
    return f"{image.rpartition(':')[2]}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def load(target: Target, images: list[str]) -> dict[str, str]:
    """Bring images to all nodes; those that are there already are left out.

    The image of ``bunmart/envoy:dev`` gets a second tag that names its content. A node that has both tags on
    one image has this very image, which the movable tag alone would not tell.

    Returns:
        the content tag of each image.
    """
    tags = {image: content_tag(image) for image in images}
    if not target.context.startswith(KIND):
        print(f"{target.context} is no kind cluster: it must have {', '.join(images)} by itself.")
        return tags
    require("docker", "kind")
    nodes = on_nodes(target)
    for image, tag in tags.items():
        alias = f"{image.rpartition(':')[0]}:{tag}"
        if all(any({image, alias} <= names for names in node) for node in nodes):
            continue
        print(f"loading {alias}", flush=True)
        run("docker", "tag", image, alias)
        run("kind", "load", "docker-image", "--name", target.context.removeprefix(KIND), image, alias)
    return tags


def on_nodes(target: Target) -> list[list[set[str]]]:
    """For each node the names of each image that it reports; a kubelet reports the 50 largest."""
    return [
        [{short(name) for name in image.get("names") or []} for image in node["status"].get("images", [])]
        for node in target.get("nodes")["items"]
    ]


def short(name: str) -> str:
    """The name as Docker prints it: without the registry that it takes when none is named."""
    return name.removeprefix("docker.io/").removeprefix("library/")
