// A chat client for the end-to-end tests: @xmpp/client, unchanged, driven by JSON lines.
// Standard input:  {"do":"send","to":…,"body":…,"type":…,"id":…,"receipt":true} | {"do":"raw","xml":{…}} | {"do":"stop"}
// Standard output: {"event":"online","jid":…} | {"event":"stanza","name":…,"attrs":…,"body":…,"receipt":…} | {"event":"error","message":…}
import { client, xml } from "@xmpp/client";
import readline from "node:readline";
import ws from "ws";

globalThis.WebSocket ??= ws; // Node before 22 has none of its own

const [service, domain, username, password] = process.argv.slice(2);
const tell = (event) => process.stdout.write(JSON.stringify(event) + "\n");
const xmpp = client({ service, domain, username, password });

xmpp.on("error", (error) => tell({ event: "error", message: String(error) }));
xmpp.on("online", async (address) => {
  await xmpp.send(xml("presence"));
  tell({ event: "online", jid: address.toString() });
});
xmpp.on("stanza", async (stanza) => {
  const received = stanza.getChild("received", "urn:xmpp:receipts");
  tell({
    event: "stanza",
    name: stanza.name,
    attrs: stanza.attrs,
    body: stanza.getChildText("body"),
    subject: stanza.getChildText("subject"),
    receipt: received ? received.attrs.id : null,
    delayed: Boolean(stanza.getChild("delay", "urn:xmpp:delay")),
  });
  if (stanza.getChild("request", "urn:xmpp:receipts") && stanza.attrs.type !== "error" && stanza.attrs.from) {
    await xmpp.send(
      xml("message", { to: stanza.attrs.from, type: stanza.attrs.type, id: `r-${stanza.attrs.id}` },
        xml("received", { xmlns: "urn:xmpp:receipts", id: stanza.attrs.id })),
    );
  }
});

function element(spec) {
  return xml(spec.name, spec.attrs ?? {}, ...(spec.children ?? []).map((c) => (typeof c === "string" ? c : element(c))));
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const order = JSON.parse(line);
  if (order.do === "stop") {
    await xmpp.stop();
    process.exit(0);
  }
  if (order.do === "raw") return xmpp.send(element(order.xml));
  const children = [xml("body", {}, order.body)];
  if (order.receipt) children.push(xml("request", { xmlns: "urn:xmpp:receipts" }));
  return xmpp.send(xml("message", { to: order.to, type: order.type ?? "chat", id: order.id }, ...children));
});

await xmpp.start();
