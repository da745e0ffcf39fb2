// Lists the operations of the contract and sends requests to this very server.
const make = (tag, attributes = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
};
const resolve = (contract, part) =>
  part && part.$ref ? part.$ref.slice(2).split("/").reduce((at, key) => at[key], contract) : part;
async function send(method, path, inputs, body, token, output) {
  let address = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const input of inputs) {
    if (!input.value) continue;
    if (input.dataset.in === "path") address = address.replace(`{${input.name}}`, encodeURIComponent(input.value));
    if (input.dataset.in === "query") query.set(input.name, input.value);
    if (input.dataset.in === "header") headers[input.name] = input.value;
  }
  if (token.value) headers.authorization = `Bearer ${token.value}`;
  if (body) headers["content-type"] = "application/json";
  try {
    const answer = await fetch(query.size ? `${address}?${query}` : address, { method, headers, body: body || undefined });
    output.textContent = `${answer.status}\n${await answer.text()}`;
  } catch (error) {
    output.textContent = String(error);
  }
}
function operation(contract, path, method, about, shared, token) {
  const form = make("form");
  const inputs = [...shared, ...(about.parameters || [])].map((part) => {
    const known = resolve(contract, part);
    const input = make("input", { name: known.name, required: Boolean(known.required) });
    input.dataset.in = known.in;
    if (known.name === "runtime") input.value = "wherry";
    form.append(make("label", {}, `${known.name} `, input));
    return input;
  });
  let text = null;
  if (about.requestBody) {
    text = make("textarea", { rows: 6, value: "{}", ariaLabel: "Request body" });
    form.append(make("label", {}, "body ", text));
  }
  const output = make("pre", { tabIndex: 0, ariaLive: "polite" });
  form.append(make("button", { textContent: "Send" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(method.toUpperCase(), path, inputs, text && text.value, token, output);
  });
  return make("details", {}, make("summary", {}, make("code", { textContent: `${method.toUpperCase()} ${path}` }), ` ${about.summary}`), form, output);
}
const contract = await (await fetch("/openapi.json")).json();
const token = make("input", { type: "password", autocomplete: "off" });
const target = document.getElementById("operations");
target.append(make("label", {}, "Token ", token));
for (const [path, parts] of Object.entries(contract.paths))
  for (const [method, about] of Object.entries(parts))
    if (method !== "parameters") target.append(operation(contract, path, method, about, parts.parameters || [], token));
