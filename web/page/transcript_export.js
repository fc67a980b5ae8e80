// @ts-check
// A conversation as a file: text, JSON or subtitles. Decides what of it is written down: of a reply
// that was cut off, the words that were heard and the others are told apart. Knows no page.

import { heardText } from '../lib/transcript.js';

/** @typedef {import("../lib/transcript.js").Entry} Entry */

export const FORMATS = Object.freeze(['text', 'json', 'vtt']);
/** @type {Record<string, {type: string, ending: string}>} */
const FILES = {
  text: { type: 'text/plain', ending: 'txt' },
  json: { type: 'application/json', ending: 'json' },
  vtt: { type: 'text/vtt', ending: 'vtt' },
};
const WHO = Object.freeze({ user: 'You', model: 'Livegate', note: '' });
/** Subtitles stand as long as they take to say: 15 characters a second. */
const MS_PER_CHARACTER = 1000 / 15;
const SUBTITLE_MS_MIN = 1000;

/**
 * @param {readonly Entry[]} entries oldest first
 * @param {string} format one of FORMATS
 * @returns {{type: string, ending: string, content: string}}
 */
export function exportOf(entries, format) {
  const write = format === 'json' ? asJson : format === 'vtt' ? asSubtitles : asText;
  return { ...FILES[format], content: write(entries) };
}

/** @param {readonly Entry[]} entries */
function asText(entries) {
  return entries.map((entry) => `[${clockOf(entry)}] ${lineOf(entry)}\n`).join('');
}

/** @param {readonly Entry[]} entries */
function asJson(entries) {
  const turns = entries.map((entry) => ({
    at: new Date(entry.time).toISOString(),
    role: entry.role,
    text: entry.text,
    ...(entry.cutOff ? { cut_off: true, heard: heardOf(entry) } : {}),
  }));
  return `${JSON.stringify({ format: 'livegate-transcript', version: 1, turns }, null, 2)}\n`;
}

/** @param {readonly Entry[]} entries */
function asSubtitles(entries) {
  const began = entries[0]?.time ?? 0;
  const spoken = entries.filter(({ role }) => role !== 'note');
  const cues = spoken.map((entry, index) => {
    const from = entry.time - began;
    const next = spoken[index + 1];
    const wanted = Math.max(SUBTITLE_MS_MIN, entry.text.length * MS_PER_CHARACTER);
    // It gives way to the next one, which may have begun in the same moment.
    const room = next ? Math.max(next.time - entry.time, 1) : wanted;
    const to = from + Math.min(wanted, room);
    return `${timeOf(from)} --> ${timeOf(to)}\n<v ${WHO[entry.role]}>${escaped(heardOf(entry))}\n`;
  });
  return ['WEBVTT\n', ...cues].join('\n');
}

/** @param {Entry} entry */
function lineOf(entry) {
  const who = WHO[entry.role];
  const text = entry.cutOff ? `${heardOf(entry)} [cut off]` : entry.text;
  return who === '' ? text : `${who}: ${text}`;
}

/** @param {Entry} entry */
function heardOf(entry) {
  if (!entry.cutOff) return entry.text;
  const heard = heardText(entry).filter((piece) => piece.heard !== false);
  return heard.map(({ text }) => text).join('').trim();
}

/** @param {Entry} entry */
function clockOf({ time }) {
  const at = new Date(time);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

/** @param {number} ms */
function timeOf(ms) {
  const whole = Math.round(ms);
  const seconds = Math.floor(whole / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${parts.map(two).join(':')}.${String(whole % 1000).padStart(3, '0')}`;
}

/** @param {number} number */
const two = (number) => String(number).padStart(2, '0');

/** @param {string} text */
const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\n', ' ');
