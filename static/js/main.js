/* Start each behaviour at its root: <div data-module="viewer predictions">. */

for (const root of document.querySelectorAll("[data-module]")) {
  for (const name of root.dataset.module.split(" ")) {
    import(`./${name}.js`).then((behaviour) => behaviour.default(root));
  }
}
