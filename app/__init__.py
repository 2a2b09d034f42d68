"""The web app, the JSON API and the command line; the network and its mathematics are in `model`."""
