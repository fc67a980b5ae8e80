"""What the story's programs in Python have in common: how they are told, and how they tell."""

import asyncio
import json
import sys

LINE_BYTES_MAX = 1 << 24
FRAME_SECONDS = 0.02


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


async def commands():
    """The lines of standard input, each as the object that it holds."""
    reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


class Microphone:
    """A frame every 20 ms, of what is in `voice`, else of silence."""

    def __init__(self, frame_bytes=640):
        self.frame_bytes = frame_bytes
        self.voice = bytearray()
        self.due = None

    async def frame(self):
        loop = asyncio.get_running_loop()
        self.due = (loop.time() if self.due is None else self.due) + FRAME_SECONDS
        await asyncio.sleep(self.due - loop.time())
        frame = bytes(self.voice[:self.frame_bytes]).ljust(self.frame_bytes, b"\0")
        del self.voice[:self.frame_bytes]
        return frame
