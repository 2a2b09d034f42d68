import carry from "./carry.js";
import clock from "./clock.js";
import controls from "./controls.js";
import copy from "./copy.js";
import remove from "./delete.js";
import explanation from "./explanation.js";
import legend from "./legend.js";
import menu from "./menu.js";
import picture from "./picture.js";
import predictions from "./predictions.js";
import proof from "./proof.js";
import readout from "./readout.js";
import search from "./search.js";
import { start } from "./start.js";
import theme from "./theme.js";
import viewer from "./viewer.js";

const onMap = { carry, controls, legend, picture, predictions, proof, readout, search, viewer };
start({ ...onMap, clock, copy, delete: remove, explanation, menu, theme });
