"""Turns rendered configurations and objects into the text of Helm templates.

- ``expressions``: Go template expressions that pass a YAML writer, and named templates.
- ``manifests``: Kubernetes objects, with items and fields that depend on a condition.
- ``anchors``: YAML in which a block that occurs again in the same document is an alias.
- ``shared_templates``: named templates for blocks that several documents have in common.
"""
