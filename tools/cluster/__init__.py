"""What the make targets of a cluster do where one command of kubectl or helm is not enough."""
