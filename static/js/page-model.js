import clock from "./clock.js";
import filter from "./filter.js";
import folds from "./folds.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ clock, filter, folds, theme });
