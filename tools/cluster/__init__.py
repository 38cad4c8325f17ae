"""The make targets of a cluster, where one command of kubectl or helm is not enough."""
