// A voice app on Google's SDK for Java. What it does is in ../README.md.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.genai.AsyncSession;
import com.google.genai.Client;
import com.google.genai.types.AudioTranscriptionConfig;
import com.google.genai.types.Blob;
import com.google.genai.types.Content;
import com.google.genai.types.FunctionCall;
import com.google.genai.types.FunctionDeclaration;
import com.google.genai.types.FunctionResponse;
import com.google.genai.types.LiveConnectConfig;
import com.google.genai.types.LiveSendClientContentParameters;
import com.google.genai.types.LiveSendRealtimeInputParameters;
import com.google.genai.types.LiveSendToolResponseParameters;
import com.google.genai.types.LiveServerContent;
import com.google.genai.types.LiveServerMessage;
import com.google.genai.types.Part;
import com.google.genai.types.SessionResumptionConfig;
import com.google.genai.types.Tool;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

public final class Live {
  private static final int FRAME_BYTES = 640; // 20 ms
  private static final ObjectMapper JSON = new ObjectMapper();

  // Held here: a logger that nobody holds is forgotten with its handlers.
  private static final Logger SDK_LOG = Logger.getLogger("com.google.genai.AsyncLive");

  private final Client client =
      Client.builder().apiKey(System.getenv("GEMINI_API_KEY")).build();
  private volatile AsyncSession session;
  private volatile String handle = "";
  private byte[] voice = {}; // what the microphone will hear next; guarded by this

  private static synchronized void tell(String event, Object... fields) {
    Map<String, Object> line = new HashMap<>(Map.of("event", event));
    for (int i = 0; i < fields.length; i += 2) line.put((String) fields[i], fields[i + 1]);
    try {
      System.out.println(JSON.writeValueAsString(line));
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  private void take(LiveServerMessage message) {
    message.serverContent().ifPresent(this::takeContent);
    message.toolCallCancellation().ifPresent(it -> tell("cancelled", "ids", it.ids().get()));
    message.toolCall().flatMap(it -> it.functionCalls()).ifPresent(it -> it.forEach(this::call));
    if (message.serverContent().flatMap(it -> it.turnComplete()).orElse(false)) tell("done");
    message.sessionResumptionUpdate().flatMap(it -> it.newHandle()).ifPresent(this::keep);
  }

  private void takeContent(LiveServerContent content) {
    content.inputTranscription().flatMap(it -> it.text()).ifPresent(it -> tell("heard", "text", it));
    if (content.interrupted().orElse(false)) tell("interrupted");
    for (Part part : content.modelTurn().flatMap(it -> it.parts()).orElse(List.of()))
      part.inlineData().flatMap(it -> it.data()).ifPresent(it -> tell("audio", "bytes", it.length));
    content.outputTranscription().flatMap(it -> it.text()).ifPresent(it -> tell("said", "text", it));
  }

  private void call(FunctionCall call) {
    tell("call", "id", call.id().get(), "name", call.name().get(), "args", call.args().get());
  }

  private void keep(String newHandle) {
    handle = newHandle;
    tell("handle");
  }

  private void connect(JsonNode command) throws Exception {
    SessionResumptionConfig.Builder resumption = SessionResumptionConfig.builder();
    if (!handle.isEmpty()) resumption.handle(handle);
    LiveConnectConfig config =
        LiveConnectConfig.builder()
            .responseModalities("AUDIO")
            .inputAudioTranscription(AudioTranscriptionConfig.builder())
            .outputAudioTranscription(AudioTranscriptionConfig.builder())
            .sessionResumption(resumption)
            .tools(
                Tool.builder()
                    .functionDeclarations(
                        FunctionDeclaration.fromJson(command.get("tool").toString())))
            .build();
    AsyncSession opened = client.async.live.connect(command.get("model").asText(), config).get();
    opened.receive(this::take);
    session = opened;
    tell("open");
  }

  private void realtime(LiveSendRealtimeInputParameters.Builder input) throws Exception {
    session.sendRealtimeInput(input.build()).get();
  }

  private static Blob blob(String mimeType, byte[] data) {
    return Blob.builder().mimeType(mimeType).data(data).build();
  }

  private void obey(JsonNode command) throws Exception {
    switch (command.get("do").asText()) {
      case "connect" -> connect(command);
      case "say" -> say(Base64.getDecoder().decode(command.get("pcm").asText()));
      case "ask" ->
          session
              .sendClientContent(
                  LiveSendClientContentParameters.builder()
                      .turns(Content.fromParts(Part.fromText(command.get("text").asText())))
                      .turnComplete(true)
                      .build())
              .get();
      case "type" ->
          realtime(LiveSendRealtimeInputParameters.builder().text(command.get("text").asText()));
      case "show" ->
          realtime(
              LiveSendRealtimeInputParameters.builder()
                  .video(
                      blob("image/jpeg", Base64.getDecoder().decode(command.get("jpeg").asText()))));
      case "answer" ->
          session
              .sendToolResponse(
                  LiveSendToolResponseParameters.builder()
                      .functionResponses(FunctionResponse.fromJson(answer(command)))
                      .build())
              .get();
      case "close" -> {
        AsyncSession closing = session;
        session = null;
        closing.close().get();
        tell("closed");
      }
      default -> throw new IllegalArgumentException(command.toString());
    }
  }

  private static String answer(JsonNode command) {
    return JSON.createObjectNode()
        .put("id", command.get("id").asText())
        .put("name", command.get("name").asText())
        .set("response", command.get("response"))
        .toString();
  }

  private synchronized void say(byte[] pcm) {
    int before = voice.length;
    voice = Arrays.copyOf(voice, before + pcm.length);
    System.arraycopy(pcm, 0, voice, before, pcm.length);
  }

  private synchronized byte[] frame() {
    byte[] frame = Arrays.copyOf(voice, FRAME_BYTES);
    voice = Arrays.copyOfRange(voice, Math.min(FRAME_BYTES, voice.length), voice.length);
    return frame;
  }

  private void listen() {
    AsyncSession current = session;
    byte[] frame = frame();
    if (current == null) return;
    current.sendRealtimeInput(
        LiveSendRealtimeInputParameters.builder()
            .audio(blob("audio/pcm;rate=16000", frame))
            .build());
  }

  // The SDK tells an app nothing of a connection that broke, and what is sent on it vanishes without
  // an error; but it writes it into its log.
  private void watchConnection() {
    SDK_LOG.addHandler(
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            if (!line.getMessage().startsWith("Error during live session")) return;
            session = null;
            tell("closed", "why", String.valueOf(line.getThrown()));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        });
  }

  public static void main(String[] args) throws Exception {
    Live app = new Live();
    app.watchConnection();
    var microphone = Executors.newSingleThreadScheduledExecutor();
    microphone.scheduleAtFixedRate(app::listen, 0, 20, TimeUnit.MILLISECONDS);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = lines.readLine()) != null; ) app.obey(JSON.readTree(line));
    System.exit(0);
  }
}
