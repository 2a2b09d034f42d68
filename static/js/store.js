/* A few values that the modules of one page share; whoever watches is told of every change. */

/**
 * @template {object} State
 * @param {State} state
 * @returns {{state: State, change: (patch: Partial<State>) => void, watch: (listener: (state: State) => void) => void}}
 *   `watch` calls now and at every change
 */
export function storeOf(state) {
  const changed = new EventTarget();
  return {
    state,
    change(patch) {
      Object.assign(state, patch);
      changed.dispatchEvent(new Event("change"));
    },
    watch(listener) {
      changed.addEventListener("change", () => listener(state));
      listener(state);
    },
  };
}
