"""Keys and passwords for a development cluster, which in production a platform provides.

It runs as a Kubernetes Job with the right to get and patch a few named objects, which the chart
``development`` makes empty.
"""
