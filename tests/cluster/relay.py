"""The addresses that the shop tells a browser, 127.0.0.1:8080 and :21210, led to Services of the cluster.

``kubectl port-forward`` would lead to one pod, and end with it.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _relay(local: int, host: str, port: int, ready: threading.Event, stop: asyncio.Event) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError):
            inward, outward = await asyncio.open_connection(host, port)
            with contextlib.closing(outward):
                await asyncio.gather(_copy(reader, outward), _copy(inward, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", local) as server:
        ready.set()
        await stop.wait()
        server.close()
        for connection in asyncio.all_tasks() - {asyncio.current_task()}:
            connection.cancel()


@contextmanager
def relay(local: int, host: str, port: int) -> Iterator[None]:
    """Relay the connections of a local port, each to a connection of its own."""
    ready, loops = threading.Event(), []
    stop = asyncio.Event()

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        await _relay(local, host, port, ready, stop)

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert ready.wait(5), f"127.0.0.1:{local} is taken"
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(5)
