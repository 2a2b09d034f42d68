import { start } from "./start.js";
import theme from "./theme.js";
import upload from "./upload.js";

start({ theme, upload });
