"""The call policy, the sidecar renderer, the launcher, the Stripe emulator and the mail catcher."""
