"""The call policy has exactly the expected rows, and a mistake in it is found before anything starts."""

from pathlib import Path

import pytest
from bunmart_dev.ports import Ports
from bunmart_mesh.policy import POLICY_FILE, Policy, PolicyError, load_policy

ROOT = Path(__file__).parents[2]
ACCESS = {"CheckAccess", "ListEndedAccess"}
"""Every service asks these, so that a token which ended early is refused everywhere."""
SUMMARY = {
    ("product", "cart"): {"AddCartItem"},
    ("cart", "product"): {"ValidateProducts"},
    ("cart", "user"): {"ValidateUser", *ACCESS},
    ("cart", "order"): {"CreateOrderIntent"},
    ("cart", "notification"): {"SendNotification"},
    ("order", "cart"): {"InvalidateCart", "RestoreCart"},
    ("order", "user"): {"GetUser", "GetUserAddresses", "ValidateUser", *ACCESS},
    ("order", "pricing"): {
        "GetPrices",
        "CalculateOrderPricing",
        "ReserveOrderPricing",
        "SettleOrderPricing",
    },
    ("order", "payment"): {
        "CreatePaymentIntent",
        "GetPaymentStatus",
        "CloseOrderPayments",
        "RefundOrder",
    },
    ("order", "shipping"): {"CreateShipment", "CancelShipment"},
    ("order", "notification"): {"SendNotification"},
    ("kitchen", "order"): {"NotifyOrderPrepared"},
    ("kitchen", "notification"): {"SendNotification"},
    ("pricing", "product"): {"ValidateProducts"},
    ("payment", "order"): {"NotifyPaymentResult"},
    ("payment", "notification"): {"SendNotification"},
    ("shipping", "order"): {"SetOrderShipping"},
    ("shipping", "user"): {"GetUser", *ACCESS},
    ("shipping", "notification"): {"SendNotification"},
    ("notification", "user"): {"GetUser", *ACCESS},
    ("user", "notification"): {"SendNotification"},
    ("review", "product"): {"ValidateProducts"},
    ("review", "user"): {"ValidateUser", *ACCESS},
    ("product", "user"): {*ACCESS},
    ("kitchen", "user"): {*ACCESS},
    ("pricing", "user"): {*ACCESS},
    ("payment", "user"): {*ACCESS},
    ("review", "notification"): {"SendNotification"},
    ("review", "order"): {"ValidateOrderDeliveredForUser"},
}
PRODUCE_ORDER = {("order", "kitchen"): {"CreateProductionOrder", "CancelProductionOrder"}}
"""The call by which a paid order reaches the kitchen."""


def test_grpc_calls_are_exactly_the_expected_rows(policy: Policy) -> None:
    assert {(call.caller, call.callee): set(call.rpcs) for call in policy.grpc} == SUMMARY | PRODUCE_ORDER


def test_the_bff_only_reads(policy: Policy) -> None:
    assert {call.caller for call in policy.rest} == {"bff"}
    assert {method for call in policy.rest for method in call.methods} == {"GET"}


def test_every_part_has_a_block_of_ports(policy: Policy) -> None:
    ports = Ports()
    used = [port for name in policy.names for port in vars(ports.of(name)).values()]

    assert len(set(used)) == len(used)
    assert max(used) < ports.postgres


def test_the_ports_are_those_of_the_documented_table(policy: Policy) -> None:
    table = (ROOT / "docs" / "architecture.md").read_text()

    assert f"| index | {' | '.join(map(str, range(len(policy.names))))} |" in table
    assert f"| part | {' | '.join(policy.names)} |" in table
    assert [Ports().of(name).http for name in policy.names] == [
        21000 + 10 * index for index in range(len(policy.names))
    ]


def test_held_jobs_of_every_service_are_reachable(policy: Policy) -> None:
    for part in policy.parts:
        if part.kind == "service":
            assert f"/api/ops/{part.name}" in policy.prefixes(part.name)


@pytest.mark.parametrize(
    ("text", "mistake", "message"),
    [
        ("callee: cart", "calee: cart", "unknown field `calee`"),
        ("  - caller: product\n", "  - caller: produkt\n", "no part 'produkt'"),
        ("rpcs: [AddCartItem]", "rpcs: [AddCartItems]", "no RPC 'AddCartItems'"),
        ("rpcs: [AddCartItem]", "rpcs: [AddCartItem, AddCartItem]", "listed twice"),
        ("rpcs: [AddCartItem]", "rpcs: []", "length >= 1"),
        ("callee: cart\n    rpcs: [AddCartItem]", "callee: bff\n    rpcs: [AddCartItem]", "only services"),
        ("caller: bff\n    callee: cart", "caller: bff\n    callee: product", "bff -> product"),
        ("methods: [GET]", "methods: [READ]", "Invalid enum value 'READ'"),
        ("{name: user, kind: service}", "{name: users, kind: service}", "bunmart.users.v1"),
        ("{name: edge, kind: edge}", "{name: edge, kind: bff}", "exactly one part must be the edge"),
        ("prefix: /api/tags,", "prefix: /metrics/tags,", "never through the edge"),
        ("prefix: /api/tags,", "prefix: /api/carts/tags,", "lies below /api/carts of cart"),
        ("prefix: /api/tags,", "prefix: /api/carts,", "/api/carts is listed twice"),
        ("prefix: /api/tags,", "prefix: api/tags,", "matching regex"),
        ("jwt: ignored", "jwt: none", "Invalid enum value 'none'"),
    ],
)
def test_a_mistake_is_refused_by_name(tmp_path: Path, text: str, mistake: str, message: str) -> None:
    original = POLICY_FILE.read_text()
    assert text in original
    (tmp_path / "policy.yaml").write_text(original.replace(text, mistake, 1))
    with pytest.raises(PolicyError, match=r"policy\.yaml") as refused:
        load_policy(tmp_path / "policy.yaml")
    assert message in str(refused.value)
