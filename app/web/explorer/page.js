"use strict";
// Lists what openapi.json describes and sends what is filled in. Everything is put on the page as text.

const byId = (id) => document.getElementById(id);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function resolved(description, thing) {
  if (!thing || !thing.$ref) return thing;
  return thing.$ref.slice(2).split("/").reduce((found, key) => found[key], description);
}

function control(parameter) {
  const values = parameter.schema.enum;
  if (!values) return element("input", { name: parameter.name, required: Boolean(parameter.required) });
  return element("select", { name: parameter.name }, ...["", ...values].map((value) => new Option(value, value)));
}

function field(parameter) {
  const made = control(parameter);
  made.dataset.place = parameter.in;
  made.title = parameter.description || "";
  return element("label", {}, parameter.name, made);
}

function bodyFields(operation) {
  const content = operation.requestBody && operation.requestBody.content["application/json"];
  if (!content) return [];
  const examples = Object.values(content.examples || {});
  const written = (example) => JSON.stringify(example.value, null, 2);
  const text = element("textarea", { name: "body", spellcheck: false, value: examples.length ? written(examples[0]) : "" });
  text.dataset.place = "body";
  const choice = element("select", {}, ...examples.map((example, place) => new Option(example.summary, place)));
  choice.addEventListener("change", () => { text.value = written(examples[choice.value]); });
  return [element("label", {}, "example", choice), element("label", { className: "body" }, "body", text)];
}

function request(method, path, operation, form) {
  let place = path;
  let body = null;
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("[data-place]")) {
    if (input.dataset.place === "path") place = place.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.dataset.place === "body") body = input.value;
    else if (input.value !== "") query.set(input.name, input.value);
  }
  const headers = {};
  for (const scheme of (operation.security || []).flatMap((one) => Object.keys(one))) {
    const value = byId(scheme) && byId(scheme).value;
    if (value) headers.Authorization = `Bearer ${value}`;
  }
  if (body !== null) headers["Content-Type"] = "application/json";
  const address = place.slice(1) + (query.size ? `?${query}` : "");
  return [address, { method: method.toUpperCase(), headers, body, cache: "no-store", credentials: "omit", redirect: "error" }];
}

function shown(type, text) {
  if (!type.includes("json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(method, path, operation, form, output) {
  const changes = method !== "get";
  if (changes && !window.confirm(`${method.toUpperCase()} ${path} changes this desk. Send it?`)) return;
  output.hidden = false;
  output.textContent = "…";
  const began = performance.now();
  try {
    const [address, options] = request(method, path, operation, form);
    const answer = await fetch(address, options);
    const text = await answer.text();
    const type = answer.headers.get("Content-Type") || "";
    const took = (performance.now() - began).toFixed(1);
    output.textContent = `${answer.status} ${answer.statusText} · ${type} · ${took} ms\n\n${shown(type, text)}`;
  } catch (error) {
    output.textContent = `No answer: ${error.message}`;
  }
}

function answers(description, operation) {
  const rows = Object.entries(operation.responses).map(([status, answer]) =>
    element("tr", {}, element("td", {}, status), element("td", {}, resolved(description, answer).description)));
  return element("table", {}, element("tbody", {}, ...rows));
}

function section(description, method, path, operation) {
  const output = element("pre", { hidden: true });
  const form = element("form", { autocomplete: "off" },
    ...(operation.parameters || []).map(field), ...bodyFields(operation), element("button", {}, "Send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(method, path, operation, form, output);
  });
  return element("details", {},
    element("summary", {}, element("code", {}, `${method.toUpperCase()} ${path}`), operation.summary || ""),
    element("div", { className: "inside" },
      element("p", {}, operation.description || ""), form, output, answers(description, operation)));
}

function operationsOf(description, tag) {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => section(description, method, path, operation)));
}

async function start() {
  byId("credentials").addEventListener("submit", (event) => event.preventDefault());
  try {
    const description = await (await fetch("openapi.json")).json();
    byId("operations").replaceChildren(...description.tags.flatMap((tag) =>
      [element("h2", {}, tag.description), ...operationsOf(description, tag.name)]));
  } catch (error) {
    byId("state").textContent = `The description cannot be read: ${error.message}`;
  }
}

start();
