"""A voice app on Pipecat's Gemini Live service, in a pipeline of its own. See ../README.md."""

import asyncio
import base64
import io
import os

from loguru import logger
from PIL import Image
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    InputAudioRawFrame, InputImageRawFrame, InputTextRawFrame, InterruptionFrame,
    LLMContextFrame, LLMFullResponseEndFrame, LLMMessagesAppendFrame, TranscriptionFrame,
    TTSAudioRawFrame, TTSTextFrame)
from pipecat.observers.base_observer import BaseObserver
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService

from lines import Microphone, commands, tell

logger.disable("pipecat")


class Witness(BaseObserver):
    """Tells of what the service pushes, once each."""

    def __init__(self, service):
        super().__init__()
        self.service = service

    async def on_push_frame(self, data):
        frame = data.frame
        if data.source is not self.service or not data.first_push:
            return
        if isinstance(frame, TranscriptionFrame):
            tell("heard", text=frame.text)
        elif isinstance(frame, InterruptionFrame):
            tell("interrupted")
        elif isinstance(frame, TTSAudioRawFrame):
            tell("audio", bytes=len(frame.audio))
        elif isinstance(frame, TTSTextFrame):
            tell("said", text=frame.text)
        elif isinstance(frame, LLMFullResponseEndFrame):
            tell("done")


class App:
    def __init__(self):
        self.microphone = Microphone()
        self.service = None
        self.task = None
        self.running = None

    async def set_light(self, params):
        tell("call", id=params.tool_call_id, name=params.function_name, args=params.arguments)
        await params.result_callback({"ok": True})

    async def connect(self, model, tool):
        schema = tool["parameters"]
        properties = {
            name: {**value, "type": value["type"].lower()}
            for name, value in schema["properties"].items()
        }
        service = self.service = GeminiLiveLLMService(
            api_key=os.environ["GEMINI_API_KEY"],
            settings=GeminiLiveLLMService.Settings(model=model),
            tools=ToolsSchema(standard_tools=[FunctionSchema(
                name=tool["name"], description=tool["description"], properties=properties,
                required=schema["required"])]))
        service.register_function(tool["name"], self.set_light)
        context = LLMContext()
        aggregators = LLMContextAggregatorPair(context)
        self.task = PipelineTask(
            Pipeline([aggregators.user(), service, aggregators.assistant()]),
            params=PipelineParams(audio_in_sample_rate=16000, audio_out_sample_rate=24000),
            observers=[Witness(service)])
        self.running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(self.task))
        await self.task.queue_frame(LLMContextFrame(context))
        # Until then it throws away what the microphone hears, and tells nobody when that is over.
        while not service._ready_for_realtime_input:
            await asyncio.sleep(0.02)
        tell("open")

    async def obey(self, command):
        does = command["do"]
        # Beyond the user's aggregator, which would keep a message to itself.
        if does == "connect":
            await self.connect(command["model"], command["tool"])
        elif does == "say":
            self.microphone.voice += base64.b64decode(command["pcm"])
        elif does == "type":
            await self.task.queue_frame(InputTextRawFrame(text=command["text"]))
        elif does == "ask":
            await self.service.queue_frame(LLMMessagesAppendFrame(
                messages=[{"role": "user", "content": command["text"]}], run_llm=True))
        elif does == "show":
            picture = Image.open(io.BytesIO(base64.b64decode(command["jpeg"]))).convert("RGB")
            await self.service.queue_frame(InputImageRawFrame(
                image=picture.tobytes(), size=picture.size, format="RGB"))
        elif does == "close":
            await self.task.stop_when_done()
            await self.running
            self.task = None
            tell("closed")

    async def listen(self):
        while True:
            frame = await self.microphone.frame()
            if self.task:
                await self.task.queue_frame(InputAudioRawFrame(
                    audio=frame, sample_rate=16000, num_channels=1))


async def main():
    app = App()
    listening = asyncio.create_task(app.listen())
    async for command in commands():
        await app.obey(command)
    listening.cancel()


asyncio.run(main())
