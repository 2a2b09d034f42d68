/* A moment in the time zone of whoever reads it; without scripts it is UTC. */

export default function start(time) {
  const style = { dateStyle: "medium", timeStyle: "short" };
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, style).format(new Date(time.dateTime));
}
