"""The reference: the cost of one grpc.aio echo on this machine right now, client and server together."""

import asyncio
import resource

import grpc

CALLS = 4000


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def _echo(request: bytes, _: object) -> bytes:
    return request


async def measure_echo() -> float:
    """Return the CPU milliseconds of one unary echo of 100 bytes over loopback, at concurrency 8."""
    server = grpc.aio.server()
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(_echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Echo", {"Echo": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/bench.Echo/Echo")
        payload = b"x" * 100

        async def worker() -> None:
            for _ in range(CALLS // 8):
                await call(payload)

        await call(payload)
        began = _cpu_seconds()
        await asyncio.gather(*(worker() for _ in range(8)))
        spent = _cpu_seconds() - began
    await server.stop(None)
    return spent / CALLS * 1000


if __name__ == "__main__":
    print(f"{asyncio.run(measure_echo()):.3f}")
