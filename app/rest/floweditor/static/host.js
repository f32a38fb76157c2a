// Opens the public flow editor on this page: configuration, publishing, staying logged in.
"use strict";

const RENEW_MS = 10 * 60 * 1000;
const config = JSON.parse(document.getElementById("config").textContent);
const note = document.getElementById("note");
const publishing = document.getElementById("publish");
const dialog = document.getElementById("problems");

// The editor saves a second after a change. Whoever publishes sooner means what is on the screen.
const SAVE_DELAY_MS = 1200;
const SAVE_LIMIT_MS = 30 * 1000;
let saving = 0;
let isSaved = true;
const openRequest = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
  if (method.toUpperCase() === "POST" && String(url).includes("/flow-editor/revisions/")) {
    saving += 1;
    this.addEventListener("loadend", () => { saving -= 1; isSaved = this.status === 200; });
  }
  return openRequest.call(this, method, url, ...rest);
};

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function changesSaved() {
  const end = Date.now() + SAVE_LIMIT_MS;
  do { await pause(SAVE_DELAY_MS); } while (saving && Date.now() < end);
  if (saving || !isSaved) throw new Error("your last change is not saved");
}

function send(path, body) {
  return fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

function addressed(endpoints) {
  const found = {};
  for (const [name, path] of Object.entries(endpoints)) {
    found[name] = path && path.startsWith("/") ? location.origin + path : path;
  }
  return found;
}

async function publish(force) {
  publishing.disabled = true;
  note.textContent = "Publishing…";
  try {
    await changesSaved();
    const answer = await send(`/flow-editor/publish/${config.flow}`, { force });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.description);
    note.textContent = told.success ? "Published" : "Not published";
    show(told);
  } catch (error) {
    note.textContent = `Not published: ${error.message}`;
  } finally {
    publishing.disabled = false;
  }
}

function show(told) {
  if (!told.errors.length) return;
  document.getElementById("outcome").textContent = told.success
    ? "Published, with remarks" : "Not published";
  document.getElementById("anyway").hidden = told.success;
  document.getElementById("findings").replaceChildren(...told.errors.map((found) => {
    const line = document.createElement("li");
    line.className = found.category;
    const node = found.node ? found.node.slice(-4) : "";
    const place = node && !found.message.includes(node) ? ` (node ${node})` : "";
    line.textContent = found.message + place;
    return line;
  }));
  if (!dialog.open) dialog.showModal();
}

async function renew() {
  const answer = await send("/flows/renew", {});
  if (answer.status === 401) {
    note.textContent = "You are logged out: load this page again before you go on.";
  }
}

if (publishing) {
  publishing.onclick = () => publish(false);
  document.getElementById("anyway").onclick = () => { dialog.close(); publish(true); };
  addEventListener("pagehide", () => {
    fetch("/flows/release", { method: "POST", keepalive: true, credentials: "same-origin" });
  });
}
setInterval(renew, RENEW_MS);
showFlowEditor(document.getElementById("flow"), {
  ...config, endpoints: addressed(config.endpoints),
});
