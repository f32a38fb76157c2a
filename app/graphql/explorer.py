"""A page to try the API out: plain HTML and JavaScript, nothing from elsewhere."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Samvad API</title>
<style>
  body { font: 15px/1.4 system-ui, sans-serif; margin: 0; display: grid; gap: 8px; padding: 12px;
         grid-template: auto 1fr 120px / 1fr 1fr; height: 96vh; }
  header { grid-column: 1 / 3; display: flex; gap: 8px; align-items: center; }
  textarea, pre { font: 13px/1.4 ui-monospace, monospace; border: 1px solid #999; padding: 8px;
         margin: 0; overflow: auto; border-radius: 4px; }
  pre { grid-row: 2 / 4; grid-column: 2; background: #f6f6f6; white-space: pre-wrap; }
  input { flex: 1; max-width: 24em; padding: 4px; }
</style>
<header>
  <strong>Samvad API</strong>
  <label for="token">Access token</label>
  <input id="token" type="password" autocomplete="off">
  <button id="run">Run (Ctrl+Enter)</button>
  <button id="types">Fields</button>
</header>
<textarea id="query" aria-label="Document" spellcheck="false">{
  currentUser { user { name roles } }
}</textarea>
<textarea id="variables" aria-label="Variables" spellcheck="false">{}</textarea>
<pre id="answer" aria-live="polite"></pre>
<script>
  const at = (id) => document.getElementById(id);
  async function ask(query, variables) {
    const answer = await fetch("/api", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: at("token").value },
      body: JSON.stringify({ query, variables }),
    });
    return answer.json();
  }
  async function run() {
    let variables;
    try { variables = JSON.parse(at("variables").value || "{}"); }
    catch (error) { at("answer").textContent = "Variables: " + error.message; return; }
    at("answer").textContent = JSON.stringify(await ask(at("query").value, variables), null, 2);
  }
  async function types() {
    const part = "{ fields { name description args { name } } }";
    const answer = await ask(`{ __schema { queryType ${part} mutationType ${part}
      subscriptionType ${part} } }`, {});
    if (!answer.data) { at("answer").textContent = JSON.stringify(answer, null, 2); return; }
    at("answer").textContent = Object.entries(answer.data.__schema).map(([kind, type]) =>
      kind + "\\n" + (type ? type.fields : []).map((field) => "  " + field.name
        + (field.args.length ? "(" + field.args.map((arg) => arg.name).join(", ") + ")" : "")
        + (field.description ? "  -- " + field.description : "")).join("\\n")).join("\\n\\n");
  }
  at("run").onclick = run;
  at("types").onclick = types;
  document.onkeydown = (event) => { if (event.ctrlKey && event.key === "Enter") run(); };
</script>
"""
