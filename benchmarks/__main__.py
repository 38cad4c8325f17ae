"""``make bench``: the cost of a complete order, process by process, beside the cost of a bare echo."""

import argparse
import asyncio
import statistics
import time

from benchmarks.echo import measure_echo
from benchmarks.orders import Times, run_orders
from benchmarks.system import System, running_system

BUDGET_MS = 50.0
BUDGET_ECHO_MS = 0.55
SETTLE_SECONDS = 3.0
IDLE_SECONDS = 10.0


def _difference(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {name: used - before.get(name, 0.0) for name, used in after.items()}


def _measure_idle(system: System) -> dict[str, float]:
    before = system.cpu()
    time.sleep(IDLE_SECONDS)
    return {name: used / IDLE_SECONDS for name, used in _difference(system.cpu(), before).items()}


def _measure(
    system: System, idle: dict[str, float], *, concurrency: int, orders: int
) -> tuple[Times, float, dict[str, float]]:
    before: dict[str, float] = {}
    began = 0.0

    def begin() -> None:
        nonlocal before, began
        time.sleep(SETTLE_SECONDS)  # signing in, and the mails of welcome, are no part of an order
        before, began = system.cpu(), time.monotonic()

    times = asyncio.run(run_orders(system.edge, concurrency=concurrency, orders=orders, begin=begin))
    placed = time.monotonic() - began
    time.sleep(SETTLE_SECONDS)  # webhooks and jobs that follow are part of an order
    used = _difference(system.cpu(), before)
    elapsed = time.monotonic() - began
    per_order = {
        name: max(0.0, spent - idle.get(name, 0.0) * elapsed) / orders * 1000 for name, spent in used.items()
    }
    return times, placed, per_order


def _group(name: str) -> str:
    return "Envoys" if name == "edge" or name.endswith("-sidecar") else name


def _table(title: str, values: dict[str, float], unit: str) -> None:
    grouped: dict[str, float] = {}
    for name, value in values.items():
        grouped[_group(name)] = grouped.get(_group(name), 0.0) + value
    print(f"\n{title}")
    for name, value in sorted(grouped.items(), key=lambda item: -item[1]):
        print(f"  {name:<16}{value:10.2f} {unit}")
    print(f"  {'all':<16}{sum(values.values()):10.2f} {unit}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="CPU of a complete order")
    parser.add_argument("--orders", type=int, default=120, help="orders per concurrency")
    arguments = parser.parse_args()
    echo = asyncio.run(measure_echo())
    with running_system() as system:
        print(f"ready and seeded after {system.ready_seconds:.1f} s (first start)")
        asyncio.run(run_orders(system.edge, concurrency=2, orders=10))  # warm up
        time.sleep(SETTLE_SECONDS)
        _table("memory, idle (PSS)", system.memory(), "MiB")
        idle = _measure_idle(system)
        _table("CPU, idle", {name: value * 1000 for name, value in idle.items()}, "ms/s")
        for concurrency in (1, 8):
            times, placed, per_order = _measure(
                system, idle, concurrency=concurrency, orders=arguments.orders
            )
            _table(f"CPU of an order, concurrency {concurrency}", per_order, "ms")
            total = sum(per_order.values())
            print(
                f"  {len(times.orders) / placed:.1f} orders/s, "
                f"median {statistics.median(times.orders):.3f} s, "
                f"{times.polls / len(times.orders):.2f} looks at the order page\n"
                f"  one echo costs {echo:.3f} ms here: an order is {total / echo:.0f} echoes "
                f"(budget {BUDGET_MS / BUDGET_ECHO_MS:.0f})"
            )
    print(f"\necho again, after: {asyncio.run(measure_echo()):.3f} ms")


if __name__ == "__main__":
    main()
