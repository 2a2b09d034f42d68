/* The one module that talks to the server; hearing.js hears what it tells by itself. */

import { readNpy } from "./npy.js";
import { text } from "./text.js";

/** A refusal of the server: its public sentence, its status, the request's id, and when to come back (null: not said). */
export class Refusal extends Error {
  /** @param {number} status @param {import("./contract.js").Problem} problem @param {number|null} retryAfterS */
  constructor(status, problem, retryAfterS = null) {
    super(problem.detail ?? problem.title ?? "");
    this.status = status;
    this.requestId = problem.request_id ?? null;
    this.retryAfterS = retryAfterS;
  }
}

/** For answers to people who read this page: a refusal comes in its language. */
const forPeople = () => ({ accept: "application/json", "camscope-language": document.documentElement.lang });

/** @param {Promise<Response>} request @throws {Refusal} */
async function answered(request) {
  const response = await request;
  if (response.ok) return response;
  const isProblem = (response.headers.get("content-type") ?? "").includes("json");
  const later = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const problem = isProblem ? await response.json().catch(() => ({})) : {};
  throw new Refusal(response.status, problem, Number.isNaN(later) ? null : later);
}

/** What it is, contract.js says. @type {(url: string, signal?: AbortSignal) => Promise<any>} */
export async function getJson(url, signal) {
  return (await answered(fetch(url, { headers: forPeople(), signal }))).json();
}

/** @param {string} url */
export async function getArray(url) {
  return readNpy(await (await answered(fetch(url, { headers: forPeople() }))).arrayBuffer());
}

/** @param {string} url */
export async function getFile(url) {
  return (await answered(fetch(url, { headers: forPeople() }))).blob();
}

/** A page drawn anew, as a document of its own; a refusal comes as JSON, with its sentence. @param {string} url */
export async function getPage(url) {
  const page = await (await answered(fetch(url, { headers: { ...forPeople(), accept: "*/*" } }))).text();
  return new DOMParser().parseFromString(page, "text/html");
}

/**
 * Like fetch, but it can say how much was sent, and when everything was.
 * @type {(url: string, form: FormData, onSent: () => void, onProgress?: (share: number) => void) => Promise<Response>}
 */
function send(url, form, onSent, onProgress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(forPeople())) request.setRequestHeader(name, value);
    request.responseType = "blob";
    request.upload.onload = onSent;
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onerror = () => reject(new TypeError(url));
    request.onload = () => {
      const named = ["content-type", "retry-after"].map((name) => [name, request.getResponseHeader(name) ?? ""]);
      const headers = { ...Object.fromEntries(named), "x-address": request.responseURL };
      resolve(new Response(request.response, { status: request.status, headers }));
    };
    request.send(form);
  });
}

/**
 * @param {string} url
 * @param {FormData} form
 * @param {() => void} onSent called when the photo is with the server
 * @returns {Promise<any>} the answer of POST /api/v1/explanations
 */
export async function explain(url, form, onSent) {
  return (await answered(send(url, form, onSent))).json();
}

/**
 * @param {string} url
 * @param {FormData} form
 * @param {(share: number) => void} onProgress how much of it is with the server
 * @returns {Promise<{status: number, value: any}>}
 */
export async function postForm(url, form, onProgress = () => {}) {
  const response = await answered(send(url, form, () => {}, onProgress));
  return { status: response.status, value: await response.json() };
}

/**
 * Send a form as a browser does: whatever page answers, a refusal with its own page among them.
 *
 * @param {string} url
 * @param {FormData} form
 * @param {(share: number) => void} onProgress how much of it is with the server
 * @returns {Promise<{address: string, page: Document}>} where that led, and what is there
 */
export async function sendPage(url, form, onProgress) {
  const response = await send(url, form, () => {}, onProgress);
  const kind = response.headers.get("content-type") ?? "";
  if (!kind.includes("html")) await answered(Promise.resolve(response));
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { address: response.headers.get("x-address") ?? url, page };
}

/** @type {(url: string, value: object, method?: "POST" | "PATCH") => Promise<any>} */
export async function sendJson(url, value, method = "POST") {
  const headers = { ...forPeople(), "content-type": "application/json" };
  return (await answered(fetch(url, { method, headers, body: JSON.stringify(value) }))).json();
}

/** @param {string} url */
export async function remove(url) {
  await answered(fetch(url, { method: "DELETE", headers: forPeople() }));
}

/** What to tell people about a failed request; never nothing: others on the way may answer without a sentence. @param {unknown} error */
export function reasonOf(error) {
  if (!(error instanceof Refusal)) return text("unreachable");
  return error.message || text("no-reason", { status: `${error.status}` });
}
