// @xmpp/client, unchanged, with what an application does around it: roster, receipts, markers, rooms, history, uploads.
import { client, xml } from "@xmpp/client";
import ws from "ws";
import { NS, obey, put, say, tell } from "./lines.mjs";

globalThis.WebSocket ??= ws; // Node before 22 has none of its own

const [service, jid, password] = process.argv.slice(2);
const [username, domain] = jid.split("@");
const xmpp = client({ service, domain, username, password });
xmpp.reconnect.stop(); // a test says when

let mechanism = null;
const pages = new Map();
let queries = 0;

xmpp.on("error", () => {});
xmpp.on("disconnect", () => tell("offline"));
xmpp.on("send", (element) => (mechanism = element.attrs.mechanism ?? mechanism));
xmpp.on("stanza", async (stanza) => {
  const { from, type, id } = stanza.attrs;
  if (stanza.is("presence")) return tell("presence", { from, type: type ?? "available" });
  if (!stanza.is("message") || type === "error") return;
  const result = stanza.getChild("result", NS.mam);
  if (result) return void pages.get(result.attrs.queryid)?.push(result.getChild("forwarded", NS.forward).getChild("message"));
  const receipt = stanza.getChild("received", NS.receipts);
  if (receipt) return tell("receipt", { id: receipt.attrs.id, from });
  for (const kind of ["received", "displayed"]) {
    const marker = stanza.getChild(kind, NS.markers);
    if (marker) return tell("marker", { kind, id: marker.attrs.id, from });
  }
  const body = stanza.getChildText("body");
  if (body === null) return;
  tell("message", { from, type, id, body, delayed: Boolean(stanza.getChild("delay", NS.delay)) });
  const answer = (name, xmlns) => xmpp.send(xml("message", { to: from, type: "chat" }, xml(name, { xmlns, id })));
  if (stanza.getChild("request", NS.receipts)) await answer("received", NS.receipts);
  if (stanza.getChild("markable", NS.markers)) await answer("received", NS.markers);
});

const ask = (child, to, type = "get") => xmpp.iqCaller.request(xml("iq", { type, ...(to && { to }) }, child), 10_000);
const field = (name, value, type) => xml("field", { var: name, ...(type && { type }) }, xml("value", {}, value));

// Online for the first time, or again with the session that was (XEP-0198 5).
function online(begin) {
  return new Promise((resolve, reject) => {
    xmpp.once("online", (address) => resolve({ jid: address.toString(), resumed: false, mechanism }));
    xmpp.streamManagement.once("resumed", () => resolve({ jid: xmpp.jid.toString(), resumed: true, mechanism }));
    begin().catch(reject);
  });
}

obey({
  async login() {
    const address = await online(() => xmpp.start());
    await xmpp.send(xml("presence"));
    return address;
  },
  reconnect: () => online(() => xmpp.reconnect.reconnect()),
  async roster() {
    const items = (await ask(xml("query", { xmlns: NS.roster }))).getChild("query").getChildren("item");
    return items.map(({ attrs }) => [attrs.jid, attrs.name ?? null, attrs.subscription]);
  },
  send({ to, body, type = "chat", id }) {
    const asked = type === "chat" ? [xml("request", { xmlns: NS.receipts }), xml("markable", { xmlns: NS.markers })] : [];
    return void xmpp.send(xml("message", { to, type, ...(id && { id }) }, xml("body", {}, body), ...asked));
  },
  displayed: ({ from, id }) => void xmpp.send(xml("message", { to: from, type: "chat" }, xml("displayed", { xmlns: NS.markers, id }))),
  join: ({ room, nick }) => void xmpp.send(xml("presence", { to: `${room}/${nick}` }, xml("x", { xmlns: NS.muc }))),
  // XEP-0045 10.1.2: the new room is as it comes.
  accept: async ({ room }) => void (await ask(xml("query", { xmlns: `${NS.muc}#owner` }, xml("x", { xmlns: NS.data, type: "submit" })), room, "set")),
  async history({ room, peer, max, before = "" }) {
    const queryid = `q${++queries}`;
    pages.set(queryid, []);
    const form = xml("x", { xmlns: NS.data, type: "submit" }, field("FORM_TYPE", NS.mam, "hidden"), peer && field("with", peer));
    const page = xml("set", { xmlns: NS.rsm }, xml("max", {}, String(max)), xml("before", {}, before));
    const fin = (await ask(xml("query", { xmlns: NS.mam, queryid }, form, page), room, "set")).getChild("fin");
    const found = pages.get(queryid);
    pages.delete(queryid);
    const bodies = found.map((message) => message.getChildText("body"));
    return { bodies, first: fin.getChild("set").getChildText("first"), complete: fin.attrs.complete === "true" };
  },
  async upload({ name, type, base64 }) {
    const bytes = Buffer.from(base64, "base64");
    const services = (await ask(xml("query", { xmlns: NS.items }), domain)).getChild("query").getChildren("item");
    for (const to of [domain, ...services.map((item) => item.attrs.jid)]) {
      const about = (await ask(xml("query", { xmlns: NS.info }), to)).getChild("query");
      if (!about.getChildren("feature").some((feature) => feature.attrs.var === NS.upload)) continue;
      const slot = (await ask(xml("request", { xmlns: NS.upload, filename: name, size: bytes.length, "content-type": type }), to)).getChild("slot");
      return { status: await put(slot.getChild("put").attrs.url, bytes, type), url: slot.getChild("get").attrs.url };
    }
    throw new Error("no service takes uploads");
  },
});
say({ event: "ready" });
