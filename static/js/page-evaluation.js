import clock from "./clock.js";
import following from "./following.js";
import gallery from "./gallery.js";
import marking from "./marking.js";
import overlays from "./overlays.js";
import { start } from "./start.js";
import submitting from "./submitting.js";
import theme from "./theme.js";

start({ clock, following, gallery, marking, overlays, submitting, theme });
