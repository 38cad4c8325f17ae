"""Renders the call policy and the contract into Envoy configurations.

What a configuration says is the same everywhere; a ``Placement`` supplies the addresses and paths, so that a
local mesh and a cluster differ only there.
"""
