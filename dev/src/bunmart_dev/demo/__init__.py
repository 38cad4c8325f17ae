"""An order from sign-up to review, told over REST through the ingress and checked step by step."""
