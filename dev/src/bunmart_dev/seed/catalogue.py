"""The small bakery that a new system starts with. Prices are in EUR, decimal strings in major units."""

from typing import Any, NamedTuple


class Product(NamedTuple):
    """A product of the bakery; ``drawing`` is a key of ``DRAWINGS``."""

    name: str
    category: str
    tags: tuple[str, ...]
    price: str
    drawing: str
    background: str
    description: str
    allergens: tuple[str, ...]
    unit: str = "piece"


CURRENCY = "EUR"
CATEGORIES = ("Bread", "Buns", "Pastries", "Sweets")
"""In display order."""
TAGS = ("vegan", "vegetarian", "whole grain", "contains nuts", "bestseller")

PRODUCTS = (
    Product(
        "Sourdough Loaf",
        "Bread",
        ("vegan", "bestseller"),
        "5.80",
        "sourdough",
        "#f3ead9",
        "Wheat, water, salt and a starter that is older than the shop. Proofed for 24 hours, baked on stone "
        "until the crust sings. 750 g; stays fresh for four days.",
        ("gluten",),
        "loaf",
    ),
    Product(
        "Country Rye",
        "Bread",
        ("vegan", "whole grain"),
        "4.90",
        "rye",
        "#e8e3d3",
        "Dark, dense and moist: 80 % whole rye with caraway and coriander. Cut it thin, butter it "
        "thick. 1 kg.",
        ("gluten",),
        "loaf",
    ),
    Product(
        "Baguette",
        "Bread",
        ("vegan",),
        "2.60",
        "baguette",
        "#dfe8ea",
        "A crackling crust around an open crumb. Baked every three hours, best on the day it was "
        "bought. 250 g.",
        ("gluten",),
    ),
    Product(
        "Poppy Seed Bun",
        "Buns",
        ("vegan",),
        "0.95",
        "bun",
        "#f7e3c8",
        "The everyday bun: crisp outside, soft inside, generously rolled in poppy seeds. 65 g.",
        ("gluten",),
    ),
    Product(
        "Cinnamon Bun",
        "Buns",
        ("vegetarian", "bestseller"),
        "3.20",
        "cinnamon-bun",
        "#f6dfd0",
        "Soft yeast dough, brown butter and Ceylon cinnamon, rolled by hand and finished with a thin vanilla "
        "glaze. 110 g.",
        ("gluten", "eggs", "milk"),
    ),
    Product(
        "Butter Pretzel",
        "Buns",
        ("vegetarian",),
        "1.90",
        "pretzel",
        "#e3ead6",
        "Dipped in lye, sprinkled with coarse salt and split for a layer of cold alpine butter. 95 g.",
        ("gluten", "milk"),
    ),
    Product(
        "Butter Croissant",
        "Pastries",
        ("vegetarian", "bestseller"),
        "2.40",
        "croissant",
        "#fbeccb",
        "Twenty-seven layers, three days, nothing but butter in between. Flaky enough to need a plate. 70 g.",
        ("gluten", "milk"),
    ),
    Product(
        "Pain au Chocolat",
        "Pastries",
        ("vegetarian",),
        "2.90",
        "pain-au-chocolat",
        "#eadfd6",
        "Croissant dough around two bars of 64 % chocolate, still soft when it leaves the oven. 80 g.",
        ("gluten", "soybeans", "milk"),
    ),
    Product(
        "Raspberry Danish",
        "Pastries",
        ("vegetarian",),
        "3.60",
        "danish",
        "#f8e1e4",
        "Buttery pastry with vanilla cream and raspberries that went in whole. 105 g.",
        ("gluten", "eggs", "milk"),
    ),
    Product(
        "Baked Cheesecake",
        "Sweets",
        ("vegetarian",),
        "4.50",
        "cheesecake",
        "#e6e9f2",
        "A tall slice with fresh quark, lemon zest and a spoon of warm berry sauce on a biscuit base. 160 g.",
        ("gluten", "eggs", "milk"),
        "slice",
    ),
    Product(
        "Oat Cookie",
        "Sweets",
        ("vegan", "whole grain", "contains nuts"),
        "2.20",
        "cookie",
        "#efe6d2",
        "Rolled oats, walnuts and dark chocolate: crisp at the rim, chewy in the middle. 60 g.",
        ("gluten", "eggs", "milk", "nuts"),
    ),
    Product(
        "Macaron Box",
        "Sweets",
        ("vegetarian", "contains nuts"),
        "9.80",
        "macarons",
        "#efe4f3",
        "Six almond macarons: rose, pistachio, lavender, two of each, in a box that makes a good "
        "present. 120 g.",
        ("eggs", "milk", "nuts"),
        "box",
    ),
)

CAMPAIGN: dict[str, Any] = {
    "name": "Breakfast Weeks",
    "starts_at": "2026-01-01T00:00:00Z",
    "ends_at": "2036-01-01T00:00:00Z",
}
DISCOUNT: dict[str, Any] = {"type": "PERCENT", "value": "15", "description": "Breakfast Weeks: 15 % off"}
DISCOUNTED_PRODUCT = "Butter Croissant"
COUPONS: tuple[dict[str, Any], ...] = (
    {"code": "WELCOME10", "type": "PERCENT", "value": "10", "description": "10 % off for new customers"},
    {
        "code": "BUN5",
        "type": "FIXED",
        "value": "5.00",
        "minimum_subtotal": "20.00",
        "description": "5.00 EUR off orders from 20.00 EUR",
    },
)

NAMES = {"customer": "Clara Customer", "kitchen": "Karim Kitchen", "driver": "Dana Driver"}
"""The names of the demo users, by role."""
ADDRESS: dict[str, Any] = {
    "type": "SHIPPING",
    "line1": "Oven Street 1",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
}
