import evaluating from "./evaluating.js";
import { start } from "./start.js";
import theme from "./theme.js";
import trainings from "./trainings.js";

start({ evaluating, theme, trainings });
