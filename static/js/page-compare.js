import compare from "./compare.js";
import menu from "./menu.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ compare, menu, theme });
