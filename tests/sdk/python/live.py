"""A voice app on Google's SDK for Python. What it does is in ../README.md."""

import asyncio
import base64
import os

from google import genai
from google.genai import types

from lines import Microphone, commands, tell


class App:
    def __init__(self):
        self.client = genai.Client(api_key=os.environ["GEMINI_API_KEY"])
        self.session = None
        self.conversation = None
        self.handle = None
        self.microphone = Microphone()

    def take(self, message):
        content = message.server_content or types.LiveServerContent()
        if content.input_transcription and content.input_transcription.text:
            tell("heard", text=content.input_transcription.text)
        if content.interrupted:
            tell("interrupted")
        for part in (content.model_turn and content.model_turn.parts) or []:
            if part.inline_data:
                tell("audio", bytes=len(part.inline_data.data))
        if content.output_transcription and content.output_transcription.text:
            tell("said", text=content.output_transcription.text)
        if message.tool_call_cancellation:
            tell("cancelled", ids=message.tool_call_cancellation.ids)
        for call in (message.tool_call and message.tool_call.function_calls) or []:
            tell("call", id=call.id, name=call.name, args=call.args)
        if content.turn_complete:
            tell("done")
        update = message.session_resumption_update
        if update and update.new_handle:
            self.handle = update.new_handle
            tell("handle")

    async def converse(self, model, tool):
        config = types.LiveConnectConfig(
            response_modalities=["AUDIO"],
            input_audio_transcription=types.AudioTranscriptionConfig(),
            output_audio_transcription=types.AudioTranscriptionConfig(),
            session_resumption=types.SessionResumptionConfig(handle=self.handle),
            tools=[types.Tool(function_declarations=[types.FunctionDeclaration(**tool)])])
        try:
            async with self.client.aio.live.connect(model=model, config=config) as session:
                self.session = session
                tell("open")
                while True:
                    async for message in session.receive():
                        self.take(message)
        except Exception as error:  # the SDK's own for every way to end
            self.session = None
            tell("closed", why=repr(error))

    async def obey(self, command):
        does = command["do"]
        if does == "connect":
            self.conversation = asyncio.create_task(
                self.converse(command["model"], command["tool"]))
        elif does == "say":
            self.microphone.voice += base64.b64decode(command["pcm"])
        elif does == "ask":
            await self.session.send_client_content(turns=types.Content(
                role="user", parts=[types.Part(text=command["text"])]))
        elif does == "type":
            await self.session.send_realtime_input(text=command["text"])
        elif does == "show":
            await self.session.send_realtime_input(video=types.Blob(
                data=base64.b64decode(command["jpeg"]), mime_type="image/jpeg"))
        elif does == "answer":
            await self.session.send_tool_response(function_responses=types.FunctionResponse(
                id=command["id"], name=command["name"], response=command["response"]))
        elif does == "close":
            await self.session.close()

    async def listen(self):
        while True:
            frame = await self.microphone.frame()
            session = self.session
            try:
                if session:
                    await session.send_realtime_input(
                        audio=types.Blob(data=frame, mime_type="audio/pcm;rate=16000"))
            except Exception:  # it closed meanwhile; converse() tells of it
                self.session = None if self.session is session else self.session


async def main():
    app = App()
    listening = asyncio.create_task(app.listen())
    async for command in commands():
        await app.obey(command)
    listening.cancel()


asyncio.run(main())
