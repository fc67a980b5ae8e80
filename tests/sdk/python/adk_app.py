"""A voice app on Google's Agent Development Kit for Python. See ../README.md."""

import asyncio
import base64

from google.adk.agents import Agent
from google.adk.agents.live_request_queue import LiveRequestQueue
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.runners import InMemoryRunner
from google.genai import types

from lines import Microphone, commands, tell


def set_light(room: str, on: bool | None = None, brightness: int | None = None) -> dict:
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
        self.microphone = Microphone()
        self.queue = None
        self.running = None

    async def connect(self, model):
        agent = Agent(name="home", model=model, tools=[set_light],
                      instruction="You look after a home.")
        runner = InMemoryRunner(agent=agent, app_name="home")
        session = await runner.session_service.create_session(app_name="home", user_id="somebody")
        config = RunConfig(
            response_modalities=["AUDIO"], streaming_mode=StreamingMode.BIDI,
            session_resumption=types.SessionResumptionConfig(),
            input_audio_transcription=types.AudioTranscriptionConfig(),
            output_audio_transcription=types.AudioTranscriptionConfig())
        self.queue = LiveRequestQueue()
        self.running = asyncio.create_task(self.converse(runner.run_live(
            user_id="somebody", session_id=session.id, live_request_queue=self.queue,
            run_config=config)))
        tell("open")

    async def converse(self, events):
        try:
            async for event in events:
                self.take(event)
            tell("closed")
        except Exception as error:  # whatever ends the conversation
            tell("closed", why=repr(error))
        self.queue = None

    def take(self, event):
        heard = event.input_transcription
        if heard and heard.text and not event.partial:
            tell("heard", text=heard.text)
        if event.interrupted:
            tell("interrupted")
        for part in (event.content and event.content.parts) or []:
            if part.inline_data and part.inline_data.data:
                tell("audio", bytes=len(part.inline_data.data))
        said = event.output_transcription
        if said and said.text and event.partial:
            tell("said", text=said.text)
        if event.turn_complete:
            tell("done")

    async def obey(self, command):
        does = command["do"]
        if does == "connect":
            await self.connect(command["model"])
        elif does == "say":
            self.microphone.voice += base64.b64decode(command["pcm"])
        elif does in ("ask", "type"):
            self.queue.send_content(types.Content(
                role="user", parts=[types.Part(text=command["text"])]))
        elif does == "show":
            self.queue.send_realtime(types.Blob(
                data=base64.b64decode(command["jpeg"]), mime_type="image/jpeg"))
        elif does == "close":
            self.queue.close()

    async def listen(self):
        while True:
            frame = await self.microphone.frame()
            if self.queue:
                self.queue.send_realtime(types.Blob(
                    data=frame, mime_type="audio/pcm;rate=16000"))


async def main():
    app = App()
    listening = asyncio.create_task(app.listen())
    async for command in commands():
        await app.obey(command)
    listening.cancel()


asyncio.run(main())
