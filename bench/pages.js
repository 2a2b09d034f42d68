/* What bench/pages.py asks a page, run in it. */

(() => {
  const QUIET_FRAMES = 3;
  const started = {};
  const channel = new MessageChannel();
  const drawn = () => document.querySelector("canvas[data-map]")?.dataset.drawn;
  const frame = () => new Promise(requestAnimationFrame);
  /** Settled in a task of its own: after what this one left to do, or after the frame that is being drawn. */
  const later = () =>
    new Promise((resolve) => {
      channel.port1.onmessage = resolve;
      channel.port2.postMessage(null);
    });

  /** Note when the first map is drawn, and when the page answers a key; both in ms since the navigation. */
  async function watchStart() {
    while (drawn() === undefined) await frame();
    started.drawn = performance.now();
    const first = drawn();
    for (; drawn() === first; await frame()) press("j");
    started.answers = performance.now();
    document.documentElement.dataset.measured = "";
  }

  const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

  function slide(selector, value) {
    const slider = [...document.querySelectorAll(selector)].find((one) => one.isConnected);
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Until nothing is left to do of what was done before. */
  async function quiet() {
    for (let i = 0; i < QUIET_FRAMES; i += 1) await frame();
    await later();
  }

  /**
   * Down the list of classes and up again, or a slider to and fro: the main thread's ms for a step and for the frame that
   * shows it, without the wait between them.
   */
  async function step(kind, way, selector) {
    let begun = 0;
    const shown = new Promise((resolve) => {
      requestAnimationFrame(() => {
        begun = performance.now();
        setTimeout(() => resolve(performance.now()));
      });
    });
    const start = performance.now();
    if (kind === "switch") press(way < 0.5 ? "j" : "k");
    else slide(selector, (0.02 + 1.4 * Math.min(way, 1 - way)).toFixed(3));
    await later();
    const done = performance.now();
    const end = await shown;
    return begun < done ? end - start : done - start + (end - begun);
  }

  globalThis.measuring = { started, quiet, step };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", watchStart);
  else watchStart();
})();
