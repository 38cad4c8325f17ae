"""The views of the UI, and the parts of the services' answers that they are made of.

Money is a decimal string in major units, times are ISO 8601 in UTC. A section whose service did not answer is
null and named in ``degraded``.
"""

import msgspec


class Product(msgspec.Struct, kw_only=True):
    """A product of the catalogue."""

    product_id: str
    name: str
    description: str = ""
    category_id: str | None = None
    tag_ids: list[str] = []
    unit: str = ""
    allergens: list[str] = []
    image_url: str | None = None
    image_urls: list[str] = []
    active: bool = True


class Price(msgspec.Struct, kw_only=True):
    """The current unit price of a product."""

    unit_price: str
    currency_code: str


class Rating(msgspec.Struct, kw_only=True):
    """The average of the published reviews of a product, and their number."""

    average_rating: float
    total_count: int


class Review(msgspec.Struct, kw_only=True):
    """One customer's review."""

    review_id: str
    user_id: str
    rating: int
    comment: str = ""
    created_at: str


class ReviewPage(msgspec.Struct, kw_only=True):
    """The newest reviews; the rest comes from ``/api/reviews/product/{id}``."""

    items: list[Review]
    next_page_token: str = ""


class ProductView(msgspec.Struct, kw_only=True):
    """The product page."""

    product: Product
    price: Price | None
    rating: Rating | None
    reviews: ReviewPage | None
    degraded: list[str]


class OrderLine(msgspec.Struct, kw_only=True):
    """One line of an order as it was sold; name, unit and prices are null until the order is priced."""

    product_id: str
    quantity: int
    note: str = ""
    name: str | None = None
    unit: str | None = None
    unit_price: str | None = None
    line_total: str | None = None
    discount_total: str | None = None
    tax_rate: str | None = None
    tax_total: str | None = None
    allergens: list[str] = []


class Discount(msgspec.Struct, kw_only=True):
    """A reduction that is part of the price of an order."""

    description: str
    amount: str
    coupon_code: str = ""
    product_id: str = ""


class Order(msgspec.Struct, kw_only=True):
    """The order itself; ``attention`` is for admins."""

    order_id: str
    order_number: str = ""
    user_id: str
    status: str
    note: str = ""
    lines: list[OrderLine]
    currency_code: str
    subtotal: str | None = None
    discount_total: str | None = None
    discounts: list[Discount] = []
    shipping_total: str | None = None
    tax_total: str | None = None
    total: str | None = None
    refunded_total: str = "0.00"
    coupon_codes: list[str] = []
    shipping_address_id: str | None = None
    billing_address_id: str | None = None
    shipping_address: dict[str, str] | None = None
    billing_address: dict[str, str] | None = None
    quoted_at: str | None = None
    payment_status: str | None = None
    production_order_id: str | None = None
    shipment_id: str | None = None
    attention: str | None = None
    created_at: str
    updated_at: str


class OrderLineView(OrderLine, kw_only=True):
    """A line of an order with the image of its product.

    The name is that under which the product was sold. Only a line that is not priced yet has the name of
    today, which is null without the catalogue.
    """

    image_url: str | None


class Address(msgspec.Struct, kw_only=True):
    """One of the customer's addresses."""

    address_id: str
    line1: str
    line2: str = ""
    city: str
    state: str = ""
    postal_code: str
    country: str
    type: str


class Payment(msgspec.Struct, kw_only=True):
    """The newest payment of the order.

    The secret with which the browser pays comes from ``request-payment`` alone.
    """

    payment_id: str
    status: str
    failure_code: str | None = None
    amount: str
    currency_code: str
    refund_total: str = "0.00"
    expires_at: str | None = None
    updated_at: str


class Refund(msgspec.Struct, kw_only=True):
    """Money that goes back: REQUESTED, PENDING, SUCCEEDED or FAILED; one that succeeded has a credit note."""

    refund_id: str
    status: str
    amount: str
    credit_note_number: str | None = None
    created_at: str
    updated_at: str


class Kitchen(msgspec.Struct, kw_only=True):
    """The progress of the kitchen."""

    production_order_id: str
    phase: str
    progress_percent: int
    preparation_image_urls: list[str] = []
    updated_at: str


class Shipping(msgspec.Struct, kw_only=True):
    """The state of the shipment."""

    shipment_id: str
    status: str
    tracking_number: str
    carrier: str = ""
    estimated_delivery: str | None = None
    delivered_at: str | None = None
    received_by: str = ""
    updated_at: str


class OrderView(msgspec.Struct, kw_only=True):
    """The order page."""

    order: Order
    lines: list[OrderLineView]
    addresses: list[Address] | None
    payment: Payment | None
    refunds: list[Refund] | None
    kitchen: Kitchen | None
    shipping: Shipping | None
    degraded: list[str]


class Products(msgspec.Struct):
    """A list of products."""

    items: list[Product]


class Addresses(msgspec.Struct):
    """A list of addresses."""

    items: list[Address]


class Payments(msgspec.Struct):
    """A list of payments, newest first."""

    items: list[Payment]
