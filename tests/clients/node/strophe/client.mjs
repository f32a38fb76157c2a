// strophe.js, unchanged, with what an application does around it: roster, receipts, rooms, history.
import { $iq, $msg, $pres, Strophe } from "strophe.js";
import { obey, say, tell } from "./lines.mjs";

const NS = {
  roster: "jabber:iq:roster",
  receipts: "urn:xmpp:receipts",
  muc: "http://jabber.org/protocol/muc",
  mam: "urn:xmpp:mam:2",
  forward: "urn:xmpp:forward:0",
  delay: "urn:xmpp:delay",
  rsm: "http://jabber.org/protocol/rsm",
  data: "jabber:x:data",
};
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
    if (text(message, "body") !== null && message.getAttribute("type") !== "error") {
      tell("message", {
        from: message.getAttribute("from"), type: message.getAttribute("type"), id: message.getAttribute("id"),
        body: text(message, "body"), delayed: Boolean(child(message, "delay", NS.delay)),
      });
      if (child(message, "request", NS.receipts))
        connection.send($msg({ to: message.getAttribute("from"), type: "chat" }).c("received", { xmlns: NS.receipts, id: message.getAttribute("id") }));
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
    connection.send(type === "chat" ? message.c("request", { xmlns: NS.receipts }) : message);
  },
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
  stop() {
    connection.disconnect();
    setTimeout(() => process.exit(0), 200);
  },
});
say({ event: "ready" });
