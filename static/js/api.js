/* The one module that talks to the server. */

import { readNpy } from "./npy.js";
import { text } from "./text.js";

/** A refusal of the server: its public sentence, its status and the request's id. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? "");
    this.status = status;
    this.requestId = problem.request_id ?? null;
  }
}

async function answered(request) {
  const response = await request;
  if (response.ok) return response;
  const isProblem = (response.headers.get("content-type") ?? "").includes("json");
  throw new Refusal(response.status, isProblem ? await response.json().catch(() => ({})) : {});
}

export async function getJson(url) {
  return (await answered(fetch(url, { headers: { accept: "application/json" } }))).json();
}

/** @returns {Promise<{shape: number[], values: Float32Array}>} */
export async function getArray(url) {
  return readNpy(await (await answered(fetch(url))).arrayBuffer());
}

export async function getFile(url) {
  return (await answered(fetch(url))).blob();
}

/** Like fetch, but it can say when everything was sent. */
function send(url, form, onSent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("accept", "application/json");
    request.responseType = "blob";
    request.upload.onload = onSent;
    request.onerror = () => reject(new TypeError(url));
    request.onload = () => {
      const headers = { "content-type": request.getResponseHeader("content-type") ?? "" };
      resolve(new Response(request.response, { status: request.status, headers }));
    };
    request.send(form);
  });
}

/**
 * @param {FormData} form
 * @param {() => void} onSent called when the photo is with the server
 * @returns the answer of POST /api/v1/explanations
 */
export async function explain(url, form, onSent) {
  return (await answered(send(url, form, onSent))).json();
}

export async function remove(url) {
  await answered(fetch(url, { method: "DELETE", headers: { accept: "application/json" } }));
}

/** What to tell people about a failed request; never nothing: what stands between may answer without a sentence. */
export function reasonOf(error) {
  if (!(error instanceof Refusal)) return text("unreachable");
  return error.message || text("no-reason", { status: `${error.status}` });
}
