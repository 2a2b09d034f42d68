import copy from "./copy.js";
import keys from "./keys.js";
import lens from "./lens.js";
import menu from "./menu.js";
import panels from "./panels.js";
import pointer from "./pointer.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ copy, keys, lens, menu, panels, pointer, theme });
