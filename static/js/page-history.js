import clock from "./clock.js";
import history from "./history.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ clock, history, theme });
