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
  throw new Refusal(response.status, isProblem ? await response.json() : {});
}

export async function getJson(url) {
  return (await answered(fetch(url, { headers: { accept: "application/json" } }))).json();
}

/** @returns {Promise<{shape: number[], values: Float32Array}>} */
export async function getArray(url) {
  return readNpy(await (await answered(fetch(url))).arrayBuffer());
}

/** @param {FormData} form; the answer of POST /api/v1/explanations */
export async function explain(url, form) {
  const request = { method: "POST", body: form, headers: { accept: "application/json" } };
  return (await answered(fetch(url, request))).json();
}

export async function remove(url) {
  await answered(fetch(url, { method: "DELETE", headers: { accept: "application/json" } }));
}

/** What to tell people about a failed request. */
export function reasonOf(error) {
  return error instanceof Refusal ? error.message : text("unreachable");
}
