"""A stateful emulator of Stripe's payment API for development and tests; production does not run it.

| module | subject |
|---|---|
| ``__main__``, ``app``, ``emulator`` | the process, its web application, its parts |
| ``settings`` | its settings |
| ``api``, ``forms``, ``answers`` | Stripe's REST paths, form-encoded bodies, answers |
| ``executor``, ``idempotency`` | one request: key, idempotency, transaction, events |
| ``operations``, ``parameters`` | the operations and their parameters |
| ``objects``, ``metadata``, ``errors`` | the API objects, the rules for metadata, the errors |
| ``intents``, ``charges``, ``cards`` | the PaymentIntent's states, attempts and refunds, the test cards |
| ``store``, ``changes``, ``search`` | objects in SQLite, the changes of one operation, the search language |
| ``webhooks``, ``deliveries`` | signed webhooks and their queue |
| ``faults``, ``control``, ``pages`` | faults on demand, and the pages for people who develop |
"""
