import archive from "./archive.js";
import begin from "./begin.js";
import classes from "./classes.js";
import modelname from "./modelname.js";
import { start } from "./start.js";
import theme from "./theme.js";
import trainings from "./trainings.js";

start({ archive, begin, classes, modelname, theme, trainings });
