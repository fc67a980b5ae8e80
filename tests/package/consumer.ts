// A page of somebody else's, for the type checker alone: what the README promises must have types,
// and what it does not promise must be refused.
import {
  BrowserCamera,
  BrowserMicrophone,
  BrowserSpeaker,
  LivegateClient,
  TranscriptLog,
  TurnTimeline,
  formatMs,
  heardText,
  liveUrl,
} from 'livegate-client';
import type { HeardPart, Options, State, TimelineEntry } from 'livegate-client';

const options: Options = {
  url: liveUrl('https://voice.example.org/'),
  microphone: new BrowserMicrophone(),
  speaker: new BrowserSpeaker(),
  camera: new BrowserCamera(),
  token: async () => 'from your own backend',
  tools: [{ name: 'get_time', description: 'The time of day.' }],
  onToolCall: async (name: string, args: { zone?: string }) => ({ result: { name, ...args } }),
};

export async function talk(draw: (parts: HeardPart[]) => void): Promise<State> {
  const client = new LivegateClient(options);
  const log = new TranscriptLog();
  client.on('ready', ({ resumed }) => resumed || log.newSession());
  client.on('transcript', ({ role, turn, text, at }) => {
    const entry = log.add(role, turn, text, at);
    if (entry) draw(heardText(entry));
  });
  client.on('barge_in', ({ state, turn }) => console.log(state === 'ducked', turn.toFixed()));
  client.on('no_answer', ({ turn, reason, message }) => {
    if (reason !== 'holding_line') console.log(turn.toFixed(), message.length);
  });
  client.on('timeline', ({ entry }) => print(entry));
  const off = client.on('level', ({ level_dbfs: level }) => level.toFixed(1));
  off();
  await client.configureMicrophone({ echoCancellation: false });
  await client.startPictures('screen', { fps: 0.5 });
  const timeline: TurnTimeline = client.timeline;
  console.log(timeline.summary('network')?.p95, JSON.stringify(timeline));
  return client.start({ microphone: true });
}

function print({ turn, steps }: TimelineEntry): void {
  for (const { name, from_ms, to_ms } of steps) console.log(turn, name, formatMs(to_ms - from_ms));
}

export function mistakes(client: LivegateClient): void {
  // @ts-expect-error there is no such event
  client.on('barge_out', () => {});
  // @ts-expect-error a reply answers nothing for one of five reasons
  client.on('no_answer', ({ reason }) => reason === 'bored');
  // @ts-expect-error a state is one of six words
  client.on('state', ({ state }) => state === 'sleeping');
  // @ts-expect-error a source is the camera or the screen
  client.startPictures('window');
  // @ts-expect-error a client needs an address
  new LivegateClient({});
}
