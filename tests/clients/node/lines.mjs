// A client driven by JSON lines. Standard input: {"call":1,"do":verb,…}. Standard output:
// {"call":1,"value":…} or {"call":1,"error":…} for each, and {"event":kind,…} for what came by itself.
import readline from "node:readline";

// What a library prints is no line of ours.
console.log = console.info = console.debug = console.warn = console.error;

export const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
export const tell = (event, more = {}) => say({ event, ...more });

// For the libraries that have no names of their own for them.
export const NS = {
  roster: "jabber:iq:roster",
  receipts: "urn:xmpp:receipts",
  markers: "urn:xmpp:chat-markers:0",
  muc: "http://jabber.org/protocol/muc",
  mam: "urn:xmpp:mam:2",
  forward: "urn:xmpp:forward:0",
  delay: "urn:xmpp:delay",
  rsm: "http://jabber.org/protocol/rsm",
  data: "jabber:x:data",
  items: "http://jabber.org/protocol/disco#items",
  info: "http://jabber.org/protocol/disco#info",
  upload: "urn:xmpp:http:upload:0",
};

// The status with which the bytes were taken.
export const put = async (url, body, type) => (await fetch(url, { method: "PUT", body, headers: { "content-type": type } })).status;

export function obey(verbs) {
  readline.createInterface({ input: process.stdin }).on("line", async (line) => {
    const { call, do: verb, ...given } = JSON.parse(line);
    try {
      say({ call, value: (await verbs[verb](given)) ?? null });
    } catch (error) {
      say({ call, error: error instanceof Error ? error.message : JSON.stringify(error) });
    }
  });
}
