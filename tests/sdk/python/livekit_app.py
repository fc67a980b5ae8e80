"""A voice app on LiveKit Agents and its Google plugin, without a room. See ../README.md."""

import asyncio
import base64
import io
import os
import time

from livekit import rtc
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.voice import io as agent_io
from livekit.plugins import google
from PIL import Image

from lines import Microphone, commands, tell


class Ear(agent_io.AudioInput):
    def __init__(self):
        super().__init__(label="microphone")
        self.microphone = Microphone()

    async def __anext__(self):
        frame = await self.microphone.frame()
        return rtc.AudioFrame(frame, 16000, 1, len(frame) // 2)


class Eye(agent_io.VideoInput):
    def __init__(self):
        super().__init__(label="camera")
        self.pictures = asyncio.Queue()

    async def __anext__(self):
        return await self.pictures.get()


class Mouth(agent_io.AudioOutput):
    """Plays in its head: as long as it would take."""

    def __init__(self):
        super().__init__(label="speaker", sample_rate=24000,
                         capabilities=agent_io.AudioOutputCapabilities(pause=False))
        self.began = None
        self.seconds = 0.0
        self.playing = None

    async def capture_frame(self, frame):
        await super().capture_frame(frame)
        if self.began is None:
            self.began = time.monotonic()
            self.seconds = 0.0
            self.on_playback_started(created_at=time.time())
        self.seconds += frame.duration
        tell("audio", bytes=len(frame.data) * 2)

    def flush(self):
        super().flush()
        if self.began is not None:
            self.playing = asyncio.create_task(self.play_out())

    async def play_out(self):
        await asyncio.sleep(self.began + self.seconds - time.monotonic())
        self.finish(self.seconds, False)
        tell("done")

    def clear_buffer(self):
        if self.began is None:
            return
        if self.playing:
            self.playing.cancel()
        self.finish(min(self.seconds, time.monotonic() - self.began), True)
        tell("interrupted")

    def finish(self, position, interrupted):
        self.began = self.playing = None
        self.on_playback_finished(playback_position=position, interrupted=interrupted)


class Home(Agent):
    def __init__(self):
        super().__init__(instructions="You look after a home.")

    @function_tool
    async def set_light(self, room: str, on: bool | None = None, brightness: int | None = None):
        """Sets a lamp of the house.

        Args:
            room: One of living_room, kitchen, bedroom, hall.
            on: Whether it is on.
            brightness: From 0 to 100.
        """
        args = {"room": room, "on": on, "brightness": brightness}
        tell("call", id="", name="set_light",
             args={key: value for key, value in args.items() if value is not None})
        return {"ok": True}


class App:
    def __init__(self):
        self.session = None
        self.ear = Ear()
        self.eye = Eye()

    async def connect(self, model):
        self.session = AgentSession(
            llm=google.realtime.RealtimeModel(model=model, api_key=os.environ["GEMINI_API_KEY"]),
            aec_warmup_duration=None)
        self.session.input.audio = self.ear
        self.session.input.video = self.eye
        self.session.output.audio = Mouth()
        self.session.on("user_input_transcribed", self.heard)
        self.session.on("conversation_item_added", self.said)
        self.session.on("close", lambda event: tell("closed", why=str(event.reason)))
        await self.session.start(Home())
        tell("open")

    def heard(self, event):
        if event.is_final:
            tell("heard", text=event.transcript)

    def said(self, event):
        if getattr(event.item, "role", "") == "assistant":
            tell("said", text=event.item.text_content)

    async def obey(self, command):
        does = command["do"]
        if does == "connect":
            await self.connect(command["model"])
        elif does == "say":
            self.ear.microphone.voice += base64.b64decode(command["pcm"])
        elif does in ("ask", "type"):
            self.session.generate_reply(user_input=command["text"])
        elif does == "show":
            picture = Image.open(io.BytesIO(base64.b64decode(command["jpeg"]))).convert("RGBA")
            await self.eye.pictures.put(rtc.VideoFrame(
                picture.width, picture.height, rtc.VideoBufferType.RGBA, picture.tobytes()))
        elif does == "close":
            await self.session.aclose()


async def main():
    app = App()
    async for command in commands():
        await app.obey(command)


asyncio.run(main())
