"""The call policy, the sidecar renderer, the local mesh launcher, the Stripe emulator and the mail catcher."""
