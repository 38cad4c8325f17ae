"""The certificates of the mesh in a cluster that has no cert-manager.

It runs as a Kubernetes Job with the right to get and patch a few named objects, which the chart makes empty.
"""
