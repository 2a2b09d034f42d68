import clock from "./clock.js";
import menu from "./menu.js";
import { start } from "./start.js";
import theme from "./theme.js";
import training from "./training.js";

start({ clock, menu, theme, training });
