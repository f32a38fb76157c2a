// stanza (stanza.io), unchanged. It answers receipts and markers, and joins rooms, by itself.
import stanza from "stanza";
import { obey, put, say, tell } from "./lines.mjs";

const [service, jid, password] = process.argv.slice(2);
const client = stanza.createClient({ jid, password, transports: { websocket: service, bosh: false }, autoReconnect: false });
let mechanism = null;

client.on("raw:outgoing", (xml) => (mechanism = /<auth[^>]* mechanism="([^"]+)"/.exec(xml)?.[1] ?? mechanism));
client.on("message", (message) => {
  if (message.body === undefined || message.type === "error" || message.archive) return;
  tell("message", { from: message.from, type: message.type, id: message.id, body: message.body, delayed: Boolean(message.delay) });
});
client.on("receipt", (message) => tell("receipt", { id: message.receipt.id, from: message.from }));
for (const kind of ["received", "displayed"])
  client.on(`marker:${kind}`, (message) => tell("marker", { kind, id: message.marker.id, from: message.from }));
for (const kind of ["received", "sent"])
  client.on(`carbon:${kind}`, ({ carbon }) => tell("carbon", { kind, from: carbon.forward.message.from, body: carbon.forward.message.body ?? null }));
client.on("presence", (presence) => tell("presence", { from: presence.from, type: presence.type ?? "available" }));
client.on("nick", ({ jid: from, nick }) => tell("nick", { from, nick }));
client.on("disconnected", () => tell("offline"));

function connect() {
  return new Promise((online, refused) => {
    client.once("session:started", () => online({ jid: client.jid, resumed: false, mechanism }));
    client.once("stream:management:resumed", () => online({ jid: client.jid, resumed: true, mechanism }));
    client.once("auth:failed", () => refused(new Error("auth:failed")));
    client.connect();
  });
}

obey({
  async login() {
    const online = await connect();
    client.updateCaps();
    client.sendPresence({ legacyCapabilities: client.getCurrentCaps().legacyCapabilities });
    return online;
  },
  reconnect: connect,
  async roster() {
    return (await client.getRoster()).items.map((item) => [item.jid, item.name ?? null, item.subscription]);
  },
  send({ to, body, type = "chat", id }) {
    const asked = type === "chat" ? { receipt: { type: "request" }, marker: { type: "markable" } } : {};
    client.sendMessage({ to, body, type, ...(id && { id }), ...asked });
  },
  displayed: ({ from, id }) => void client.markDisplayed({ from, id, type: "chat", marker: { type: "markable" } }),
  join: async ({ room, nick }) => void (await client.joinRoom(room, nick)),
  accept: async ({ room }) => void (await client.configureRoom(room)),
  async history({ room, peer, max, before = "" }) {
    const found = await client.searchHistory({ to: room, with: peer, paging: { max, before } });
    return { bodies: found.results.map((one) => one.item.message.body), first: found.paging.first ?? null, complete: found.complete === true };
  },
  carbons: async () => void (await client.enableCarbons()),
  async bookmark({ room, name, nick }) {
    await client.addBookmark({ jid: room, name, nick, autoJoin: true });
    return client.getBookmarks();
  },
  nick: async ({ nick }) => void (await client.publishNick(nick)),
  async upload({ name, type, base64 }) {
    const bytes = Buffer.from(base64, "base64");
    const service = await client.getUploadService();
    const slot = await client.getUploadSlot(service.jid, { name, size: bytes.length, mediaType: type });
    return { status: await put(slot.upload.url, bytes, type), url: slot.download };
  },
  stop() {
    client.disconnect();
    setTimeout(() => process.exit(0), 200);
  },
});
say({ event: "ready" });
