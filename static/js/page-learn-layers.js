import learnfilter from "./learnfilter.js";
import learnmaps from "./learnmaps.js";
import learnphoto from "./learnphoto.js";
import learnsharing from "./learnsharing.js";
import learnsmall from "./learnsmall.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ learnfilter, learnmaps, learnphoto, learnsharing, learnsmall, theme });
