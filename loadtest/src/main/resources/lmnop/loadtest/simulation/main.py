"""The function that simulations ask: at once, slowly, by a stream of events, or by a WebSocket."""
import asyncio
import base64
import hashlib
import os
import struct

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
BODY = b"version VERSION"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
AGREED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %s\r\n\r\n"
)
WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SLOW_SECONDS = 3
EVENTS = 300  # who listens goes earlier
EVENT_SECONDS = 0.2
CLOSE, PING, PONG = 8, 9, 10


async def events(writer):
    writer.write(STREAM)
    for number in range(EVENTS):
        event = b"data: number %d\n\n" % number
        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
        await writer.drain()
        await asyncio.sleep(EVENT_SECONDS)
    writer.write(b"0\r\n\r\n")


def frame(kind, payload):
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x80 | kind, size) + payload
    return struct.pack("!BBH", 0x80 | kind, 126, size) + payload


async def received(reader):
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
    elif size == 127:
        raise ConnectionError("a frame of that size is not expected here")
    mask = await reader.readexactly(4)
    payload = await reader.readexactly(size)
    return first & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


async def echo(head, reader, writer):
    lines = [line.split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line]
    key = {name.strip().lower(): value.strip() for name, value in lines}[b"sec-websocket-key"]
    writer.write(AGREED % base64.b64encode(hashlib.sha1(key + WEBSOCKET).digest()))
    while True:
        kind, payload = await received(reader)
        writer.write(frame(PONG if kind == PING else kind, payload))
        await writer.drain()
        if kind == CLOSE:
            return


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            if path == b"/socket":
                await echo(head, reader, writer)
                return
            if path == b"/events":
                await events(writer)
                continue
            if path == b"/slow":
                await asyncio.sleep(SLOW_SECONDS)
            writer.write(ANSWER % (len(BODY), BODY))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    port = int(os.environ.get("PORT", "5000"))
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


asyncio.run(main())
