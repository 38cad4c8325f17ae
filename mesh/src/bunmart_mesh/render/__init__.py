"""Renders the call policy and the contract into Envoy configurations and the templates of the chart.

- ``envoy``: the configuration of every part's Envoy. A ``Placement`` supplies the addresses and paths, so
  that a laptop and a cluster differ only there.
- ``istio``: Istio's resources, which do the same with Istio's own Envoys.
- ``network_policies``: NetworkPolicies, which hold with either mesh.
- ``helm``: the way from any of these to the text of a Helm template.
- ``chart``: all templates together, and their files in ``charts/bunmart``. ``make mesh`` runs this package,
  which writes them.
- ``config``, ``pod_ports``: the type of everything that is rendered, and the ports of a pod.
"""
