"""An order from sign-up to review, over REST through the ingress, checked step by step (``make demo``).

- ``story``: the steps, and the checks that each may make.
- ``shopping``, ``paying``, ``kitchen``, ``delivery``, ``afterwards``, ``changes_of_mind``: the steps
  themselves, in their order.
- ``picture``: the photograph that the kitchen uploads.
- ``calls``, ``verdict``: the calls between parts from the access logs, compared with the call policy.
- ``telling``: runs the steps and collects the calls.
- ``timeline``, ``report``: the output for people, and for programs.
"""
