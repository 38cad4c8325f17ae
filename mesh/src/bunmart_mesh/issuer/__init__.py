"""What a platform would provide, made for development inside the cluster: certificates, keys and passwords.

It runs as Kubernetes Jobs with the right to get and patch a few named objects, which the chart makes empty.
"""
