// strophe.js, unchanged, with what an application does around it: roster, receipts, markers, rooms, history, uploads.
import { $iq, $msg, $pres, Strophe } from "strophe.js";
import { NS, obey, put, say, tell } from "./lines.mjs";

const [service, jid, password] = process.argv.slice(2);
const connection = new Strophe.Connection(service, { enableStreamManagement: true });

const child = (element, name, xmlns) =>
  Array.from(element.getElementsByTagName(name)).find((one) => !xmlns || one.namespaceURI === xmlns || one.getAttribute("xmlns") === xmlns);
const text = (element, name) => child(element, name)?.textContent ?? null;
const ask = (iq) => new Promise((given, refused) => connection.sendIQ(iq, given, (error) => refused(new Error(Strophe.serialize(error ?? "timeout"))), 10000));

// Strophe forgets its handlers with each connection; a resumed one needs them again.
function listen() {
  connection.addHandler((message) => {
    const result = child(message, "result", NS.mam);
    if (result) return pages.get(result.getAttribute("queryid"))?.push(result), true;
    const received = child(message, "received", NS.receipts);
    if (received) return tell("receipt", { id: received.getAttribute("id"), from: message.getAttribute("from") }), true;
    for (const kind of ["received", "displayed"]) {
      const marker = child(message, kind, NS.markers);
      if (marker) return tell("marker", { kind, id: marker.getAttribute("id"), from: message.getAttribute("from") }), true;
    }
    if (text(message, "body") !== null && message.getAttribute("type") !== "error") {
      const [from, id] = [message.getAttribute("from"), message.getAttribute("id")];
      tell("message", { from, type: message.getAttribute("type"), id, body: text(message, "body"), delayed: Boolean(child(message, "delay", NS.delay)) });
      const answer = (xmlns) => connection.send($msg({ to: from, type: "chat" }).c("received", { xmlns, id }));
      if (child(message, "request", NS.receipts)) answer(NS.receipts);
      if (child(message, "markable", NS.markers)) answer(NS.markers);
    }
    return true;
  }, null, "message");
  connection.addHandler((presence) => {
    tell("presence", { from: presence.getAttribute("from"), type: presence.getAttribute("type") ?? "available" });
    return true;
  }, null, "presence");
}

function connect() {
  return new Promise((online, refused) => {
    connection.connect(jid, password, (status, condition) => {
      if (status === Strophe.Status.CONNECTED) {
        listen();
        online({ jid: connection.jid, resumed: connection.hasResumed(), mechanism: connection._sasl_mechanism?.mechname ?? null });
      }
      if (status === Strophe.Status.AUTHFAIL || status === Strophe.Status.CONNFAIL) refused(new Error(String(condition)));
      if (status === Strophe.Status.DISCONNECTED) tell("offline");
    });
  });
}

const pages = new Map();
let queries = 0;

obey({
  async login() {
    const online = await connect();
    connection.send($pres());
    return online;
  },
  reconnect: connect,
  async roster() {
    const items = (await ask($iq({ type: "get" }).c("query", { xmlns: NS.roster }))).getElementsByTagName("item");
    return Array.from(items, (item) => [item.getAttribute("jid"), item.getAttribute("name"), item.getAttribute("subscription")]);
  },
  send({ to, body, type = "chat", id }) {
    const message = $msg({ to, type, id: id ?? connection.getUniqueId() }).c("body").t(body).up();
    connection.send(type === "chat" ? message.c("request", { xmlns: NS.receipts }).up().c("markable", { xmlns: NS.markers }) : message);
  },
  displayed: ({ from, id }) => void connection.send($msg({ to: from, type: "chat" }).c("displayed", { xmlns: NS.markers, id })),
  join({ room, nick }) {
    connection.send($pres({ to: `${room}/${nick}` }).c("x", { xmlns: NS.muc }));
  },
  // XEP-0045 10.1.2: the new room is as it comes.
  accept: async ({ room }) => void (await ask($iq({ type: "set", to: room }).c("query", { xmlns: `${NS.muc}#owner` }).c("x", { xmlns: NS.data, type: "submit" }))),
  async history({ room, peer, max, before = "" }) {
    const queryid = `q${++queries}`;
    const iq = $iq({ type: "set", ...(room && { to: room }) }).c("query", { xmlns: NS.mam, queryid }).c("x", { xmlns: NS.data, type: "submit" });
    iq.c("field", { var: "FORM_TYPE", type: "hidden" }).c("value").t(NS.mam).up().up();
    if (peer) iq.c("field", { var: "with" }).c("value").t(peer).up().up();
    iq.up().c("set", { xmlns: NS.rsm }).c("max").t(String(max)).up().c("before").t(before);
    pages.set(queryid, []);
    const fin = child(await ask(iq), "fin");
    const found = pages.get(queryid);
    pages.delete(queryid);
    return { bodies: found.map((one) => text(one, "body")), first: text(fin, "first"), complete: fin.getAttribute("complete") === "true" };
  },
  async upload({ name, type, base64 }) {
    const bytes = Buffer.from(base64, "base64");
    const domain = Strophe.getDomainFromJid(jid);
    const items = (await ask($iq({ type: "get", to: domain }).c("query", { xmlns: NS.items }))).getElementsByTagName("item");
    for (const to of [domain, ...Array.from(items, (item) => item.getAttribute("jid"))]) {
      const about = await ask($iq({ type: "get", to }).c("query", { xmlns: NS.info }));
      if (!Array.from(about.getElementsByTagName("feature")).some((feature) => feature.getAttribute("var") === NS.upload)) continue;
      const slot = await ask($iq({ type: "get", to }).c("request", { xmlns: NS.upload, filename: name, size: String(bytes.length), "content-type": type }));
      return { status: await put(child(slot, "put").getAttribute("url"), bytes, type), url: child(slot, "get").getAttribute("url") };
    }
    throw new Error("no service takes uploads");
  },
  stop() {
    connection.disconnect();
    setTimeout(() => process.exit(0), 200);
  },
});
say({ event: "ready" });
