import controls from "./controls.js";
import dock from "./dock.js";
import legend from "./legend.js";
import picture from "./picture.js";
import predictions from "./predictions.js";
import proof from "./proof.js";
import readout from "./readout.js";
import report from "./report.js";
import search from "./search.js";
import { start } from "./start.js";
import viewer from "./viewer.js";

start({ controls, dock, legend, picture, predictions, proof, readout, report, search, viewer });
