"""What must hold of all coupons together."""

from collections import Counter

from tests.life.picture import Picture
from tests.life.shop import COUPONS
from tests.life.system import System

_TAKEN = """
SELECT c.code, u.user_id, count(*) AS taken FROM coupon_uses u JOIN coupons c ON c.id = u.coupon_id
WHERE u.status = 'USED' OR (u.status = 'RESERVED' AND u.reserved_until > now()) GROUP BY c.code, u.user_id
"""


async def voucher_problems(system: System, pictures: list[Picture]) -> list[str]:
    """Return which coupons are used more often than they may be, or otherwise than the orders say."""
    rows = await system.services["pricing"].database.fetch(_TAKEN)
    in_all: Counter[str] = Counter()
    problems = []
    for row in rows:
        in_all[row["code"]] += row["taken"]
        most = COUPONS[row["code"]].get("limit_per_customer")
        if most is not None and row["taken"] > most:
            problems.append(f"A customer has used {row['code']} {row['taken']} times.")
    for code, taken in in_all.items():
        most = COUPONS[code].get("limit_total")
        if most is not None and taken > most:
            problems.append(f"{code} is used {taken} times, and {most} is the limit.")
    for picture in pictures:
        given_back = (
            picture.status in ("pending", "cancelled") or picture.order["payment_status"] == "REFUNDED"
        )
        used = sorted(code for code, status in picture.uses.items() if status == "USED")
        known = sorted(set(picture.order["coupon_codes"]) & picture.uses.keys())
        if not given_back and used != known:
            problems.append(f"The order has the coupons {known}, and {used} are used.\n  {picture}")
    return problems
