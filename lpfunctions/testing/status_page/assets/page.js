// Follows what happens, and lets forms and links change parts of the page. Without it the page is loaded again for each.
"use strict";

const EVERY_MS = 1000;
const served = new WeakMap(); // an element → its HTML as it was served, to tell what has changed
const find = id => document.getElementById(id);
let version = "";

async function load(url, options = {}) {
  const response = await fetch(url, {cache: "no-store", ...options});
  if (response.status === 304) return null;
  if (!(response.headers.get("content-type") ?? "").startsWith("text/html")) throw new Error(await response.text());
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// -- what happens elsewhere --

async function follow() {
  if (document.hidden) return;
  try {
    const response = await fetch("/", {cache: "no-store", headers: {"If-None-Match": version}});
    if (response.status === 200) {
      version = response.headers.get("etag") ?? "";
      bringUpToDate(new DOMParser().parseFromString(await response.text(), "text/html"));
    }
    tellState("Live", false);
  } catch {
    tellState("The emulator does not answer", true);
  }
}

function tellState(text, isLost) {
  const live = find("live");
  if (live.textContent !== text) live.textContent = text;
  live.classList.toggle("lost", isLost);
}

function bringUpToDate(fresh) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = fresh.getElementById(old.id);
    if (now) reconcile(old, now);
  }
  showWhatTheScriptCan();
}

// Children are told apart by id. One that was served like this before stays as it is: open, selected, focused.
function reconcile(old, now) {
  const value = old.value;
  const known = new Map([...old.children].map(child => [child.id, child]));
  let place = old.firstElementChild;
  for (const child of [...now.children]) {
    const html = child.outerHTML;
    let node = known.get(child.id);
    known.delete(child.id);
    if (node && served.get(node) !== html) {
      const fresh = replace(node, child);
      if (place === node) place = fresh;
      node = fresh;
    }
    if (node && node === place) place = place.nextElementSibling;
    else old.insertBefore(node ??= child, place);
    served.set(node, html);
  }
  for (const gone of known.values()) gone.remove();
  if (old.tagName === "SELECT" && old.value !== value) {
    old.value = value;
    if (old.selectedIndex < 0) old.selectedIndex = 0;
  }
}

function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...old.querySelectorAll("details[open][id]")].map(one => one.id);
  old.replaceWith(fresh);
  for (const id of open) find(id)?.setAttribute("open", "");
  if (focused) find(focused)?.focus({preventScroll: true});
  return fresh;
}

function remember() {
  for (const live of document.querySelectorAll("[data-live]"))
    for (const child of live.children) if (!served.has(child)) served.set(child, child.outerHTML);
}

// -- forms and links --

// Shows the parts with the ids *into* of the answer. What was typed stays, for it is in none of them.
async function show(url, options, into) {
  const ids = into.split(" ").filter(find); // with one account, there is no field to choose it
  for (const id of ids) find(id).setAttribute("aria-busy", "true");
  try {
    const fresh = await load(url, options);
    for (const id of ids) find(id).replaceChildren(...fresh.getElementById(id).childNodes);
    version = "";
    remember();
    bringUpToDate(fresh);
    const wrong = document.querySelector(".error:not(:empty)")?.id.replace(/-error$/, "");
    if (wrong) find(wrong)?.focus();
  } catch (error) {
    find("told").textContent = error.message;
    tellState(error.message, true);
  } finally {
    for (const id of ids) find(id).removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", async event => {
  const form = event.target;
  if (form.dataset.into === undefined) return;
  event.preventDefault();
  const into = form.dataset.into;
  await show(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))}, into);
  if (into === "result") find("invoke").scrollIntoView({block: "nearest"});
});

document.addEventListener("click", async event => {
  const chosen = event.target.closest("[data-copy], a[data-into]");
  if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (chosen.dataset.copy !== undefined) return copy(event, chosen);
  event.preventDefault();
  await show(chosen.href, {}, chosen.dataset.into);
  const first = find(chosen.dataset.focus);
  first.focus({preventScroll: true});
  first.closest("section").scrollIntoView({block: "nearest"});
});

document.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit();
});

// The clipboard is there for pages of this machine and of HTTPS alone; elsewhere the link shows the text.
async function copy(event, chosen) {
  if (!navigator.clipboard) return;
  event.preventDefault();
  const text = chosen.dataset.copy || await (await fetch(chosen.href)).text();
  await navigator.clipboard.writeText(text);
  find("told").textContent = "Copied";
  const label = chosen.textContent;
  if (label === "Copied") return;
  chosen.textContent = "Copied";
  setTimeout(() => { chosen.textContent = label; find("told").textContent = ""; }, 1500);
}

// -- samples --

function target() {
  const form = find("invoke-form");
  if (find("by-function").checked) return form.elements.function.value;
  return `${form.elements.account.value}/${form.elements.event.value}`;
}

function showSamples() {
  const wanted = target();
  let some = false;
  for (const one of find("samples").options) {
    one.hidden = one.disabled = Boolean(one.value) && one.dataset.target !== wanted;
    some ||= Boolean(one.value) && !one.hidden;
  }
  find("samples").hidden = !some;
}

document.addEventListener("input", event => { if (event.target.closest("#invoke-form")) showSamples(); });

document.addEventListener("change", event => {
  if (event.target.id !== "samples" || !event.target.value) return;
  find("invoke-payload").value = event.target.value;
  event.target.selectedIndex = 0;
  find("invoke-payload").focus();
});

function showWhatTheScriptCan() {
  for (const button of document.querySelectorAll("button[data-copy][hidden]")) button.hidden = !navigator.clipboard;
  showSamples();
}

remember();
showWhatTheScriptCan();
follow();
setInterval(follow, EVERY_MS);
document.addEventListener("visibilitychange", follow);
