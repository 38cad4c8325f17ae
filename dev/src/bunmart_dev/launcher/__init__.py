"""The launcher: starts, watches and stops the whole of BunMart on one machine (``make up``).

| module | subject |
|---|---|
| ``__main__`` | the command line |
| ``up``, ``down``, ``status``, ``logs`` | the commands of those names; ``down`` has ``reset`` too |
| ``login`` | the command ``token`` |
| ``settings`` | settings from the environment, and the places of files |
| ``state`` | the state folder and its lock |
| ``keys`` | secrets that are made once |
| ``system`` | the parts of BunMart, and the command line and environment of each |
| ``parts``, ``probes`` | one process, and the probe of its readiness |
| ``watcher``, ``supervisor`` | the life of one part; all parts together |
| ``preflight`` | checks before anything starts |
| ``mesh`` | certificates and Envoy configurations |
| ``console`` | the output for a person |
"""
